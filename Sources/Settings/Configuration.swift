package import LinuxSystem

/// Everything that an operator decides, as one value.
///
/// The configuration is a JSON5 file, a few environment variables and a few flags; a flag beats the environment, which
/// beats the file, which beats the defaults written here. `ConfigurationReader` puts them together and finds every
/// problem in one pass, each with its place. A problem anywhere means that there is no configuration at all: a server
/// never runs with half of what was meant, and a misspelled name is never passed over in silence. A setting that this
/// version does not honour is refused as soon as it differs from its default, for the same reason.
///
/// This room knows names, types, units, ranges and relations. It does not know what a host pattern, a URL or a time
/// zone is (`ConfigurationChecks` brings that in), nor what the settings do. `Config/tremolo.json5` documents every one
/// of them for a person; a test holds the two together.
package struct Configuration: Equatable, Sendable {
    /// Where clicks and opens arrive: at least one address, none of them twice.
    package var listen: [ListenSettings] = [ListenSettings(address: .internet(.loopback, port: 8_080))]
    /// Where health, metrics and the admin pages are.
    package var admin: SocketAddress = .internet(.loopback, port: 8_081)
    /// What the admin listener asks the operator for, who may do everything there (16 to 512 printable ASCII
    /// characters), or nil. Never printed.
    package var adminToken: String?
    /// A file whose content is the admin token, or nil. Not given together with `adminToken`.
    package var adminTokenFile: String?
    /// What the admin listener asks viewers for, who may look and change nothing; another one than `adminToken`, or
    /// nil.
    /// Never printed.
    package var viewerToken: String?
    /// A file whose content is the viewers' token, or nil. Not given together with `viewerToken`.
    package var viewerTokenFile: String?
    /// Whose figures the dashboard shows.
    package var dashboardStore = DashboardStoreSetting.sqlite
    /// The data folder, relative to the working directory or absolute.
    package var data = "data"
    /// Worker threads, at most 1,024; 0 means one a core.
    package var workers = 0
    /// The worker threads that a server starts on this machine.
    package var workersOrProcessors: Int { workers > 0 ? workers : Host.processorCount }
    /// How often figures are committed to the store, 10 ms to 1 h.
    package var flushInterval = TimeSpan.seconds(5)
    /// What of a recipient's identity an event keeps.
    package var identity = IdentitySetting.pseudonym
    /// How long an event key that is not in use any more finds the events of people, at most 36,500 days.
    package var identityRetention = TimeSpan.days(90)
    /// Age after which the people of a calendar month become counts, 1 month to 100 years, or nil for never.
    package var peopleRetention: MonthSpan? = MonthSpan(months: 13)
    /// The folder of the keys, or nil for the one in the data folder. See `keyFolder`.
    package var keys: String?
    /// How much of a client's address is kept.
    package var addresses = AddressSettings()
    /// How events are written.
    package var journal = JournalSettings()
    /// The balancers in front: their idle connections are never shed, and what they say of clients is believed.
    package var trustedProxies: [NetworkPrefix] = []
    /// Whether every listener that does not say otherwise expects a PROXY header.
    package var proxyProtocol = ProxyProtocolSetting.off
    /// How long a connection may stay without a request, 1 s to 1 h.
    package var idleTimeout = TimeSpan.seconds(75)
    /// Longest request line that is read, 8,000 B to 60 KiB.
    package var requestLineLimit = ByteSize(bytes: 8_192)
    /// Longest head, request line included, that is read, 8 KiB to 64 KiB.
    package var headLimit = ByteSize(bytes: 16_384)
    /// What one client's address may have.
    package var limits = LimitSettings()
    /// Where the edge's own port says whether it is well.
    package var probes = ProbeSettings()
    /// How senders' systems report consent.
    package var consentEvents = ConsentEventSettings()
    /// Where the log goes.
    package var log = LogSettings()
    /// How long requests are still answered after a stop was asked for, before the listeners close, 0 to 10 min.
    package var drainDelay = TimeSpan.seconds(5)
    /// The folder of the classification rules.
    package var rules = "Config/rules"
    /// The folder of the pages for recipients, or nil for the built-in ones.
    package var pages: String?
    /// Small files that are served beside links and pixels, in the order of the file, each path once.
    package var smallFiles: [SmallFileSettings] = []
    /// The folder of the data files about senders.
    package var senders = "Config/esp"
    /// The country database, or nil.
    package var geoip: String?
    /// The fleet's store.
    package var clickhouse = ClickHouseSettings()
    /// The accounts that campaigns belong to, in the order of the file, each id once.
    package var sections: [SectionSettings] = []
    /// What links of a section that is not listed get.
    package var unknownSections = UnknownSectionSettings()

    /// The configuration of somebody who configured nothing.
    package init() {}

    /// Where the keys are: `keys`, or the folder `keys` of the data folder.
    package var keyFolder: String { keys ?? "\(data)/keys" }

    /// True when every connection of a listener begins with a PROXY header.
    package func requiresProxyHeader(_ listen: ListenSettings) -> Bool {
        (listen.proxyProtocol ?? proxyProtocol) == .require
    }

    /// The section with this id, or nil. O(sections); the hot path keeps its own table.
    package func section(_ id: String) -> SectionSettings? {
        sections.first { $0.id == id }
    }
}

extension Configuration: SettingsGroup {
    static let schema: [Setting<Configuration>] = [
        Setting("listen", \.listen, .listeners),
        Setting("admin", \.admin, .address),
        Setting("adminToken", \.adminToken, .optional(.secret)),
        Setting("adminTokenFile", \.adminTokenFile, .optional(.path)),
        Setting("viewerToken", \.viewerToken, .optional(.secret)),
        Setting("viewerTokenFile", \.viewerTokenFile, .optional(.path)),
        Setting("dashboardStore", \.dashboardStore, .choice()),
        Setting("data", \.data, .path),
        Setting("workers", \.workers, .wholeNumber(0...1_024)),
        Setting("flushInterval", \.flushInterval, .span(TimeSpan(nanoseconds: 10_000_000) ... .hours(1))),
        Setting("identity", \.identity, .choice()),
        Setting("identityRetention", \.identityRetention, .span(.seconds(0) ... .days(36_500))),
        Setting(
            "peopleRetention", \.peopleRetention,
            .optional(.months(MonthSpan(months: 1)...MonthSpan(months: 1_200)))),
        Setting("keys", \.keys, .optional(.path)),
        Setting("addresses", \.addresses, .group()),
        Setting("journal", \.journal, .group()),
        Setting("trustedProxies", \.trustedProxies, .list(of: .network, limit: SettingsLimits.networksMax)),
        Setting("proxyProtocol", \.proxyProtocol, .choice()),
        Setting("idleTimeout", \.idleTimeout, .span(.seconds(1) ... .hours(1))),
        Setting("requestLineLimit", \.requestLineLimit, .size(ByteSize(bytes: 8_000)...ByteSize(bytes: 61_440))),
        Setting("headLimit", \.headLimit, .size(ByteSize(bytes: 8_192)...ByteSize(bytes: 65_536))),
        Setting("limits", \.limits, .group()),
        Setting("probes", \.probes, .group()),
        Setting("consentEvents", \.consentEvents, .group()),
        Setting("log", \.log, .group()),
        Setting("drainDelay", \.drainDelay, .span(.seconds(0) ... .seconds(600))),
        Setting("rules", \.rules, .path),
        Setting("pages", \.pages, .optional(.path)),
        Setting("static", \.smallFiles, .smallFiles),
        Setting("senders", \.senders, .path),
        Setting("geoip", \.geoip, .optional(.countryDatabase)),
        Setting("clickhouse", \.clickhouse, .group()),
        Setting("sections", \.sections, .sections),
        Setting("unknownSections", \.unknownSections, .group()),
    ]
}
