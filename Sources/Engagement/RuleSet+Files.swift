internal import Bytes
internal import TrackingLinks

extension RuleSet {
    /// Reads a rule set from its files, whatever order they come in.
    ///
    /// The version is made of all their names and bytes, a comment's too: two sets with one version are one set.
    ///
    /// - Parameter withinNanosecondsMax: the longest time that a timing rule may span; more than the usual for whoever
    ///   has memory for it.
    package convenience init(
        files: [RuleFile], withinNanosecondsMax: UInt64 = TimingRule.withinNanosecondsMax
    ) throws(EngagementError) {
        var reader = RulesReader(withinNanosecondsMax: withinNanosecondsMax)
        var hash = SHA256()
        for file in files.sorted(by: { $0.name < $1.name }) {
            try reader.read(file)
            hash.update("\(file.name.utf8.count) \(file.name) \(file.bytes.count) ".utf8.span)
            hash.update(file.bytes.span)
        }
        try reader.finish()
        let digest = hash.finalize().description
        self.init(
            classRules: reader.classRules + reader.machineRules + reader.networkRules, networks: reader.networks,
            clientRules: reader.clientRules,
            deviceRules: reader.deviceRules, platformRules: reader.platformRules, timingRules: reader.timingRules,
            version: String(digest.prefix(16)))
    }

    /// What is judged by where no rules file is: the method, the headers of prefetching, links that no person
    /// sees, and tools that name themselves.
    package static let builtIn = RuleSet(
        classRules: [
            ClassRule(subject: .method(.head), engagementClass: .machine, reason: "head-request", kind: nil),
            ClassRule(
                subject: .header(.secPurpose, token: "prefetch"), engagementClass: .prefetch, reason: "prefetch-header",
                kind: nil),
            ClassRule(
                subject: .header(.purpose, token: "prefetch"), engagementClass: .prefetch, reason: "prefetch-header",
                kind: nil),
            ClassRule(
                subject: .header(.xMoz, token: "prefetch"), engagementClass: .prefetch, reason: "prefetch-header",
                kind: nil),
            ClassRule(
                subject: .header(.xPurpose, token: "preview"), engagementClass: .prefetch, reason: "preview-header",
                kind: nil),
            ClassRule(subject: .decoy, engagementClass: .machine, reason: "decoy-link", kind: nil),
            ClassRule(
                subject: .userAgent(TextPattern(test: .exact(""))), engagementClass: .machine,
                reason: "empty-user-agent", kind: nil),
            ClassRule(
                subject: .userAgent(TextPattern(test: .prefix("curl/"))), engagementClass: .machine, reason: "tool",
                kind: nil),
            ClassRule(
                subject: .userAgent(TextPattern(test: .prefix("Wget/"))), engagementClass: .machine, reason: "tool",
                kind: nil),
        ], version: "built-in-2")
}
