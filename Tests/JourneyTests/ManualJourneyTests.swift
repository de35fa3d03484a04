import Foundation
import TestSupport
import Testing

@Suite("The manual page says what help says")
struct ManualJourneyTests {
    @Test("Every command is in it, with all that its help names, and every section")
    func everything() throws {
        let result = try tremolo(["manual"])
        #expect(result.status == 0 && result.errors.isEmpty)
        let version = try tremolo(["--version"]).output.split(separator: " ")[1].trimmingCharacters(in: .newlines)
        let lines = result.output.components(separatedBy: "\n")
        #expect(
            lines[1].wholeMatch(of: /\.TH TREMOLO 1 \d{4}-\d\d-\d\d "tremolo (.+)" "User Commands"/)?.1 == version[...])
        for title in [
            "NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "FLAGS", "FILES", "ENVIRONMENT", "EXIT STATUS", "SIGNALS",
            "EXAMPLES", "SEE ALSO",
        ] {
            #expect(lines.filter { $0 == ".SH \"\(title)\"" }.count == 1, "\(title)")
        }
        let commands = try CommandHelp.all()
        #expect(commands.count >= 18)
        for command in commands {
            let part = try #require(Self.part(of: command.name, in: lines), "\(command.name) has no part")
            for flag in command.flags {
                let tag = "\\fB\(flag.replacing("-", with: "\\-"))\\fR"
                let shared = ["--config", "--data", "--help", "--version"].contains(flag)
                let place = shared ? lines : part
                #expect(place.contains { $0 == tag || $0.hasPrefix("\(tag) \\fI") }, "\(command.name) \(flag)")
            }
            // Word for word, however the two break lines.
            let words = Self.plain(part)
            let details = command.text.components(separatedBy: "\n\n").dropFirst()
                .prefix { !$0.hasPrefix("Arguments:") && !$0.hasPrefix("Flags") }
            #expect(!details.isEmpty)
            for paragraph in details { #expect(words.contains(Self.flat(paragraph)), "\(command.name): \(paragraph)") }
        }
        for name in ["TREMOLO_CONFIG", "TREMOLO_LISTEN", "TREMOLO_FLUSH_INTERVAL", "LISTEN_PID, LISTEN_FDS"] {
            #expect(lines.contains { $0.hasPrefix("\\fB\(name)") }, "\(name)")
        }
        for signal in ["SIGTERM, SIGINT", "SIGHUP", "SIGUSR1"] { #expect(lines.contains("\\fB\(signal)\\fR")) }
        for code in [0, 64, 65, 66, 69, 70, 73, 74, 77, 78, 129, 130, 143] {
            #expect(lines.contains("\\fB\(code)\\fR"))
        }
    }

    @Test("It is plain roff: ASCII alone, and no line begins with a macro that man(7) has not")
    func roff() throws {
        let page = try tremolo(["manual"]).output
        #expect(page.utf8.allSatisfy { $0 == 10 || (32...126).contains($0) })
        let macros: Set = [".\\\"", ".TH", ".SH", ".SS", ".PP", ".TP", ".EX", ".EE", ".br", ".ad"]
        for line in page.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
            #expect(macros.contains(String(line.prefix { $0 != " " })), "\(line)")
        }
    }

    /// The lines below a command's heading, up to the next one.
    private static func part(of command: String, in lines: [String]) -> [String]? {
        let heading = ".SS \"tremolo \(command.replacing("-", with: "\\-"))\""
        guard let start = lines.firstIndex(of: heading) else { return nil }
        return Array(lines[(start + 1)...].prefix { !$0.hasPrefix(".S") })
    }

    /// Words as a reader sees them.
    private static func plain(_ lines: [String]) -> String {
        var text = lines.filter { !$0.hasPrefix(".") }.joined(separator: " ")
        for (roff, plain) in [
            ("\\-", "-"), ("\\(aq", "'"), ("\\(ga", "`"), ("\\(dq", "\""), ("\\(ti", "~"), ("\\(ha", "^"),
            ("\\[u2013]", "–"), ("\\&", ""), ("\\e", "\\"),
        ] { text = text.replacing(roff, with: plain) }
        return flat(text)
    }

    private static func flat(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
