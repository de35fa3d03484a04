import Bytes
import Engagement
import Journal
import LinuxSystem
package import Settings

/// Brings a subscriber list into force: people are taken one after the other, written to a file as keyed pseudonyms,
/// and then all are in force at once.
///
/// Memory is eight bytes a person and one piece of the file; nobody's identifier is kept. Until `finish` returns
/// nothing is changed, whatever happens.
package struct ConsentImport: ~Copyable {
    private let configuration: Configuration
    private let folder: DataFolder
    private let section: String
    private let finder: PersonFinder
    private let turn: FolderTurn
    private var people: [ConsentKey] = []
    private var normalised = PersonFinder.buffer

    /// What came of it.
    package struct Outcome: Equatable, Sendable {
        /// People who are opted in now.
        package var people: UInt64
        /// Rows that named somebody who stood there already.
        package var repeated: UInt64
        /// How it was brought into force.
        package var way: CampaignFacts.Way
    }

    /// Begins an import; another command that imports waits for its end.
    ///
    /// - Parameters:
    ///   - section: one of the configuration.
    ///   - expected: people that will come, about, so that memory is taken once.
    package init(_ configuration: Configuration, section: SectionSettings, expected: Int) throws(EdgeError) {
        let folder = DataFolder(path: configuration.data)
        try folder.requireThere()
        let finder = try PersonFinder(configuration, section: section)
        let turn = try Self.turn(folder)
        self.configuration = configuration
        self.folder = folder
        self.section = section.id
        self.finder = finder
        self.turn = turn
        people.reserveCapacity(min(max(expected, 0), ConsentListFile.peopleMax))
    }

    private static func turn(_ folder: DataFolder) throws(EdgeError) -> FolderTurn {
        do throws(SystemError) {
            return try FolderTurn(in: folder.path)
        } catch {
            throw .file(path: folder.path, error)
        }
    }

    /// Takes one person by the identifier that links carry as `cuid`.
    ///
    /// - Returns: false when nobody can be meant by it: it is not of the section's kind.
    package mutating func take(_ identifier: Span<UInt8>) -> Bool {
        guard people.count < ConsentListFile.peopleMax,
            let person = finder.person(identifier, by: &normalised)
        else { return false }
        people.append(ConsentKey(person))
        return true
    }

    /// Why nobody can be meant by an identifier that was not taken.
    package func refusal(of identifier: Span<UInt8>) -> PersonFinder.Refusal {
        finder.refusal(of: identifier) ?? .otherKind
    }

    /// Brings the list into force: whoever was taken is opted in as of `effectiveNanoseconds`, and everybody else opted
    /// out, but for what people said behind that time.
    ///
    /// - Throws: `EdgeError.consentTime` for a list older than the one in force, or of a time to come.
    package consuming func finish(effectiveNanoseconds: UInt64) throws(EdgeError) -> Outcome {
        let taken = people.count
        people.sort()
        people.removeRepeated()
        let files = ConsentListFile(folder: folder.consent)
        let digest = try files.write(people.span, keyMark: finder.key.mark)
        let way: CampaignFacts.Way
        do throws(EdgeError) {
            way = try use(digest, effectiveNanoseconds: effectiveNanoseconds)
        } catch {
            try? removeUnused(files)
            throw error
        }
        try removeUnused(files)
        return Outcome(people: UInt64(people.count), repeated: UInt64(taken - people.count), way: way)
    }

    /// What nobody names any more, and what imports left that were interrupted.
    private func removeUnused(_ files: ConsentListFile) throws(EdgeError) {
        let history = try ConsentHistory(folder) { _ in }
        try files.removeOthers(than: Set(history.sections.values.compactMap(\.list?.digest)))
    }

    private func use(_ digest: Bytes16, effectiveNanoseconds: UInt64) throws(EdgeError) -> CampaignFacts.Way {
        let list = ConsentHistory.List(
            digest: digest, people: UInt64(people.count), effectiveNanoseconds: effectiveNanoseconds,
            recordedNanoseconds: SystemClock.realtimeNanoseconds())
        try Self.require(list, over: try ConsentHistory(folder, only: section) { _ in }.sections[section]?.list)
        let request = ControlRequest.consentList(
            section: section, digest: digest, people: list.people, effectiveNanoseconds: effectiveNanoseconds)
        if try ControlClient(folder).ask(request, timeoutMilliseconds: Self.answerMilliseconds) != nil {
            return .runningServer
        }
        let record = ConsentRecord(
            recordedNanoseconds: list.recordedNanoseconds, effectiveNanoseconds: effectiveNanoseconds,
            section: section, change: .list(digest: digest, people: list.people), source: .list)
        do throws(CampaignFacts.Failure) {
            return try CampaignFacts(configuration).add([record])
        } catch {
            throw error.error
        }
    }

    /// Refuses a list that is older than the one in force, or of a time to come: what people say until then would count
    /// for nothing.
    static func require(_ list: ConsentHistory.List, over current: ConsentHistory.List?) throws(EdgeError) {
        if let current, !list.isLater(than: current) {
            throw .consentTime(
                reason: "the list of \(time(list)) is older than the one in force, of \(time(current)): nothing was "
                    + "changed; import a newer one")
        }
        if list.effectiveNanoseconds > list.recordedNanoseconds {
            throw .consentTime(
                reason: "the list's time, \(time(list)), is ahead of the clock: nothing was changed; say when it was "
                    + "made")
        }
    }

    private static func time(_ list: ConsentHistory.List) -> String {
        RFC3339.string(list.effectiveNanoseconds, fractionDigits: 0)
    }

    /// A server that reads a list of hundreds of millions takes some seconds.
    private static let answerMilliseconds: Int32 = 60_000
}

extension [ConsentKey] {
    /// Leaves one of each of neighbours that are the same.
    fileprivate mutating func removeRepeated() {
        guard var last = first else { return }
        var count = 1
        for index in indices.dropFirst() where self[index] != last {
            last = self[index]
            self[count] = last
            count += 1
        }
        removeLast(self.count - count)
    }
}
