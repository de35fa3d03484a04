package import Bytes

/// What a command asks of the running server over `control.sock`: one line of JSON, answered by lines of JSON.
package enum ControlRequest: Equatable, Sendable {
    /// To sync the journal, count what it holds, and say how things stand.
    case flush
    /// To build the store again from the journal. Answered by progress, then by notes of what was counted before and is
    /// not any more, then by the end. A command that ends its side of the connection meanwhile calls the rebuild off.
    /// Without the sealed figures it gives up what has expired.
    case rebuild(withoutSealed: Bool)
    /// To journal facts that no request carries: their records' kind and payloads, in the forms of Engagement's
    /// FORMAT.md. Nothing is journaled when one can't be read. Answered by progress, which says how many are in the
    /// journal, then by the end.
    case record(kind: UInt8, payloads: [[UInt8]])
    /// To take segments in from a folder, by its absolute path. Answered by notes and progress, then by what it came
    /// to. A command that ends its side of the connection meanwhile ends the import.
    case take(folder: String, takesOpen: Bool, takesAsItIs: Bool)

    /// To make the next event key and put it into use. `done`.
    case rotateKey

    /// Put a subscriber list into force that stands in the folder, as of its own time. `done`.
    case consentList(section: String, digest: Bytes16, people: UInt64, effectiveNanoseconds: UInt64)

    /// To forget a person of a section, and the forms of the identifier that are masked in texts. Answered by progress,
    /// then by what it came to. A command that ends its side of the connection before anything is changed calls it off.
    case forget(section: String, person: Bytes16, identifiers: [[UInt8]], keepsConsent: Bool)

    /// To ship everything from an order time on to ClickHouse again. `done`.
    case shipAgain(fromNanoseconds: UInt64)

    /// The longest line that either side takes.
    package static let lineBytesMax = 65_536

    /// The line, its end included.
    var line: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("request")
        switch self {
        case .flush: writer.string("flush")
        case .rotateKey: writer.string("rotateKey")
        case .shipAgain(let from):
            writer.string("shipAgain")
            writer.key("from")
            writer.number(from)
        case .rebuild(let withoutSealed):
            writer.string("rebuild")
            writer.key("withoutSealed")
            writer.bool(withoutSealed)
        case .record(let kind, let payloads):
            writer.string("record")
            writer.key("kind")
            writer.number(kind)
            Self.write(payloads, as: "payloads", to: &writer)
        case .consentList(let section, let digest, let people, let effectiveNanoseconds):
            writer.string("consentList")
            writer.key("section")
            writer.string(section)
            writer.key("digest")
            writer.string(digest.hex)
            writer.key("people")
            writer.number(people)
            writer.key("effective")
            writer.number(effectiveNanoseconds)
        case .forget(let section, let person, let identifiers, let keepsConsent):
            writer.string("forget")
            writer.key("section")
            writer.string(section)
            writer.key("person")
            writer.string(person.hex)
            Self.write(identifiers, as: "identifiers", to: &writer)
            writer.key("keepsConsent")
            writer.bool(keepsConsent)
        case .take(let folder, let takesOpen, let takesAsItIs):
            writer.string("import")
            writer.key("folder")
            writer.string(folder)
            writer.key("ended")
            writer.bool(takesOpen)
            writer.key("asItIs")
            writer.bool(takesAsItIs)
        }
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// Reads a line without its end; nil for what is no request.
    init?(line: Span<UInt8>) {
        guard let value = try? JSON5.parse(line, dialect: .json) else { return nil }
        switch value["request"]?.string {
        case "flush": self = .flush
        case "rotateKey": self = .rotateKey
        case "shipAgain":
            guard let from: UInt64 = value["from"]?.integer() else { return nil }
            self = .shipAgain(fromNanoseconds: from)
        case "rebuild": self = .rebuild(withoutSealed: value["withoutSealed"]?.bool ?? false)
        case "record":
            guard let kind: UInt8 = value["kind"]?.integer(), let payloads = Self.bytes(value["payloads"])
            else { return nil }
            self = .record(kind: kind, payloads: payloads)
        case "consentList":
            guard let section = value["section"]?.string, let people: UInt64 = value["people"]?.integer(),
                let effective: UInt64 = value["effective"]?.integer(), let digits = value["digest"]?.string,
                let digest = Bytes16(hexadecimal: Array(digits.utf8).span)
            else { return nil }
            self = .consentList(section: section, digest: digest, people: people, effectiveNanoseconds: effective)
        case "forget":
            guard let section = value["section"]?.string, let keepsConsent = value["keepsConsent"]?.bool,
                let digits = value["person"]?.string, let person = Bytes16(hexadecimal: Array(digits.utf8).span),
                let identifiers = Self.bytes(value["identifiers"])
            else { return nil }
            self = .forget(section: section, person: person, identifiers: identifiers, keepsConsent: keepsConsent)
        case "import":
            guard let folder = value["folder"]?.string, folder.hasPrefix("/"), let takesOpen = value["ended"]?.bool,
                let takesAsItIs = value["asItIs"]?.bool
            else { return nil }
            self = .take(folder: folder, takesOpen: takesOpen, takesAsItIs: takesAsItIs)
        default: return nil
        }
    }

    private static func write(_ list: [[UInt8]], as name: String, to writer: inout JSONWriter) {
        writer.key(name)
        writer.beginArray()
        for bytes in list { writer.string(Hexadecimal.string(of: bytes.span)) }
        writer.endArray()
    }

    private static func bytes(_ value: JSON5Value?) -> [[UInt8]]? {
        guard let value, let list = value.array else { return nil }
        var all: [[UInt8]] = []
        for text in list {
            guard let digits = text.string.map({ Array($0.utf8) }), let bytes = Hexadecimal.decode(digits.span)
            else { return nil }
            all.append(bytes)
        }
        return all
    }
}

/// What the running server answers.
package enum ControlReply: Equatable, Sendable {
    /// It is done; how things stand.
    case done(EdgeStanding)
    /// It goes on: so many of so many events are counted, or bytes looked through.
    case progress(counted: UInt64, of: UInt64)
    /// Something that somebody should know, in a line.
    case note(String)
    /// What an import came to.
    case taken(ImportOutcome)
    /// What forgetting a person came to.
    case forgotten(ForgettingReceipt)
    /// It was called off.
    case interrupted
    /// It can't be done; how things stand all the same.
    case refused(reason: String, EdgeStanding? = nil)

    /// The line, its end included.
    var line: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        switch self {
        case .done(let standing):
            writer.key("done")
            writer.bool(true)
            standing.write(to: &writer)
        case .progress(let counted, let total):
            writer.key("counted")
            writer.number(counted)
            writer.key("of")
            writer.number(total)
        case .note(let line):
            writer.key("note")
            writer.string(line)
        case .taken(let outcome):
            writer.key("import")
            outcome.write(to: &writer)
        case .forgotten(let receipt):
            writer.key("forgotten")
            receipt.write(to: &writer)
        case .interrupted:
            writer.key("interrupted")
            writer.bool(true)
        case .refused(let reason, let standing):
            writer.key("refused")
            writer.string(reason)
            standing?.write(to: &writer)
        }
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// Reads a line without its end; nil for what is no reply.
    init?(line: Span<UInt8>) {
        guard let value = try? JSON5.parse(line, dialect: .json) else { return nil }
        let standing = EdgeStanding(value)
        if let reason = value["refused"]?.string {
            self = .refused(reason: reason, standing)
        } else if value["done"]?.bool == true, let standing {
            self = .done(standing)
        } else if let line = value["note"]?.string {
            self = .note(line)
        } else if let outcome = value["import"].flatMap({ ImportOutcome($0) }) {
            self = .taken(outcome)
        } else if let receipt = value["forgotten"].flatMap({ ForgettingReceipt($0) }) {
            self = .forgotten(receipt)
        } else if value["interrupted"]?.bool == true {
            self = .interrupted
        } else if let counted: UInt64 = value["counted"]?.integer(), let total: UInt64 = value["of"]?.integer() {
            self = .progress(counted: counted, of: total)
        } else {
            return nil
        }
    }
}

/// What only the running server knows.
package struct EdgeStanding: Equatable, Sendable {
    /// Events that wait in memory because the journal can't be written.
    package var waiting: UInt64
    /// Events that are lost and stand in no gap record yet.
    package var lost: UInt64
    /// The server's process.
    package var processID: UInt64

    /// Makes a standing.
    package init(waiting: UInt64, lost: UInt64, processID: UInt64) {
        self.waiting = waiting
        self.lost = lost
        self.processID = processID
    }

    /// Reads the members that `write` writes; nil when one is missing.
    init?(_ value: JSON5Value) {
        guard let waiting: UInt64 = value["waiting"]?.integer(), let lost: UInt64 = value["lost"]?.integer(),
            let processID: UInt64 = value["processID"]?.integer()
        else { return nil }
        self.init(waiting: waiting, lost: lost, processID: processID)
    }

    func write(to writer: inout JSONWriter) {
        for (name, value) in [("waiting", waiting), ("lost", lost), ("processID", processID)] {
            writer.key(name)
            writer.number(value)
        }
    }
}
