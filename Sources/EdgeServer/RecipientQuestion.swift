import Bytes
package import Campaigns
package import Engagement
package import Settings
import TrackingLinks

/// What `RecipientSieve` is made of: the section's keys and the people in the store.
package struct RecipientQuestion {
    /// Whose events are looked for; its kinds follow from the choice.
    package var selection: CampaignSelection
    /// The link as reports show it; nil for all.
    package var link: String?
    /// Which recipients are listed.
    package var choice: RecipientSieve.Choice
    /// True where a machine's event counts too.
    package var includesMachines = false
    /// The first day that counts; nil for the beginning.
    package var since: ReportBound?
    /// The first day that no longer counts; nil for the end.
    package var until: ReportBound?

    /// Asks for recipients of a part of a section's mail.
    package init(selection: CampaignSelection, choice: RecipientSieve.Choice) {
        self.selection = selection
        self.choice = choice
    }

    /// Why there is no answer.
    package enum Failure: Error, Equatable {
        /// A part of the question, and what is wrong with it.
        case question(flag: String, why: String, whatToDo: String)
        /// The setting `identity` is `none`, and who did nothing can't be told.
        case nobodyIsKept
        /// The store.
        case store(StoreError)
        /// The folder, the keys or the server.
        case edge(EdgeError)
    }

    /// Reads keys and store. A running server is asked to count first what is there (2 s at most).
    ///
    /// - Parameter onNote: told what a person should know of the answer, a line each.
    package func sieve(
        _ configuration: Configuration, onNote: (String) -> Void
    ) throws(Failure) -> RecipientSieve {
        guard let section = configuration.section(selection.sec) else {
            throw .question(
                flag: "sec", why: "the configuration has no such section",
                whatToDo: "add it: events of unknown sections are counted together, and lead to nobody")
        }
        if configuration.identity == .none {
            // Whoever has events is not known, so that everybody would be taken for somebody without.
            guard choice != .neither else { throw .nobodyIsKept }
            onNote("identity is none: events say nothing of people, and nobody is found by those of this time")
        }
        let keys: KeySet
        let folder = DataFolder(path: configuration.data)
        let directory: SectionDirectory
        do throws(EdgeError) {
            try folder.requireThere()
            keys = try KeyFolder.read(configuration.keyFolder)
            directory = try SectionDirectory(configuration)
        } catch {
            throw .edge(error)
        }
        let range = try range(directory)
        try tell(missingFrom: keys, configuration, range, onNote)
        _ = ControlClient(folder).askToCount(onTrouble: onNote)
        let audience = try audience(folder, range)
        if let through = audience.sealedThrough { try tell(ofSealed: through, onNote) }
        note(on: audience, onNote)
        let key = keys.personKey(section: section.id)
        return RecipientSieve(
            type: section.identifier.engagementType, key: key,
            refusals: try refusals(section, folder, key, onNote),
            eventKeys: keys.eventKeys, audience: audience, choice: choice)
    }

    /// Who is not to be followed, where the section honours that.
    private func refusals(
        _ section: SectionSettings, _ folder: DataFolder, _ key: SectionPersonKey, _ onNote: (String) -> Void
    ) throws(Failure) -> RecipientSieve.Refusals? {
        guard section.consent != ConsentSettings() else { return nil }
        do throws(EdgeError) {
            let history = try ConsentHistory(folder, only: section.id, onTrouble: onNote).sections[section.id]
            let statuses =
                try history.map { section throws(EdgeError) in
                    try ConsentListFile(folder: folder.consent).table(of: section, keyMark: key.mark)
                } ?? ConsentTable(people: 0)
            return RecipientSieve.Refusals(
                statuses: statuses, policies: [section.consent.clicks.policy, section.consent.opens.policy])
        } catch {
            throw .edge(error)
        }
    }

    private func range(_ directory: SectionDirectory) throws(Failure) -> SectionRange {
        let range = SectionRange(
            ReportQuestion(sections: [selection.sec], since: since, until: until),
            zone: directory.zone(of: selection.sec))
        if range.cutsDay {
            throw .question(
                flag: since == nil ? "until" : "since", why: "it lies inside a day of the section",
                whatToDo: "give whole days, as in 2026-11-23 or 7d: the store keeps people by day")
        }
        return range
    }

    private func audience(_ folder: DataFolder, _ range: SectionRange) throws(Failure) -> Audience {
        do throws(StoreError) {
            return try StoreFolder(folder).openForReading().audience(
                AudienceQuestion(
                    selection: selection, link: link,
                    kinds: choice == .clicked ? [.click] : choice == .opened ? [.open] : [.click, .open],
                    includesMachines: includesMachines, range: range))
        } catch {
            throw .store(error)
        }
    }

    /// People of old months are counts: some who did something are known no more. A list of those who did nothing would
    /// name them.
    private func tell(ofSealed through: Int, _ onNote: (String) -> Void) throws(Failure) {
        let next = CivilDate(dayNumber: through + 1).text
        let why =
            "who did something up to \(CivilDate(dayNumber: through).text) is kept as a count alone (peopleRetention)"
        if choice == .neither {
            throw .question(
                flag: "neither", why: why + ", and would be taken for somebody who did nothing",
                whatToDo: "ask with --since \(next)")
        }
        onNote(why + ": people who did nothing later are missing")
    }

    private func note(on audience: Audience, _ onNote: (String) -> Void) {
        if !audience.hasEvents {
            onNote("the store has no event of a person that is asked about: check the ids and the time")
        }
        if audience.cappedDays > 0 {
            onNote(
                "on \(audience.cappedDays) days the section had more people than the store keeps: some who did "
                    + "something are taken for people who did nothing")
        }
        if audience.mayMissFolded {
            onNote(
                "the section had more campaigns and links on a day than the store keeps, and some of its events stand "
                    + "under (other): people who did nothing else there are taken for people who did nothing")
        }
    }

    /// Whoever is known by a key that was destroyed is nobody: a list of those who did nothing would name them.
    private func tell(
        missingFrom keys: KeySet, _ configuration: Configuration, _ range: SectionRange, _ onNote: (String) -> Void
    ) throws(Failure) {
        guard let why = keys.noteOnMissing else { return }
        guard choice == .neither else { return onNote(why) }
        let first: UInt64
        do throws(EdgeError) {
            first = try KeyFolder.eventKeys(in: configuration.keyFolder).first?.createdNanoseconds ?? 0
        } catch {
            throw .edge(error)
        }
        // From the day behind it on, every node uses a key that is there.
        let next = Int(first / 86_400_000_000_000) + 2
        guard Int(range.firstDay) < next else { return }
        throw .question(
            flag: "neither", why: why + ", and would be taken for people who did nothing",
            whatToDo: "ask with --since \(CivilDate(dayNumber: next).text)")
    }
}
