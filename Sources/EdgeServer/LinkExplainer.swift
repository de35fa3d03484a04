import Bytes
import HTTPEngine
package import Engagement
package import Settings
import TrackingLinks

/// Explains tracking links and unsubscribe links as this configuration's server would answer them, without one: what
/// `tremolo explain` asks.
package struct LinkExplainer {
    private let sections: SectionTable
    private let pages: RecipientPages
    private let requestLineLimitBytes: Int
    private let configuration: Configuration

    /// Makes an explainer.
    ///
    /// - Parameter signingKeys: those that signatures of links are judged with.
    package init(_ configuration: Configuration, signingKeys: [KeyFile]) throws(EdgeError) {
        sections = try EdgeSections.table(configuration, signingKeys: signingKeys)
        pages = try PageFolder.read(configuration.pages)
        self.configuration = configuration
        requestLineLimitBytes = Int(configuration.requestLineLimit.bytes)
    }

    /// True for a URL or request target that unsubscribes, whose signature is looked at in every section.
    package static func isUnsubscribeLink(_ url: String) -> Bool { LinkExplanation.isUnsubscribeLink(url) }

    /// Explains a link.
    ///
    /// - Parameter url: a whole URL, or a request target such as `/tremclk?sec=1`.
    package func explain(_ url: String, nowNanoseconds: UInt64) -> ExplainedLink {
        let explanation = LinkExplanation(of: url, sections: sections, nowNanoseconds: nowNanoseconds)
        let isTooLong = explanation.requestTargetBytes + Self.restOfRequestLineBytes > requestLineLimitBytes
        guard let decision = explanation.decision else {
            return explainOther(explanation, isTooLong: isTooLong, nowNanoseconds: nowNanoseconds)
        }
        var url = ByteBuffer(capacity: max(1, explanation.decisionURL.count))
        url.append(explanation.decisionURL.span)
        let response = ResponseWriter.response(atNanoseconds: nowNanoseconds) { response in
            var answers = EdgeAnswers()
            if isTooLong { return response.respond(answers.fixed.lineTooLong) }
            let languages: [UInt8] = []
            answers.answer(decision, url: url, languages.span, pages, into: &response)
        }
        return ExplainedLink(explanation, headLines: Self.headLines(of: response))
    }

    /// Explains an unsubscribe link, or what is no link at all.
    private func explainOther(
        _ explanation: LinkExplanation, isTooLong: Bool, nowNanoseconds: UInt64
    ) -> ExplainedLink {
        guard let verdict = explanation.personVerdict else { return ExplainedLink(explanation, headLines: []) }
        let section = explanation.section.flatMap { configuration.section($0) }
        let namesSomebody = section.map { Self.namesSomebody(explanation.identifier, in: $0) } ?? false
        let isGood = verdict == .good(.person) && namesSomebody
        let response = ResponseWriter.response(atNanoseconds: nowNanoseconds) { response in
            var answers = EdgeAnswers()
            if isTooLong { return response.respond(answers.fixed.lineTooLong) }
            let page = pages.page(isGood ? .unsubscribe : .refused, languages: Span())
            answers.respond(with: page, isGood ? .ok : .notFound, into: &response)
        }
        return ExplainedLink(
            explanation, headLines: Self.headLines(of: response),
            unsubscribing: ExplainedLink.Unsubscribing(
                verdict: verdict, namesSomebody: namesSomebody, clicks: section?.consent.clicks,
                opens: section?.consent.opens))
    }

    private static func namesSomebody(_ identifier: [UInt8]?, in section: SectionSettings) -> Bool {
        guard let identifier else { return false }
        return Identifier.isSomebodys(identifier.span, as: section.identifier.engagementType)
    }

    /// `GET`, two spaces and `HTTP/1.1`.
    private static let restOfRequestLineBytes = 13

    /// The status line and the headers.
    private static func headLines(of response: [UInt8]) -> [String] {
        var lines: [String] = []
        for line in response.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            guard line.count > 1 else { break }
            lines.append(String(decoding: line.dropLast(), as: UTF8.self))
        }
        return lines
    }
}
