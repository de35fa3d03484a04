import Bytes

/// Whether recipients of a section have to consent, for each kind of event.
///
/// In a file it is one word for both, or an object with a word for each.
package struct ConsentSettings: Equatable, Sendable {
    /// For opens.
    package var opens = ConsentSetting.ignore
    /// For clicks.
    package var clicks = ConsentSetting.ignore

    /// The defaults.
    package init() {}

    /// One choice for both kinds.
    package init(_ both: ConsentSetting) {
        (opens, clicks) = (both, both)
    }
}

extension ConsentSettings: SettingsGroup {
    static let schema: [Setting<ConsentSettings>] = [
        Setting("opens", \.opens, .choice()), Setting("clicks", \.clicks, .choice()),
    ]
}

extension SettingKind where Value == ConsentSettings {
    /// One word, or a word for each kind of event.
    static let consent = SettingKind(isScalar: false) { value, reading in
        guard case .json(let json) = value.content, case .object(let members) = json.kind, !members.isEmpty else {
            return SettingKind<ConsentSetting>.choice().decode(value, &reading).map { ConsentSettings($0) }
        }
        var settings = ConsentSettings()
        reading.group(value, into: &settings)
        return settings
    } encode: { settings in
        settings.opens == settings.clicks
            ? SettingKind<ConsentSetting>.choice().encode(settings.opens) : .group(settings.members)
    }
}

/// How senders' systems report consent.
package struct ConsentEventSettings: Equatable, Sendable {
    /// Where they may.
    package var port = ConsentEventPort.admin
    /// Calls of one section that are taken in a second, on average, 1 to 10,000; ten times as many at once.
    package var rate = 100

    /// The defaults.
    package init() {}
}

extension ConsentEventSettings: SettingsGroup {
    static let schema: [Setting<ConsentEventSettings>] = [
        Setting("port", \.port, .choice()), Setting("rate", \.rate, .wholeNumber(1...10_000)),
    ]
}

/// Where senders' systems report consent.
package enum ConsentEventPort: String, CaseIterable, Sendable {
    /// On the admin listener alone.
    case admin
    /// On the edge's port too.
    case edge
}

extension SettingKind where Value == String {
    /// 64 hex digits.
    static let digest = SettingKind { value, reading in
        guard let text = reading.text(value) else { return nil }
        guard text.utf8.count == 64, Hexadecimal.isHexadecimal(Array(text.utf8).span) else {
            return reading.note(.notADigest, at: value)
        }
        return text.lowercased()
    } encode: {
        .quoted($0)
    }
}

/// Whether a recipient's refusal is honoured.
package enum ConsentSetting: String, CaseIterable, Sendable {
    /// It is not looked at.
    case ignore
    /// Who opted out is anonymous.
    case honourOptOut
    /// Who did not opt in is anonymous.
    case requireOptIn
}

/// What becomes of a request that says `Sec-GPC: 1` or `DNT: 1`.
package enum PrivacySignalSetting: String, CaseIterable, Sendable {
    /// What every other one does.
    case ignore
    /// Its event is anonymous.
    case anonymous
}
