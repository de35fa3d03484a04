/// The verdict on one event: small, so that the aggregator can keep one beside each open event.
///
/// The numbers are places in the rule set that judged; `RuleSet` has their words.
package struct Judgement: Equatable, Sendable {
    /// Who made the request.
    package let engagementClass: EngagementClass
    /// The rule that decided: see `Classifier.reason(of:)`.
    package let ruleNumber: UInt16
    /// The client family: see `Classifier.client(of:)`.
    package let clientNumber: UInt16
    /// The kind of device: see `Classifier.device(of:)`.
    package let deviceNumber: UInt16
    /// The platform: see `Classifier.platform(of:)`.
    package let platformNumber: UInt16
    /// The listed network: see `Classifier.network(of:)`; 0 for none.
    package let networkNumber: UInt16

    /// The judgement when a timing rule, by its place among the rules, decides.
    package func decided(byTimingRule index: Int, of rules: RuleSet) -> Judgement {
        let number = rules.ruleNumber(ofTimingRule: index)
        return Judgement(
            engagementClass: rules.engagementClass(ofRule: number), ruleNumber: number, clientNumber: clientNumber,
            deviceNumber: deviceNumber, platformNumber: platformNumber, networkNumber: networkNumber)
    }

    init(
        engagementClass: EngagementClass, ruleNumber: UInt16, clientNumber: UInt16, deviceNumber: UInt16,
        platformNumber: UInt16, networkNumber: UInt16 = 0
    ) {
        self.networkNumber = networkNumber
        self.engagementClass = engagementClass
        self.ruleNumber = ruleNumber
        self.clientNumber = clientNumber
        self.deviceNumber = deviceNumber
        self.platformNumber = platformNumber
    }
}
