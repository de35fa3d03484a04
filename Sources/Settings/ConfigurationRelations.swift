import LinuxSystem

/// What has to hold between settings, whatever their origins.
enum ConfigurationRelations {
    static func check(_ configuration: Configuration, _ reading: inout SettingReading) {
        checkAdmin(configuration, &reading)
        checkDashboard(configuration, &reading)
        checkProxyProtocol(configuration, &reading)
        checkJournal(configuration.journal, &reading)
        checkShippedPeople(configuration, &reading)
        if let live = configuration.probes.live, live == configuration.probes.ready {
            let isLiveTheDefault = reading.origin(of: "probes.live") == .builtIn
            let (setting, other) = isLiveTheDefault ? ("probes.ready", "probes.live") : ("probes.live", "probes.ready")
            reading.note(.sameAs(other), atSetting: setting)
        }
        for file in configuration.smallFiles {
            for (probe, path) in [("live", configuration.probes.live), ("ready", configuration.probes.ready)]
            where path == file.path {
                reading.note(.sameAs("probes.\(probe)"), atSetting: "static.\(file.path)")
            }
        }
        checkSizeCap(configuration, &reading)
        if configuration.headLimit <= configuration.requestLineLimit {
            let value = "\(configuration.requestLineLimit)"
            // Where one of them is the default, the other one is the place to look.
            let isHeadTheDefault = reading.origin(of: "headLimit") == .builtIn
            let place = reading.origin(of: isHeadTheDefault ? "requestLineLimit" : "headLimit")
            reading.note(.mustExceed("requestLineLimit", value: value), setting: "headLimit", origin: place)
        }
        checkAPIKeys(configuration, &reading)
        for section in configuration.sections {
            checkFallback(section.otherwise, section.fallback, at: "sections.\(section.id)", &reading)
            checkObserving(section, at: "sections.\(section.id)", &reading)
            for problem in reading.checks.linkRules(section.links) {
                let path = "sections.\(section.id).links.\(problem.path)"
                reading.note(.refused(why: problem.why), atSetting: path)
            }
        }
        let unknown = configuration.unknownSections
        checkFallback(unknown.otherwise, unknown.fallback, at: "unknownSections", &reading)
    }

    /// A key says which section a call is about.
    private static func checkAPIKeys(_ configuration: Configuration, _ reading: inout SettingReading) {
        var owners: [String: String] = [:]
        for section in configuration.sections {
            let place = "sections.\(section.id).apiKeys"
            for key in section.apiKeys {
                if let other = owners[key] { reading.note(.sameAs(other), atSetting: place) }
                owners[key] = place
            }
        }
    }

    private static func checkAdmin(_ configuration: Configuration, _ reading: inout SettingReading) {
        if configuration.adminToken != nil, configuration.adminTokenFile != nil {
            reading.note(.excludedBy("adminToken"), atSetting: "adminTokenFile")
        }
        if configuration.viewerToken != nil, configuration.viewerTokenFile != nil {
            reading.note(.excludedBy("viewerToken"), atSetting: "viewerTokenFile")
        }
        let hasToken = configuration.adminToken != nil || configuration.adminTokenFile != nil
        if !configuration.admin.isLoopback, !hasToken, !reading.hasProblem(at: "adminToken") {
            let why = "an address that other machines reach needs a token"
            reading.note(.needs("adminToken' or 'adminTokenFile", because: why), atSetting: "admin")
        }
        let viewer = ["viewerToken", "viewerTokenFile"]
        let isGiven = [configuration.viewerToken != nil, configuration.viewerTokenFile != nil]
        if let (setting, _) = zip(viewer, isGiven).first(where: \.1), !hasToken, !reading.hasProblem(at: "adminToken") {
            let why = "without an operator's token everybody on this machine may do more than viewers"
            reading.note(.needs("adminToken' or 'adminTokenFile", because: why), atSetting: setting)
        }
        if let token = configuration.viewerToken, token == configuration.adminToken {
            reading.note(.sameAs("adminToken"), atSetting: "viewerToken")
        }
        if configuration.admin.port != 0, configuration.listen.contains(where: { $0.address == configuration.admin }) {
            let isAdminTheDefault = reading.origin(of: "admin") == .builtIn
            let (setting, other) = isAdminTheDefault ? ("listen", "admin") : ("admin", "listen")
            reading.note(.sameAs(other), atSetting: setting)
        }
    }

    private static func checkDashboard(_ configuration: Configuration, _ reading: inout SettingReading) {
        guard configuration.dashboardStore == .clickhouse, configuration.clickhouse.endpoints.isEmpty,
            !reading.hasProblem(at: "clickhouse.endpoints")
        else { return }
        reading.note(
            .needs("clickhouse.endpoints", because: "the figures of a fleet are in ClickHouse, and there is no server"),
            atSetting: "dashboardStore")
    }

    /// Where a PROXY header is required, a listener that trusts nobody answers nobody.
    private static func checkProxyProtocol(_ configuration: Configuration, _ reading: inout SettingReading) {
        guard configuration.trustedProxies.isEmpty, !reading.hasProblem(at: "trustedProxies"),
            !reading.hasProblem(at: "listen"), configuration.listen.contains(where: configuration.requiresProxyHeader)
        else { return }
        let isOwn = configuration.listen.contains { $0.proxyProtocol == .require }
        reading.note(
            .needs("trustedProxies", because: "only connections of trusted proxies are taken where it is required"),
            atSetting: isOwn ? "listen" : "proxyProtocol")
    }

    private static func checkJournal(_ journal: JournalSettings, _ reading: inout SettingReading) {
        if journal.retention <= journal.segmentAge {
            reading.note(
                .mustExceed("journal.segmentAge", value: "\(journal.segmentAge)"), atSetting: "journal.retention")
        }
    }

    /// Nobody seals people there: their events go as a whole.
    private static func checkShippedPeople(_ configuration: Configuration, _ reading: inout SettingReading) {
        guard !configuration.clickhouse.endpoints.isEmpty, let people = configuration.peopleRetention,
            configuration.clickhouse.retention.map({ $0 > people }) ?? true
        else { return }
        reading.note(
            .refused(
                why: "pseudonyms would stay in ClickHouse for longer than 'peopleRetention', \(people): write "
                    + "\"\(people)\" or less"),
            atSetting: "clickhouse.retention")
    }

    /// What is written to can't go: a segment of each worker, and one of facts (sends and names).
    private static func checkSizeCap(_ configuration: Configuration, _ reading: inout SettingReading) {
        guard let sizeCap = configuration.journal.sizeCap, !reading.hasProblem(at: "workers"),
            !reading.hasProblem(at: "journal.segmentSize")
        else { return }
        let workers = configuration.workersOrProcessors
        let size = configuration.journal.segmentSize
        let least = ByteSize(bytes: UInt64(workers + 1) * size.bytes)
        guard sizeCap.bytes < least.bytes else { return }
        let who = workers == 1 ? "1 worker" : "\(workers) workers"
        let why = configuration.workers == 0 ? " ('workers' is 0: one a core of this machine)" : ""
        let because =
            "\(who)\(why) and the recorder of facts write to a file each of up to 'journal.segmentSize', \(size), and "
            + "those can't be deleted"
        reading.note(
            .lessThan("\(least)", because: because, orChange: "'journal.segmentSize' or 'workers'"),
            atSetting: "journal.sizeCap")
    }

    /// Observing is for a time: an edge that nobody looks at must not stay an open redirect.
    private static func checkObserving(
        _ section: SectionSettings, at path: String, _ reading: inout SettingReading
    ) {
        guard !reading.hasProblem(at: "\(path).observeUntil"), !reading.hasProblem(at: "\(path).otherwise") else {
            return
        }
        if section.otherwise == .observe, section.observeUntil == nil {
            let why = "every link is followed while a section is observed, so that has to end at a date"
            reading.note(.needs("\(path).observeUntil", because: why), atSetting: "\(path).otherwise")
        }
        if section.otherwise != .observe, section.observeUntil != nil {
            let why = "it is the end of observing, and this section does not observe"
            reading.note(
                .refused(why: "\(why): leave it out, or write otherwise: \"observe\""),
                atSetting: "\(path).observeUntil")
        }
    }

    private static func checkFallback(
        _ otherwise: OtherwiseSetting, _ fallback: String?, at path: String, _ reading: inout SettingReading
    ) {
        guard otherwise == .fallback, fallback == nil, !reading.hasProblem(at: "\(path).fallback") else { return }
        let why = "unlisted links are to go to the fallback, and there is none"
        reading.note(.needs("\(path).fallback", because: why), atSetting: "\(path).otherwise")
    }
}

extension SettingReading {
    fileprivate mutating func note(_ reason: ConfigurationProblem.Reason, atSetting path: String) {
        note(reason, setting: path, origin: origin(of: path))
    }

    /// True when the value was given and is wrong already: a second message about it would only confuse.
    fileprivate func hasProblem(at path: String) -> Bool {
        problems.contains { $0.setting == path }
    }
}
