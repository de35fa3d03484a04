import Bytes
import LinuxSystem
import Settings
import Synchronization

/// The server's log: one line an event, on standard error or in a file, each line whole whichever thread writes it.
///
/// It is for changes of state, not for requests: nothing on the hot path logs. Values are escaped, and no caller passes
/// a person's identifier or a whole address. Of one kind only so many lines are written in a while, so that trouble
/// that repeats fills no disk; how many were left out is said behind it.
package final class ServerLog: Sendable {
    /// How much a line matters.
    package enum Level: String, Sendable {
        case info, warning, error
    }

    /// A part of a line: a name and its value.
    package typealias Field = (name: StaticString, value: String)

    /// Lines of one kind that are written in one stretch of time.
    static let linesMax = 20
    /// That stretch, in nanoseconds.
    static let stretchNanoseconds: UInt64 = 10_000_000_000

    /// What of one kind was written and left out lately.
    private struct Kind {
        var sinceNanoseconds: UInt64
        var lines = 0
        var leftOut = 0
    }

    fileprivate final class OpenFile: Sendable {
        let descriptor: FileDescriptor

        init(_ descriptor: consuming FileDescriptor) {
            self.descriptor = descriptor
        }
    }

    private struct State {
        var format = LogFormatSetting.logfmt
        var path: String?
        var file: OpenFile?
        /// The file ends in a part of a line, because a full disk took no more.
        var isCut = false
        var kinds: [String: Kind] = [:]

        mutating func open(_ next: OpenFile?) {
            (file, isCut) = (next, false)
        }
    }

    private let state = Mutex(State())
    private let clock: @Sendable () -> UInt64

    /// A log on standard error.
    ///
    /// - Parameter clock: gives the monotonic time by which lines of one kind are counted.
    package init(clock: @escaping @Sendable () -> UInt64 = { SystemClock.monotonicNanoseconds() }) {
        self.clock = clock
    }

    /// Where and how lines are written, ready to be used.
    struct Place: Sendable {
        fileprivate let settings: LogSettings
        /// Nil for standard error, and for the file that is open.
        fileprivate let file: OpenFile?
    }

    /// Opens what `settings` name, unless it is open.
    ///
    /// - Throws: `EdgeError.file` when the file can't be opened.
    func place(_ settings: LogSettings) throws(EdgeError) -> Place {
        guard let path = settings.file, path != state.withLock({ $0.path }) else {
            return Place(settings: settings, file: nil)
        }
        return Place(settings: settings, file: try Self.open(path))
    }

    /// Says in the present place where the log goes on, if that is another, and writes there from now on.
    func move(to place: Place) {
        let path = place.settings.file
        if state.withLock({ $0.path }) != path {
            write(.info, "log-goes-on", ("file", path ?? "standard error"))
        }
        use(place)
    }

    /// Writes there from now on.
    func use(_ place: Place) {
        let path = place.settings.file
        state.withLock { state in
            state.format = place.settings.format
            if state.path != path { state.open(place.file) }
            state.path = path
        }
    }

    /// Opens the file again, which was renamed, as programs that rotate logs do. Where that fails, lines go on to the
    /// file that is open, with the reason.
    func reopen() {
        guard let path = state.withLock({ $0.path }) else { return }
        do throws(EdgeError) {
            let file = try Self.open(path)
            state.withLock { $0.open(file) }
            write(.info, "log-reopened", ("file", path))
        } catch {
            write(.error, "log-not-reopened", ("reason", "\(error)"))
        }
    }

    private static func open(_ path: String) throws(EdgeError) -> OpenFile {
        do throws(SystemError) {
            return OpenFile(
                try FileDescriptor.open(path, [.write, .create, .append, .nonblocking], permissions: 0o640))
        } catch {
            throw .file(path: path, error)
        }
    }

    /// Writes one line: `time=… level=… event=… name=value …`, or the same as a JSON object.
    package func write(_ level: Level, _ event: StaticString, _ fields: Field...) {
        write(level, event, lines: [fields])
    }

    /// Writes lines that say one thing together, such as what is wrong with a file: they count as one of their kind, so
    /// that all of them are written or none is.
    func write(_ level: Level, _ event: StaticString, lines: [[Field]]) {
        let kind = "\(event)"
        state.withLock { state in
            Self.writeLeftOut(&state, before: clock())
            guard Self.admit(kind, &state, now: clock()) else { return }
            for fields in lines { Self.write(level, kind, fields.map { ("\($0.name)", $0.value) }, &state) }
        }
    }

    /// Says what was left out of kinds whose stretch is over; with the process' end it is over for all of them.
    func tick(isEnd: Bool = false) {
        let now = clock()
        state.withLock { Self.writeLeftOut(&$0, before: now, isEnd: isEnd) }
    }

    private static func admit(_ name: String, _ state: inout State, now: UInt64) -> Bool {
        var kind = state.kinds[name] ?? Kind(sinceNanoseconds: now)
        defer { state.kinds[name] = kind }
        guard kind.lines < linesMax else {
            kind.leftOut += 1
            return false
        }
        kind.lines += 1
        return true
    }

    private static func writeLeftOut(_ state: inout State, before now: UInt64, isEnd: Bool = false) {
        for (name, kind) in state.kinds where isEnd || now &- kind.sinceNanoseconds >= stretchNanoseconds {
            state.kinds[name] = nil
            if kind.leftOut > 0 {
                write(.warning, "lines-left-out", [("kind", name), ("lines", "\(kind.leftOut)")], &state)
            }
        }
    }

    private static func write(
        _ level: Level, _ event: String, _ fields: [(String, String)], _ state: inout State
    ) {
        let line = line(level, event, fields, state.format)
        do throws(SystemError) {
            if let file = state.file {
                let bytes = state.isCut ? [UInt8(ascii: "\n")] + line : line
                let count = try file.descriptor.write(bytes.span)
                // Where nothing was written, the file ends as it did.
                if count > 0 { state.isCut = count < bytes.count }
            } else {
                try StandardStream.error.writeAll(line.span)
            }
        } catch {
            // There is nobody to tell when the log is gone: a full disk must not keep anybody waiting.
        }
    }

    private static func line(
        _ level: Level, _ event: String, _ fields: [(String, String)], _ format: LogFormatSetting
    ) -> [UInt8] {
        let time = RFC3339.string(SystemClock.realtimeNanoseconds())
        switch format {
        case .logfmt:
            let values = fields.map { " \($0)=\(quoted($1))" }.joined()
            return Array("time=\(time) level=\(level.rawValue) event=\(event)\(values)\n".utf8)
        case .json:
            var writer = JSONWriter()
            writer.beginObject()
            for (name, value) in [("time", time), ("level", level.rawValue), ("event", event)] + fields {
                writer.key(name)
                writer.string(value)
            }
            writer.endObject()
            return writer.bytes + [UInt8(ascii: "\n")]
        }
    }

    /// A logfmt value: bare where that is unambiguous, else in quotes with every control character escaped.
    static func quoted(_ value: String) -> String {
        let bare = value.unicodeScalars.allSatisfy { scalar in
            scalar.value > 0x20 && scalar.value < 0x7F && scalar != "\"" && scalar != "=" && scalar != "\\"
        }
        if bare && !value.isEmpty { return value }
        var quoted = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _
            where scalar.value < 0x20 || (scalar.value >= 0x7F && scalar.value < 0xA0)
                || scalar.properties.generalCategory == .format || scalar.properties.generalCategory == .lineSeparator
                || scalar.properties.generalCategory == .paragraphSeparator:
                quoted += "\\u{\(String(scalar.value, radix: 16))}"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
