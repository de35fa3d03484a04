import Bytes
import Engagement
import TrackingLinks

/// A file of rules, and behind its first NUL a user agent and an address that they are asked about.
enum RulesFuzzing {
    static func run(_ bytes: Span<UInt8>) {
        let end = bytes.indices.first { bytes[$0] == 0 } ?? bytes.count
        let file = bytes.extracting(0..<end).toArray()
        let asked = bytes.extracting(min(end + 1, bytes.count)..<bytes.count).toArray()
        do throws(EngagementError) {
            let rules = try RuleSet(files: [RuleFile(name: "fuzz.json5", bytes: file)])
            precondition(!rules.version.isEmpty, "the rules have no version")
            judge(Array(asked.prefix(512)), by: rules)
            locate(asked, in: rules)
        } catch {
            precondition("\(error)".contains("fuzz.json5"), "they are refused without the file's name")
        }
    }

    private static func judge(_ agent: [UInt8], by rules: RuleSet) {
        for kind in [TrackingResource.click, .open] {
            var evidence = RequestEvidence(kind: kind, method: .get)
            evidence.userAgent = ByteRange(0..<agent.count)
            let verdict = rules.verdict(on: evidence, in: agent.span)
            precondition(!rules.reason(ofRule: verdict.ruleNumber).isEmpty, "a verdict has no reason")
            precondition(
                rules.engagementClass(ofRule: verdict.ruleNumber) == verdict.engagementClass, "a rule has two classes")
        }
    }

    /// A whole address is found where its cut one is, or in a smaller range.
    private static func locate(_ bytes: [UInt8], in rules: RuleSet) {
        for count in [4, 16] where bytes.count >= count {
            guard let address = NetworkAddress(networkBytes: bytes.span.extracting(0..<count)) else { continue }
            let whole = rules.networks.network(of: address)
            let bits = address.family.bitCount
            precondition(
                rules.networks.network(of: address.cut(ipv4Prefix: bits, ipv6Prefix: bits)) == whole,
                "an address that lost nothing lies elsewhere")
            let cut = rules.networks.network(of: address.cut(ipv4Prefix: 24, ipv6Prefix: 48))
            precondition(whole != nil || cut == nil, "a cut address lies where the whole one does not")
            if let whole { precondition(Int(whole) < rules.networkLabels.count, "a network has no label") }
        }
    }
}
