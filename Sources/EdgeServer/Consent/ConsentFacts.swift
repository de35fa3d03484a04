package import Bytes
package import Engagement
import Journal
import LinuxSystem
package import Settings

/// Changes consent for commands: through the server that owns the folder, or straight into the folder when none runs.
package struct ConsentFacts: Sendable {
    private let configuration: Configuration
    private let folder: DataFolder

    /// Uses the data folder and the keys of a configuration.
    package init(_ configuration: Configuration) {
        self.configuration = configuration
        folder = DataFolder(path: configuration.data)
    }

    /// Gives one person a status.
    package func set(_ person: Bytes16, in section: String, to status: ConsentStatus) throws(EdgeError)
        -> CampaignFacts.Way
    {
        let now = SystemClock.realtimeNanoseconds()
        let record = ConsentRecord(
            recordedNanoseconds: now, effectiveNanoseconds: now, section: section, change: .person(person, status),
            source: .command)
        do throws(CampaignFacts.Failure) {
            return try CampaignFacts(configuration).add([record])
        } catch {
            throw error.error
        }
    }

    /// How a section stands, as the journal has it.
    package struct Standing: Equatable, Sendable {
        /// The time of the list in force, nanoseconds since 1970; nil without one.
        package var listNanoseconds: UInt64?
        /// When that list was put into force.
        package var listRecordedNanoseconds: UInt64?
        /// People in it.
        package var listPeople: UInt64?
        /// Why the list's file can't be used: at a start it counts as one that names nobody.
        package var listTrouble: String?
        /// People whose last word since is a consent.
        package var optedInSince: UInt64 = 0
        /// People whose last word since is a refusal.
        package var optedOutSince: UInt64 = 0

        /// Nothing on record.
        package init() {}
    }

    /// How every section stands that has a list or anybody's word.
    ///
    /// - Parameter onTrouble: told of records that can't be read, a line each.
    package func standings(onTrouble: (String) -> Void) throws(EdgeError) -> [(section: String, standing: Standing)] {
        try folder.requireThere()
        let lists = ConsentListFile(folder: folder.consent)
        return try ConsentHistory(folder, onTrouble: onTrouble).sections.sorted { $0.key < $1.key }.map { id, section in
            var last: [ConsentKey: ConsentStatus] = [:]
            for statement in section.standing { last[statement.person] = statement.status }
            let optedIn = last.values.reduce(0) { $0 + ($1 == .optedIn ? 1 : 0) }
            var standing = Standing()
            standing.listNanoseconds = section.list?.effectiveNanoseconds
            standing.listRecordedNanoseconds = section.list?.recordedNanoseconds
            standing.listPeople = section.list?.people
            standing.listTrouble = section.list.flatMap { lists.trouble(with: $0.digest) }.map { "\($0)" }
            standing.optedInSince = UInt64(optedIn)
            standing.optedOutSince = UInt64(last.count - optedIn)
            return (id, standing)
        }
    }

    /// What is known of one person in a section.
    package enum Knowledge: Equatable, Sendable {
        /// The person said so, at this time.
        case said(ConsentStatus, atNanoseconds: UInt64)
        /// The list in force names the person, or does not; the list's time.
        case listed(ConsentStatus, atNanoseconds: UInt64)
        /// The list in force, of this time, is missing or damaged, so that it counts as one that names nobody.
        case unusableList(EdgeError, atNanoseconds: UInt64)
        /// Nothing.
        case nothing
    }

    /// What is known of one person in a section, as the journal has it.
    package func knowledge(
        of person: Bytes16, in section: String, key: SectionPersonKey, onTrouble: (String) -> Void
    ) throws(EdgeError) -> Knowledge {
        try folder.requireThere()
        let history = try ConsentHistory(folder, only: section, onTrouble: onTrouble).sections[section]
        guard let history else { return .nothing }
        let wanted = ConsentKey(person)
        if let said = history.standing.last(where: { $0.person == wanted }) {
            return .said(said.status, atNanoseconds: said.effectiveNanoseconds)
        }
        guard let list = history.list else { return .nothing }
        do throws(EdgeError) {
            let table = try ConsentListFile(folder: folder.consent).table(list.digest, keyMark: key.mark, further: 0)
            return table.status(of: wanted).map { .listed($0, atNanoseconds: list.effectiveNanoseconds) } ?? .nothing
        } catch {
            // What may not be read here may be in force in the server; what can't be used is not.
            switch error {
            case .consentList: break
            case .file(_, let reason) where reason.isNotFound: break
            default: throw error
            }
            return .unusableList(error, atNanoseconds: list.effectiveNanoseconds)
        }
    }
}
