import Bytes
import Campaigns
package import Engagement
package import Settings
package import TrackingLinks

/// What the hot path asks about a section, compiled from the configuration: where its links may lead, who its people
/// are.
///
/// Each worker has one of its own, so that no reference count is shared between threads. An object, so that a request
/// holds it by one reference, not by one for each of its tables.
package final class EdgeSections: Sendable {
    /// The policies, by the section's id.
    package let table: SectionTable
    /// The pages that recipients may see.
    let pages: RecipientPages
    private let people: [SectionPeople]
    private let ids: [String]

    /// What makes a person of an identifier in one section.
    package struct SectionPeople: Sendable {
        /// How the identifier is normalised.
        package let identifierType: IdentifierType
        /// The section's key.
        package let key: SectionPersonKey
        /// What consent means in it; nil where it means nothing.
        let consent: SectionConsent?
        /// True when a request that asks not to be followed is anonymous.
        let honoursSignals: Bool
    }

    /// What consent means in one section.
    struct SectionConsent: Sendable {
        /// For clicks.
        let clicks: ConsentPolicy
        /// For opens.
        let opens: ConsentPolicy
        /// The place of its statuses in `ConsentTables`.
        let place: Int

        /// For one kind of event.
        @inline(__always)
        func policy(for kind: TrackingResource) -> ConsentPolicy {
            switch kind {
            case .click: clicks
            case .open: opens
            }
        }
    }

    /// Compiles the sections of a configuration that was checked.
    ///
    /// - Parameters:
    ///   - signingKeys: those that signatures of links are judged with (`KeyFolder.signingKeys`).
    ///   - consentPlace: the place of a section's statuses in `ConsentTables`; asked where consent means something.
    /// - Throws: `EdgeError.configuration` where a host pattern or fallback is wrong after all, `.page` for a page that
    ///   can't be used.
    package init(
        _ configuration: Configuration, keys: KeySet, signingKeys: [KeyFile] = [],
        consentPlace: (String) -> Int = { _ in 0 }
    ) throws(EdgeError) {
        pages = try PageFolder.read(configuration.pages)
        table = try Self.table(configuration, signingKeys: signingKeys)
        ids = configuration.sections.map(\.id)
        people = configuration.sections.map { section in
            SectionPeople(
                identifierType: section.identifier.engagementType,
                key: keys.personKey(section: section.id),
                consent: section.consent == ConsentSettings()
                    ? nil
                    : SectionConsent(
                        clicks: section.consent.clicks.policy, opens: section.consent.opens.policy,
                        place: consentPlace(section.id)),
                honoursSignals: section.privacySignals == .anonymous)
        }
    }

    /// The policies alone, for `explain`, which needs no keys of people.
    ///
    /// - Parameter signingKeys: those that signatures of links are judged with.
    package static func table(
        _ configuration: Configuration, signingKeys: [KeyFile] = []
    ) throws(EdgeError) -> SectionTable {
        var sections: [(id: String, policy: SectionPolicy)] = []
        for section in configuration.sections {
            sections.append((section.id, try policy(section)))
        }
        let unknown = SectionPolicy(
            otherwise: configuration.unknownSections.otherwise.policy,
            fallback: try fallback(configuration.unknownSections.fallback, of: "unknownSections"), isKnown: false)
        return SectionTable(
            sections: sections, unknown: unknown, signingKeys: SigningKeyTable(files: signingKeys))
    }

    /// What makes people of a section's identifiers; nil for a section that is not configured.
    package func people(of number: Int?) -> SectionPeople? {
        number.map { people[$0] }
    }

    /// The id of a section.
    func id(of number: Int) -> String { ids[number] }

    private static func policy(_ section: SectionSettings) throws(EdgeError) -> SectionPolicy {
        let hosts: HostList
        do throws(HostPatternError) {
            hosts = try HostList(patterns: section.hosts)
        } catch {
            throw .configuration(place: "sections.\(section.id).hosts", reason: "\(error)")
        }
        return SectionPolicy(
            hosts: hosts, otherwise: section.otherwise.policy,
            observeUntilNanoseconds: try section.observeUntil.map { (end) throws(EdgeError) in
                end.nanoseconds(in: try zone(of: section))
            }, rules: try LinkRules(section.links, zone: try zone(of: section), of: section.id),
            fallback: try fallback(section.fallback, of: "sections.\(section.id)"),
            linkQuery: LinkQuery(names: section.linkQuery), signatures: section.signatures.policy)
    }

    /// The zone of a section's days.
    private static func zone(of section: SectionSettings) throws(EdgeError) -> TimeZoneRules {
        do throws(ZoneError) {
            return try ZoneFiles.rules(of: section.timezone)
        } catch {
            throw .configuration(place: "sections.\(section.id).timezone", reason: "\(error)")
        }
    }

    private static func fallback(_ text: String?, of place: String) throws(EdgeError) -> FallbackURL? {
        guard let text else { return nil }
        do throws(TargetRefusal) {
            return try FallbackURL(text)
        } catch {
            throw .configuration(place: "\(place).fallback", reason: error.explanation)
        }
    }
}

extension IdentifierSetting {
    /// The same in Engagement's words.
    var engagementType: IdentifierType {
        switch self {
        case .email: .email
        case .phone: .phone
        case .other: .other
        }
    }
}

extension Configuration {
    /// True where a decoded `cuid` is anybody's in a section, as links are read: the identifiers of one that is not
    /// configured are email addresses. Not for the hot path.
    package func isSomebodys(_ identifier: Span<UInt8>, section: Span<UInt8>) -> Bool {
        let type = self.section(section.toString())?.identifier.engagementType
        return Identifier.isSomebodys(identifier, as: type ?? .email)
    }
}

extension ConsentSetting {
    /// The same in Engagement's words.
    var policy: ConsentPolicy {
        switch self {
        case .ignore: .ignore
        case .honourOptOut: .honourOptOut
        case .requireOptIn: .requireOptIn
        }
    }
}

extension OtherwiseSetting {
    /// The same in TrackingLinks' words.
    var policy: UnlistedPolicy {
        switch self {
        case .ask: .ask
        case .fallback: .fallback
        case .refuse: .refuse
        case .observe: .observe
        }
    }
}

extension SignatureSetting {
    /// The same in TrackingLinks' words.
    var policy: SignaturePolicy {
        switch self {
        case .off: .off
        case .accept: .accept
        case .require: .require
        }
    }
}
