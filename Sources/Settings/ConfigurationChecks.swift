/// Judgements about values that this room knows only as texts. The composition brings them in.
///
/// Each returns nil (or nothing) for a good value, or what is wrong with it as one line for an operator.
package struct ConfigurationChecks: Sendable {
    /// Is this a host pattern, such as `www.example.com`, `*.example.com` or `example.com:8443`?
    package let hostPattern: @Sendable (String) -> String?
    /// Is this an absolute http or https URL that a click may be sent to?
    package let fallback: @Sendable (String) -> String?
    /// Are these rules for links? One problem for each that is not.
    package let linkRules: @Sendable (LinkRuleSettings) -> [LinkRuleSettings.Problem]
    /// Is this a time zone of the system's?
    package let timezone: @Sendable (String) -> String?
    /// May a setting have this path answered, or does the edge do that itself?
    package let requestPath: @Sendable (String) -> String?
    /// Can this build read a country database of that path?
    package let geoip: @Sendable (String) -> String?
    /// Is this the URL of a ClickHouse server?
    package let clickHouseEndpoint: @Sendable (String) -> String?

    /// Makes checks; those that are left out find nothing wrong.
    package init(
        hostPattern: @escaping @Sendable (String) -> String? = { _ in nil },
        fallback: @escaping @Sendable (String) -> String? = { _ in nil },
        linkRules: @escaping @Sendable (LinkRuleSettings) -> [LinkRuleSettings.Problem] = { _ in [] },
        timezone: @escaping @Sendable (String) -> String? = { _ in nil },
        requestPath: @escaping @Sendable (String) -> String? = { _ in nil },
        geoip: @escaping @Sendable (String) -> String? = { _ in nil },
        clickHouseEndpoint: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.hostPattern = hostPattern
        self.fallback = fallback
        self.linkRules = linkRules
        self.timezone = timezone
        self.requestPath = requestPath
        self.geoip = geoip
        self.clickHouseEndpoint = clickHouseEndpoint
    }
}
