import Bytes

/// What a command asks of the running server over `control.sock`: one line of JSON, answered by lines of JSON.
package enum ControlRequest: Equatable, Sendable {
    /// To sync the journal, count what it holds, and say how things stand.
    case flush
    /// To build the store again from the journal. Answered by progress, then by the end.
    case rebuild
    /// To journal a fact that no request carries: a record's kind and payload, in the forms of Engagement's FORMAT.md.
    case record(kind: UInt8, payload: [UInt8])

    /// The longest line that either side takes.
    package static let lineBytesMax = 65_536

    /// The line, its end included.
    var line: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("request")
        switch self {
        case .flush: writer.string("flush")
        case .rebuild: writer.string("rebuild")
        case .record(let kind, let payload):
            writer.string("record")
            writer.key("kind")
            writer.number(kind)
            writer.key("payload")
            writer.string(Hexadecimal.string(of: payload.span))
        }
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// Reads a line without its end; nil for what is no request.
    init?(line: Span<UInt8>) {
        guard let value = try? JSON5.parse(line, dialect: .json) else { return nil }
        switch value["request"]?.string {
        case "flush": self = .flush
        case "rebuild": self = .rebuild
        case "record":
            guard let kind: UInt8 = value["kind"]?.integer(), let text = value["payload"]?.string else { return nil }
            let digits = Array(text.utf8)
            guard let payload = Hexadecimal.decode(digits.span) else { return nil }
            self = .record(kind: kind, payload: payload)
        default: return nil
        }
    }
}

/// What the running server answers.
package enum ControlReply: Equatable, Sendable {
    /// It is done; how things stand.
    case done(EdgeStanding)
    /// It goes on: so many of so many events are counted.
    case progress(counted: UInt64, of: UInt64)
    /// It can't be done.
    case refused(reason: String)

    /// The line, its end included.
    var line: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        switch self {
        case .done(let standing):
            writer.key("done")
            writer.bool(true)
            for (name, value) in standing.members {
                writer.key(name)
                writer.number(value)
            }
        case .progress(let counted, let total):
            writer.key("counted")
            writer.number(counted)
            writer.key("of")
            writer.number(total)
        case .refused(let reason):
            writer.key("refused")
            writer.string(reason)
        }
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// Reads a line without its end; nil for what is no reply.
    init?(line: Span<UInt8>) {
        guard let value = try? JSON5.parse(line, dialect: .json) else { return nil }
        if let reason = value["refused"]?.string {
            self = .refused(reason: reason)
        } else if value["done"]?.bool == true {
            self = .done(
                EdgeStanding(
                    waiting: value["waiting"]?.integer() ?? 0, lost: value["lost"]?.integer() ?? 0,
                    processID: value["processID"]?.integer() ?? 0))
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

    var members: [(String, UInt64)] { [("waiting", waiting), ("lost", lost), ("processID", processID)] }
}
