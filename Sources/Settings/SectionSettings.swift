/// One section: the account that campaigns belong to, and what its links may do.
package struct SectionSettings: Equatable, Sendable {
    /// The `sec` of its links, `[A-Za-z0-9_-]{1,64}`.
    package let id: String
    /// What reports call it, or nil.
    package var name: String?
    /// The time zone that decides its hours and days, by its name in the system's zone data.
    package var timezone = "UTC"
    /// What kind of identifier its recipients have.
    package var identifier = IdentifierSetting.email
    /// Host patterns that its links may lead to.
    package var hosts: [String] = []
    /// What a link to any other host gets.
    package var otherwise = OtherwiseSetting.ask
    /// When `observe` ends; nil for any other choice. From then on the section asks.
    package var observeUntil: Deadline?
    /// What became of links that were sent already.
    package var links = LinkRuleSettings()
    /// Where a click without a usable target goes, and an unlisted one if `otherwise` says so; nil for nowhere.
    package var fallback: String?
    /// Query names that reports keep of a link's URL; all others are left out.
    package var linkQuery: [String] = []
    /// Whether links are signed.
    package var signatures = SignatureSetting.off
    /// Whether its recipients have to consent.
    package var consent = ConsentSettings()
    /// The SHA-256, in hex digits, of the keys that its systems report consent with.
    package var apiKeys: [String] = []
    /// What becomes of requests whose browser asks not to be followed.
    package var privacySignals = PrivacySignalSetting.ignore

    /// A section of defaults.
    package init(id: String) {
        self.id = id
    }
}

extension SectionSettings: SettingsGroup {
    init() {
        self.init(id: "")
    }

    static let schema: [Setting<SectionSettings>] = [
        Setting("name", \.name, .optional(.text)),
        Setting("timezone", \.timezone, .timezone),
        Setting("identifier", \.identifier, .choice()),
        Setting("hosts", \.hosts, .list(of: .host, limit: SettingsLimits.hostsMax)),
        Setting("otherwise", \.otherwise, .choice()),
        Setting("observeUntil", \.observeUntil, .optional(.deadline)),
        Setting("links", \.links, .group()),
        Setting("fallback", \.fallback, .optional(.fallback)),
        Setting("linkQuery", \.linkQuery, .list(of: .queryName, limit: SettingsLimits.linkQueryNamesMax)),
        Setting("signatures", \.signatures, .choice()),
        Setting("consent", \.consent, .consent),
        Setting("apiKeys", \.apiKeys, .list(of: .digest, limit: SettingsLimits.apiKeysMax)),
        Setting("privacySignals", \.privacySignals, .choice()),
    ]
}

/// What links of a section that the configuration does not list get.
package struct UnknownSectionSettings: Equatable, Sendable {
    /// What they get, since no host of theirs is listed.
    package var otherwise = OtherwiseSetting.ask
    /// Where they go if `otherwise` says so, or the target is unusable; nil for nowhere.
    package var fallback: String?

    /// The defaults.
    package init() {}
}

extension UnknownSectionSettings: SettingsGroup {
    static let schema: [Setting<UnknownSectionSettings>] = [
        Setting("otherwise", \.otherwise, .choice(without: [.observe])),
        Setting("fallback", \.fallback, .optional(.fallback)),
    ]
}

/// What kind of identifier the recipients of a section have.
package enum IdentifierSetting: String, CaseIterable, Sendable {
    /// An email address or its hash.
    case email
    /// A telephone number.
    case phone
    /// Anything else, taken as it is.
    case other
}

/// What a link to an unlisted host gets.
package enum OtherwiseSetting: String, CaseIterable, Sendable {
    /// A page that shows the host and links to it.
    case ask
    /// The section's fallback.
    case fallback
    /// A refusal, as a small page.
    case refuse
    /// The redirect, marked in the event, until a date.
    case observe
}

/// Whether the links of a section are signed.
package enum SignatureSetting: String, CaseIterable, Sendable {
    /// They are not, and a signature counts for nothing.
    case off
    /// A good signature counts, a missing one does not matter.
    case accept
    /// Only links with a good signature are followed.
    case require
}
