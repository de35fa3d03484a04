/// Where a balancer asks the edge's own port whether it is well.
package struct ProbeSettings: Equatable, Sendable {
    /// The path that is answered for as long as the process lives; nil for none.
    package var live: String? = "/healthz"
    /// The path that is answered with 200 while requests should be sent here, else with 503; nil for none.
    package var ready: String? = "/readyz"

    /// The defaults.
    package init() {}
}

extension ProbeSettings: SettingsGroup {
    static let schema: [Setting<ProbeSettings>] = [
        Setting("live", \.live, .optional(.requestPath)), Setting("ready", \.ready, .optional(.requestPath)),
    ]
}
