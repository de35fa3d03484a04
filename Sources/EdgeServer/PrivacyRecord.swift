import Bytes
import Engagement
import LinuxSystem
package import Settings

/// What is kept of people, where, how long and under which key, from the settings in force: the record of processing
/// that a privacy officer asks for (GDPR, article 30). It is made of settings and of the ages of keys alone, so that it
/// says what will be written; `PrivacyRecordTests` holds it against what is.
package struct PrivacyRecord {
    /// One thing that is known of a person or a request.
    package struct Entry {
        /// What programs call it; it does not change.
        package var name: String
        /// What it is.
        package var what: String
        /// False for what is used and never written.
        package var isKept: Bool
        /// Where it stands: files and folders.
        package var places: [String] = []
        /// How long; for what is not kept, how long memory has it.
        package var duration: String
        /// The key that it is made under, and what becomes of that; nil where it is no pseudonym.
        package var key: String?
    }

    /// How one section differs.
    package struct Section {
        /// Its id.
        package var id: String
        /// The kind of identifier.
        package var identifier: String
        /// What consent means for opens.
        package var consentForOpens: String
        /// What consent means for clicks.
        package var consentForClicks: String
        /// What `Sec-GPC` and `DNT` mean.
        package var privacySignals: String
        /// Names of a link's query that are kept.
        package var linkQuery: [String]
    }

    /// What is known, in the order of a request's way.
    package let entries: [Entry]
    /// Sections in the order of the configuration.
    package let sections: [Section]
    /// The event keys that there are; nil where this user may not read them.
    package let eventKeys: [KeyFolder.EventKeyStanding]?
    /// For how long one that is not in use any more is kept, in nanoseconds.
    package let identityRetention: TimeSpan

    /// Makes the record of a configuration.
    ///
    /// - Throws: what is wrong with a key file.
    package init(_ configuration: Configuration) throws(EdgeError) {
        let folder = DataFolder(path: configuration.data)
        identityRetention = configuration.identityRetention
        do throws(EdgeError) {
            eventKeys = try KeyFolder.eventKeys(in: configuration.keyFolder)
        } catch {
            guard case .file(_, let reason) = error, reason.isNoPermission else { throw error }
            eventKeys = nil
        }
        sections = configuration.sections.map { section in
            Section(
                id: section.id, identifier: section.identifier.rawValue,
                consentForOpens: section.consent.opens.rawValue, consentForClicks: section.consent.clicks.rawValue,
                privacySignals: section.privacySignals.rawValue, linkQuery: section.linkQuery)
        }
        entries = PrivacyEntries(configuration: configuration, folder: folder).all
    }
}

/// Makes the entries.
private struct PrivacyEntries {
    let configuration: Configuration
    let folder: DataFolder

    private typealias Entry = PrivacyRecord.Entry

    private var isRaw: Bool { configuration.identity == .raw }

    var all: [PrivacyRecord.Entry] {
        [
            identifier, pseudonym, address, addressHash, network, evidence, visit, link, mail, event, anonymous,
            forgotten,
        ]
            + [figures, members, consent, consentFacts]
            + (configuration.clickhouse.endpoints.isEmpty ? [] : [shipped, shippedFacts])
            + [log]
    }

    /// How long a record of the journal lives.
    private var recordDuration: String {
        let words = "\(configuration.journal.retention) behind the end of its file"
        guard let cap = configuration.journal.sizeCap else { return words }
        return words + ", or less where the journal would pass \(cap)"
    }

    /// How long what is known of a person stands in a record. Without pseudonyms nobody can say whose record it is.
    private var journalDuration: String {
        configuration.identity == .none ? recordDuration : recordDuration + ", or until tremolo forget"
    }

    private var identifier: Entry {
        let what = "the identifier in a link (cuid): an address, number or id"
        guard isRaw else {
            return Entry(name: "identifier", what: what, isKept: false, duration: "the request")
        }
        return Entry(
            name: "identifier", what: what + ", as it stands there", isKept: true, places: [folder.journal],
            duration: journalDuration)
    }

    private var pseudonym: Entry {
        let what = "the pseudonym of a person in a section: a keyed hash of the normalised identifier"
        guard configuration.identity != .none else {
            return Entry(name: "pseudonym", what: what, isKept: false, duration: "the request")
        }
        return Entry(
            name: "pseudonym", what: what, isKept: true, places: [folder.journal], duration: journalDuration,
            key: "the event key, in \(configuration.keyFolder): \(Self.unlinking(configuration.identityRetention))")
    }

    private static func unlinking(_ retention: TimeSpan) -> String {
        let when = retention == .seconds(0) ? "at once" : "\(retention) later"
        return
            "tremolo privacy rotate puts another into its place, and destroys it \(when), from when on the pseudonym "
            + "leads to nobody"
    }

    private var address: Entry {
        let bits = configuration.addresses
        let whole = bits.ipv4Prefix == 32 || bits.ipv6Prefix == 128
        let what =
            "the client's address"
            + (whole
                ? "" : ", cut to /\(bits.ipv4Prefix) (IPv4) and /\(bits.ipv6Prefix) (IPv6) before anything is written")
        guard bits.ipv4Prefix > 0 || bits.ipv6Prefix > 0 else {
            return Entry(name: "address", what: "the client's address", isKept: false, duration: "the connection")
        }
        return Entry(
            name: "address", what: what, isKept: true, places: [folder.journal], duration: journalDuration)
    }

    private var addressHash: Entry {
        Entry(
            name: "addressHash", what: "a keyed hash of the client's whole address, which tells bursts of machines",
            isKept: true, places: [folder.journal], duration: journalDuration,
            key: "the key of the day, in \(folder.addressKeys): destroyed when the day after it ends, from when on the "
                + "hash leads to no address")
    }

    private var network: Entry {
        Entry(
            name: "network", what: "the label of the listed network that the whole address lies in, such as a cloud's",
            isKept: true, places: [folder.journal], duration: journalDuration)
    }

    private var evidence: Entry {
        Entry(
            name: "evidence",
            what: "what tells people from machines: method, HTTP version, user agent, Sec-Purpose, Purpose, X-Moz, "
                + "X-Purpose, DNT, Sec-GPC, Sec-Fetch-*, the referrer's host, the first language, which common headers "
                + "there were, and a hash of their order",
            isKept: true, places: [folder.journal], duration: journalDuration)
    }

    private var visit: Entry {
        Entry(
            name: "visit", what: "the number of a visit in a link (expVisitId), which its maker may give a person",
            isKept: true, places: [folder.journal], duration: journalDuration)
    }

    private var link: Entry {
        Entry(
            name: "link",
            what: "where a link leads, without its fragment and its query but for the names that a section lists",
            isKept: true, places: [folder.journal, folder.store, folder.sealed],
            duration: "in the journal \(recordDuration); in figures for ever")
    }

    private var mail: Entry {
        let what =
            "in any other field what looks like an email address, and the identifier where it is a word of six bytes "
            + "or more: as given, normalised, and an address's SHA-256"
        guard isRaw else {
            return Entry(
                name: "maskedAddresses", what: what + ": (email) stands in its place", isKept: false,
                duration: "the request")
        }
        return Entry(
            name: "maskedAddresses", what: what + ", as it stands there", isKept: true,
            places: [folder.journal, folder.store, folder.sealed], duration: "as the field that it stands in")
    }

    private var event: Entry {
        Entry(
            name: "event",
            what: "what a click or an open is: time, kind, outcome, campaign fields, repairs", isKept: true,
            places: [folder.journal], duration: recordDuration)
    }

    private var anonymous: Entry {
        Entry(
            name: "anonymousEvent",
            what: "an event of somebody who is not followed: as event, its link, and the class that the rules gave at "
                + "once; nothing else of these lines",
            isKept: true, places: [folder.journal], duration: recordDuration)
    }

    private var forgotten: Entry {
        Entry(
            name: "forgottenEvent",
            what:
                "an event of somebody who was forgotten: as event, its link, class, client, device and country, and a "
                + "random token in the place of the pseudonym",
            isKept: true, places: [folder.journal], duration: recordDuration)
    }

    private var figures: Entry {
        Entry(
            name: "figures",
            what: "sums by campaign, link, day, hour, class, client, device, country: nothing of one person",
            isKept: true, places: [folder.store, folder.sealed], duration: "for ever")
    }

    private var members: Entry {
        guard configuration.identity != .none else {
            return Entry(
                name: "members", what: "who clicked and opened on which day", isKept: false, duration: "the request")
        }
        let duration =
            configuration.peopleRetention.map { "until the calendar month is older than \($0): then they are counts" }
            ?? "for ever"
        return Entry(
            name: "members",
            what: "half of the pseudonyms of those who clicked and opened on a day, so that people can be counted",
            isKept: true, places: [folder.store, folder.sealed], duration: duration + ", or until tremolo forget",
            key: "the event key, as pseudonym")
    }

    private var consent: Entry {
        Entry(
            name: "consentLists", what: "who is on a section's list of those who consent: half of a keyed pseudonym",
            isKept: true, places: [folder.consent], duration: "until the next list takes its place",
            key: "a key of the section, made of the root key, which never rotates: a refusal has to hold")
    }

    private var consentFacts: Entry {
        Entry(
            name: "consentChanges", what: "who opted in or out, when, and by what: a keyed pseudonym",
            isKept: true, places: [folder.journal],
            duration: "for ever, in the files of the shard admin", key: "as consentLists")
    }

    /// Where a fleet's database is.
    private var database: [String] {
        configuration.clickhouse.endpoints.map { "\($0), database \(configuration.clickhouse.database)" }
    }

    private var shipped: Entry {
        let duration =
            configuration.clickhouse.retention.map { "until the calendar month is older than \($0)" } ?? "for ever"
        let pseudonym = configuration.identity == .none ? "" : ", with the pseudonym of the person"
        return Entry(
            name: "shippedEvents",
            what: "what a click or an open is, as figures count it: time, kind, outcome, campaign fields, link, "
                + "repairs, class, client, device, country" + pseudonym,
            isKept: true, places: database,
            duration: configuration.identity == .none ? duration : duration + ", or until tremolo forget",
            key: configuration.identity == .none ? nil : "the event key, as pseudonym")
    }

    private var shippedFacts: Entry {
        Entry(
            name: "shippedFacts",
            what: "consentLists and consentChanges, for the other nodes of the fleet: keyed pseudonyms", isKept: true,
            places: database, duration: "for ever", key: "as consentLists")
    }

    private var log: Entry {
        Entry(
            name: "log", what: "changes of the server's state: no request, no person, no address", isKept: true,
            places: [configuration.log.file ?? "standard error"], duration: "as whoever keeps it decides")
    }
}
