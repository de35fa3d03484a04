import Bytes
import EdgeServer
import LinuxSystem
import Settings

/// `tremolo privacy`: the record of processing. `tremolo privacy rotate`: another event key.
enum PrivacyCommand {
    static let printing = Command(
        description: CommandDescription(
            name: "privacy", summary: "says what is kept of people, where, how long and under which key",
            details: [
                "It is made of the effective settings and of the ages of the event keys: what a record of processing "
                    + "says. Nothing is read of events. What it says of a data folder holds for what was written under "
                    + "these settings."
            ],
            flags: [
                FlagDescription(
                    "format", value: "FORMAT", summary: "the form of the answer", standard: "text",
                    choices: ["text", "json"])
            ], examples: ["privacy", "privacy --format json --config /etc/tremolo/tremolo.json5"])
    ) { context throws(CommandFailure) in
        let configuration = try context.configuration()
        let record: PrivacyRecord
        do throws(EdgeError) {
            record = try PrivacyRecord(configuration)
        } catch {
            throw CommandFailure(error)
        }
        if context.arguments.value("format") == "json" {
            try CommandOutput.write(json(record))
        } else {
            try CommandOutput.write(text(record, columns: min(CommandOutput.columns ?? 100, 100)))
        }
        return .done
    }

    static let rotating = Command(
        description: CommandDescription(
            name: "privacy rotate", summary: "has events use another key, and the old one end",
            details: [
                "From now on pseudonyms are made under a new key. The old one finds what was recorded under it, for "
                    + "events --cuid, people and forget, until identityRetention has passed; then it is destroyed, and "
                    + "those events lead to nobody any more. Refusals and lists of consent stay in force.",
                "Whoever comes before and after it counts as two people; reports whose range holds the moment say so.",
                "Copies of the key folder keep the old key: let them end, too. Nodes that share a key folder follow "
                    + "within a minute, or at a reload.",
            ], examples: ["privacy rotate"])
    ) { context throws(CommandFailure) in
        let configuration = try context.configuration()
        let way: CampaignFacts.Way
        let (before, keys): ([KeyFolder.EventKeyStanding], [KeyFolder.EventKeyStanding])
        do throws(EdgeError) {
            before = try KeyFolder.eventKeys(in: configuration.keyFolder)
            way = try EventKeyRotation(configuration).run()
            keys = try KeyFolder.eventKeys(in: configuration.keyFolder)
        } catch {
            throw CommandFailure(error)
        }
        if let current = keys.last {
            CommandOutput.note("event key \(current.id) is in use\(FactCommands.words(on: way))")
        }
        for key in before where !keys.contains(where: { $0.id == key.id }) {
            CommandOutput.note("event key \(key.id) is destroyed: what was recorded under it leads to nobody")
        }
        for key in keys.dropLast() {
            CommandOutput.note(sentence(on: key, configuration.identityRetention))
        }
        return .done
    }

    /// What becomes of a key that is not in use any more.
    private static func sentence(on key: KeyFolder.EventKeyStanding, _ retention: TimeSpan) -> String {
        let end = key.endNanoseconds(retentionNanoseconds: retention.nanoseconds)
        let when = end.map { RFC3339.string($0, fractionDigits: 0) } ?? "the end of time"
        return "event key \(key.id) finds what was recorded under it until \(when), and is destroyed then"
    }

    // MARK: Text

    private static func text(_ record: PrivacyRecord, columns: Int) -> String {
        func lines(_ text: String, _ indent: Int, _ first: Int) -> [String] {
            HelpText.lines(of: text, columns: columns, indent: indent, firstIndent: first)
        }
        /// A label in a column of its own.
        func fact(_ label: String, _ text: String) -> [String] {
            var rows = lines(text, 14, 14)
            rows[0] = "    \(label)\(rows[0].dropFirst(14))"
            return rows
        }
        var output: [String] = ["Kept"]
        for entry in record.entries where entry.isKept {
            output += ["", "  \(entry.name)"] + lines(entry.what, 4, 4)
            output += fact("where     ", entry.places.map(Message.onOneLine).joined(separator: ", "))
            output += fact("how long  ", entry.duration)
            if let key = entry.key { output += fact("key       ", Message.onOneLine(key)) }
        }
        output += ["", "Not kept"]
        for entry in record.entries where !entry.isKept {
            output += ["", "  \(entry.name)"] + lines(entry.what, 4, 4)
            output += fact("known for ", entry.duration)
        }
        output += ["", "Event keys"]
        output += keyLines(record)
        output += ["", "Sections"]
        for section in record.sections {
            output += lines(
                "\(section.id): identifiers are of the kind \(section.identifier); consent: opens "
                    + "\(section.consentForOpens), clicks \(section.consentForClicks); Sec-GPC and DNT: "
                    + "\(section.privacySignals); of a link's query is kept: "
                    + (section.linkQuery.isEmpty ? "nothing" : section.linkQuery.joined(separator: ", ")), 4, 2)
        }
        if record.sections.isEmpty { output.append("  none is configured") }
        return output.joined(separator: "\n") + "\n"
    }

    private static func keyLines(_ record: PrivacyRecord) -> [String] {
        guard let keys = record.eventKeys else { return ["  this user may not read them"] }
        if keys.isEmpty { return ["  none yet: the first start makes one"] }
        return keys.map { key in
            let made = RFC3339.string(key.createdNanoseconds, fractionDigits: 0)
            guard let end = key.endNanoseconds(retentionNanoseconds: record.identityRetention.nanoseconds) else {
                return "  \(key.id)  made \(made), in use"
            }
            return "  \(key.id)  made \(made), destroyed at \(RFC3339.string(end, fractionDigits: 0))"
        }
    }

    // MARK: JSON

    private static func json(_ record: PrivacyRecord) -> [UInt8] {
        var writer = JSONWriter(layout: .pretty)
        writer.beginObject()
        writer.key("entries")
        writer.beginArray()
        for entry in record.entries { write(entry, to: &writer) }
        writer.endArray()
        writer.key("eventKeys")
        if let keys = record.eventKeys {
            writer.beginArray()
            for key in keys { write(key, record.identityRetention, to: &writer) }
            writer.endArray()
        } else {
            writer.null()
        }
        writer.key("sections")
        writer.beginArray()
        for section in record.sections { write(section, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private static func write(_ entry: PrivacyRecord.Entry, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", entry.name)
        writer.member("what", entry.what)
        writer.key("kept")
        writer.bool(entry.isKept)
        writer.member("places", entry.places)
        writer.member("duration", entry.duration)
        writer.member("key", entry.key)
        writer.endObject()
    }

    private static func write(
        _ key: KeyFolder.EventKeyStanding, _ retention: TimeSpan, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.key("id")
        writer.number(UInt64(key.id))
        writer.member("made", RFC3339.string(key.createdNanoseconds))
        let end = key.endNanoseconds(retentionNanoseconds: retention.nanoseconds)
        writer.member("destroyed", end.map { RFC3339.string($0) })
        writer.endObject()
    }

    private static func write(_ section: PrivacyRecord.Section, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("sec", section.id)
        writer.member("identifier", section.identifier)
        writer.member("consentForOpens", section.consentForOpens)
        writer.member("consentForClicks", section.consentForClicks)
        writer.member("privacySignals", section.privacySignals)
        writer.member("linkQuery", section.linkQuery)
        writer.endObject()
    }
}
