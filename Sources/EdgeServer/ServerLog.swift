import Bytes
import LinuxSystem
import Synchronization

/// The server's log: one logfmt line an event on standard error, each line whole whichever thread writes it.
///
/// It is for changes of state, not for requests: nothing on the hot path logs. Values are escaped, and no caller passes
/// a person's identifier or a whole address.
package final class ServerLog: Sendable {
    /// How much a line matters.
    package enum Level: String, Sendable {
        case info, warning, error
    }

    /// A part of a line: a name and its value.
    package typealias Field = (name: StaticString, value: String)

    private let line = Mutex(())

    package init() {}

    /// Writes one line: `time=… level=… event=… name=value …`.
    package func write(_ level: Level, _ event: StaticString, _ fields: Field...) {
        var text = "time=\(RFC3339.string(SystemClock.realtimeNanoseconds())) level=\(level.rawValue) event=\(event)"
        for field in fields {
            text += " \(field.name)=\(Self.quoted(field.value))"
        }
        text += "\n"
        // There is nobody to tell when standard error is gone.
        line.withLock { _ in try? StandardStream.error.write(text) }
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
