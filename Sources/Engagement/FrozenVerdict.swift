/// What is said of an event whose evidence is dropped, or whose verdict is kept: the words of the rules that gave it.
package struct FrozenVerdict: Equatable, Hashable, Sendable {
    /// Who made the request.
    package var engagementClass: EngagementClass
    /// The word for what decided.
    package var reason: String
    /// The version of the rules.
    package var rules: String
    /// The program that fetched.
    package var client: String
    /// The kind of device that fetched.
    package var device: String
    /// Where the address lay, ISO 3166-1 alpha-2; nil when nobody knows.
    package var country: String?

    /// A verdict and what goes with it.
    package init(
        engagementClass: EngagementClass, reason: String, rules: String, client: String, device: String,
        country: String?
    ) {
        self.engagementClass = engagementClass
        self.reason = reason
        self.rules = rules
        self.client = client
        self.device = device
        self.country = country
    }
}
