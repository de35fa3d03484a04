import Foundation
import LoadEngine

/// The links of a campaign's mails as recipients click them: thousands of visitors, one link or another, as it was
/// made, signed, or damaged on its way.
struct CampaignLinks {
    /// What mail systems do to a link.
    enum Damage: String, CaseIterable {
        /// The signs between the fields were escaped as in HTML.
        case ampersandEntities = "&amp;"
        /// The target was percent-encoded once more.
        case encodedTwice = "encoded twice"

        /// A resource with the damage.
        func applied(to resource: String) -> String {
            switch self {
            case .ampersandEntities:
                return resource.replacing("&", with: "&amp;")
            case .encodedTwice:
                guard let name = resource.firstRange(of: "&targetUrl=") else { return resource }
                let end = resource[name.upperBound...].firstIndex(of: "&") ?? resource.endIndex
                let target = String(resource[name.upperBound..<end]).replacing("%", with: "%25")
                return resource[..<name.upperBound] + target + resource[end...]
            }
        }
    }

    /// The section whose links are signed where the edge runs with `signatures: "require"`.
    static let signedSection = "8781203"
    private static let unsignedSection = "8781202"

    /// The heads that ask for them.
    private(set) var heads: [String]
    /// Where each leads.
    let locations: [String]

    /// The links of one campaign.
    ///
    /// - Parameters:
    ///   - targets: how many different targets they have.
    ///   - isSigned: they belong to the section whose links are signed; they are not yet.
    init(targets: Int, isSigned: Bool) {
        var scenario = Scenario.standard
        scenario.sections[0].id = isSigned ? Self.signedSection : Self.unsignedSection
        var link = scenario.sections[0].links[0]
        scenario.sections[0].links = (0..<targets).map { number in
            link.target = "https://www.mywebsite.com/product/\(10_000 + number)?utm_source=mail&utm_medium=email&id=7"
            link.location = link.target
            link.weight = 1
            return link
        }
        heads = RequestHeads.made(of: scenario)
        locations = heads.map { head in
            let resource = RequestHeads.resource(of: head)
            let target = resource.firstRange(of: "&targetUrl=").map { resource[$0.upperBound...] } ?? ""
            return String(target).removingPercentEncoding ?? ""
        }
    }

    /// Some of the links, from all over, with where they lead.
    var sample: [(head: String, location: String)] {
        stride(from: 0, to: heads.count, by: 16).map { (heads[$0], locations[$0]) }
    }

    /// The same links, damaged.
    func damaged(by damage: Damage) -> CampaignLinks {
        var links = self
        links.heads = heads.map { head in
            RequestHeads.head(head, askingFor: damage.applied(to: String(RequestHeads.resource(of: head))))
        }
        return links
    }

    /// The same links with the signatures that `tremolo sign` gives them.
    func signed(configuration: String, in folder: String) throws -> CampaignLinks {
        let origin = "https://trem.brand.example"
        let path = folder + "/links.txt"
        let lines = heads.map { "\(origin)\(RequestHeads.resource(of: $0))\n" }.joined()
        try Data(lines.utf8).write(to: URL(fileURLWithPath: path))
        guard let input = FileHandle(forReadingAtPath: path) else {
            throw BenchFailure.unavailable("tremolo sign", why: "what it is to sign can't be read")
        }
        let outcome = try ChildProcess.run(
            [".build/release/tremolo", "sign", "--config", configuration], input: input)
        let urls = outcome.output.split(separator: "\n")
        guard outcome.status == 0, urls.count == heads.count else {
            throw BenchFailure.unavailable("tremolo sign", why: "it ended with \(outcome.status)")
        }
        var links = self
        links.heads = zip(heads, urls).map { head, url in
            RequestHeads.head(head, askingFor: String(url.dropFirst(origin.count)))
        }
        return links
    }
}
