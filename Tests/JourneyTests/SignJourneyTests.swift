import Foundation
import TestSupport
import Testing

/// Arguments of `sign` that are refused, and how the message begins.
struct BadSigning: CustomTestStringConvertible, Sendable {
    let arguments: [String]
    let message: String
    var testDescription: String { arguments.joined(separator: " ") }

    init(_ arguments: [String], _ message: String) {
        self.arguments = arguments
        self.message = message
    }
}

@Suite("Links are signed from a command line or a pipe, with keys that rotate")
struct SignJourneyTests {
    private let folder: TemporaryFolder
    private var data: String { folder.path + "/data" }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func sign(_ arguments: [String], input: String = "") throws -> CommandResult {
        let configuration = folder.path + "/t.json5"
        try "{ sections: { \"8781202\": {} } }".write(toFile: configuration, atomically: true, encoding: .utf8)
        return try tremolo(["sign"] + arguments + ["--data", data, "--config", configuration], input: input)
    }

    private func makeKey(_ arguments: [String] = []) throws -> String {
        let made = try sign(["--make-key"] + arguments)
        try #require(made.status == 0, "\(made.errors)")
        #expect(made.errors.hasPrefix("\(data)/keys/signing-\(made.output.dropLast()).key: made"))
        return made.output
    }

    @Test("A key is made before any server ran; without one, that is said")
    func firstKey() throws {
        let without = try sign(["/tremclk?sec=1"])
        #expect(without.status == 66 && without.output.isEmpty)
        #expect(
            without.errors
                == "tremolo: \(data)/keys: it holds no signing key: make one with tremolo sign --make-key\n")
        let none = try sign(["--list-keys"])
        #expect(none.status == 0 && none.output.isEmpty && none.errors.contains("no signing key"))
        #expect(try makeKey() == "1\n")
        let signed = try sign([
            "https://t.example/tremclk?cuid={{email}}&sec=1#f", "/tremclk?sec=1&targetUrl=https://a.example/",
        ])
        #expect(signed.status == 0 && signed.errors.isEmpty)
        let lines = signed.output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("https://t.example/tremclk?cuid={{email}}&sec=1&tsig=EAEAAA"))
        #expect(lines[0].hasSuffix("#f") && lines[1].hasSuffix("&targetUrl=https://a.example/"))
        // A server finds its own keys missing, and makes them beside the one that is there.
        let edge = try RunningEdge(data: data, configuration: folder.path + "/t.json5")
        #expect(edge.end() == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: data + "/keys").count == 3)
    }

    @Test("Line n of the output belongs to line n of the input, what is refused is named and nothing of it shown")
    func lines() throws {
        _ = try makeKey()
        let long = "/tremclk?sec=1&va=" + String(repeating: "x", count: 600_000)
        let input = [
            "/tremclk?sec=1&expId=1\r", "", "/other?sec=1&cuid=ann%40mail.example", "/tremclk?sec=1&sec=2", long,
            "/tremclk?sec=1&va={{x}}", "/tremclk?sec=1&a\u{1B}[31m", "/tremclk?sec=1&expId=3",
        ]
        let signed = try sign(["-"], input: input.joined(separator: "\n"))
        #expect(signed.status == 65)
        let lines = signed.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == input.count + 1)
        let isSigned = lines.map { $0.contains("&tsig=EAEAAA") }
        #expect(isSigned == [true, false, false, false, false, false, false, true, false])
        #expect(zip(lines, isSigned).allSatisfy { $0.isEmpty != $1 })
        #expect(
            signed.errors == """
                tremolo: line 3: it is no tracking link: its path has to be /tremclk, /tremop or /tremunsub
                tremolo: line 4: it has sec more than once: leave one
                tremolo: line 5: it is longer than 65536 bytes: shorten it
                tremolo: line 6: its va holds a merge tag, which would break the signature when it is filled in: \
                fill it in first
                tremolo: line 7: it holds a control character: percent-encode it
                tremolo: sign: 5 of 8 could not be signed: see above for each

                """)
        let ended = try sign([], input: "/tremclk?sec=1\n")
        #expect(ended.status == 0 && ended.output.split(separator: "\n", omittingEmptySubsequences: false).count == 2)
        let tooLongAtEnd = try sign([], input: "/tremclk?sec=1\n" + long)
        #expect(tooLongAtEnd.status == 65 && tooLongAtEnd.errors.hasPrefix("tremolo: line 2: it is longer"))
        let nothing = try sign([])
        #expect(nothing.status == 0 && nothing.output.isEmpty)
    }

    @Test("The newest key for a section signs, an older one when it is asked for")
    func rotation() throws {
        #expect(try makeKey() == "1\n")
        #expect(try makeKey(["--sec", "8781202"]) == "2\n")
        let links = ["/tremclk?sec=1", "/tremclk?sec=8781202"]
        #expect(try tokens(links) == ["EAEAAA", "EAIAAA"])
        let keys = try sign(["--list-keys"]).output.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(
            keys.map { "\($0[0]) \($0[2]) \($0.last ?? "")" } == [
                "id section of", "1 every section", "2 8781202 8781202",
            ])
        #expect(try makeKey() == "3\n")
        #expect(try tokens(links) == ["EAMAAA", "EAMAAA"])
        #expect(try sign(["--list-keys"]).output.components(separatedBy: "none, and verifies").count == 3)
        #expect(try tokens(links, ["--key", "1"]) == ["EAEAAA", "EAEAAA"])
        let other = try sign(["--key", "2"] + links)
        #expect(other.status == 65 && other.output.hasPrefix("\n/tremclk?sec=8781202&tsig=EAIAAA"))
        #expect(other.errors.hasPrefix("tremolo: URL 1: the key signs links of another section alone"))
    }

    private func tokens(_ links: [String], _ arguments: [String] = []) throws -> [String] {
        let signed = try sign(arguments + links)
        #expect(signed.status == 0, "\(signed.errors)")
        return signed.output.split(separator: "\n").map {
            String(($0.components(separatedBy: "tsig=").last ?? "").prefix(6))
        }
    }

    @Test("Scope and expiry stand in the token")
    func scopeAndExpiry() throws {
        _ = try makeKey()
        let link = "/tremclk?sec=1&targetUrl=https%3A%2F%2Fa.example%2F"
        #expect(try tokens([link]) == ["EQEAAA"])
        #expect(try tokens([link], ["--scope", "link"]) == ["EAEAAA"])
        #expect(try tokens([link], ["--expires", "90 days"]) == ["EwEAAA"])
        #expect(try tokens([link], ["--expires", "2100-01-01T00:00:00Z", "--scope", "link"]) == ["EgEAAA"])
        let noTarget = try sign(["--scope", "target", "/tremclk?sec=1"])
        #expect(noTarget.status == 65 && noTarget.output == "\n")
        #expect(noTarget.errors.hasPrefix("tremolo: URL 1: it has no targetUrl"))
    }

    @Test(arguments: [
        BadSigning(["--expires", "2020-01-01T00:00:00Z", "x"], "--expires: that time has passed"),
        BadSigning(["--expires", "0 s", "x"], "--expires: that time has passed"),
        BadSigning(["--expires", "tomorrow", "x"], "--expires: 'tomorrow' is neither a time nor a span"),
        BadSigning(["--expires", "600 days 3", "x"], "--expires: '600 days 3' is neither"),
        BadSigning(
            ["--expires", "2999-01-01T00:00:00Z", "x"], "--expires: '2999-01-01T00:00:00Z' is out of range: times"),
        BadSigning(["--expires", "1000000 days", "x"], "--expires: '1000000 days' is out of range: times are of"),
        BadSigning(["--key", "7", "x"], "--key: '7' is no signing key's id"),
        BadSigning(["--key", "x", "x"], "--key: 'x' is no signing key's id"),
        BadSigning(["--scope", "host", "x"], "--scope: it does not take 'host'"),
        BadSigning(["--sec", "1", "x"], "--sec: it belongs to --make-key"),
        BadSigning(["--make-key", "--sec", "a b"], "--sec: it is no id"),
        BadSigning(["--make-key", "x"], "--make-key: no URL goes with it"),
        BadSigning(["--make-key", "--key", "1"], "--make-key: --key does not go with it"),
        BadSigning(["--list-keys", "--make-key"], "--list-keys: --make-key does not go with it"),
        BadSigning(["x", "-"], "-: it stands beside URLs"),
        BadSigning([""], "sign: URL is empty"),
    ])
    func usage(_ bad: BadSigning) throws {
        _ = try makeKey()
        let result = try sign(bad.arguments)
        #expect(result.status == 64 && result.output.isEmpty)
        #expect(result.errors.hasPrefix("tremolo: " + bad.message), "\(result.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: data + "/keys") == ["signing-1.key"])
    }

    @Test(
        "A folder that may not be read, and a damaged key, are said as what they are", .enabled(if: mayBecomeNobody()))
    func unreadable() throws {
        _ = try makeKey()
        let nobody = try tremoloAsNobody(["sign", "--data", data, "/tremclk?sec=1"])
        #expect(nobody.status == 77 && nobody.output.isEmpty)
        try "tremolo key 1\nsecret".write(toFile: data + "/keys/signing-1.key", atomically: true, encoding: .utf8)
        let damaged = try sign(["/tremclk?sec=1"])
        #expect(damaged.status == 65 && damaged.output.isEmpty)
        #expect(damaged.errors.contains("\ntremolo: \(data)/keys/signing-1.key: line 2"))
    }

    @Test("A section that asks for signatures and has no key is warned of, by check, explain and the server's start")
    func warnings() throws {
        let configuration = folder.path + "/require.json5"
        try "{ sections: { \"8781202\": { hosts: [\"a.example\"], signatures: \"require\" } } }"
            .write(toFile: configuration, atomically: true, encoding: .utf8)
        let flags = ["--config", configuration, "--data", data]
        let url = "/tremclk?sec=8781202&targetUrl=https%3A%2F%2Fa.example%2F"
        let warning = "sections.8781202.signatures: it is \"require\", and \(data)/keys holds no key for it"
        let check = try tremolo(["config", "check"] + flags)
        #expect(check.status == 0 && check.errors.hasPrefix("tremolo: warning: \(warning)"))
        let explained = try tremolo(["explain", url] + flags)
        #expect(explained.output.contains("decision"))
        #expect(
            explained.errors.hasPrefix("tremolo: signatures could not be checked: \(data)/keys holds no signing key"))
        let edge = try RunningEdge(data: data, configuration: configuration)
        #expect(edge.greeting.contains("level=warning event=signing-keys reason=\"sections.8781202.signatures"))
        #expect(edge.end() == 0)
        _ = try makeKey()
        let good = try tremolo(["config", "check"] + flags)
        #expect(good.status == 0 && good.errors == "\(configuration): no problems\n")
        #expect(try tremolo(["explain", url] + flags).errors.isEmpty)
        guard mayBecomeNobody() else { return }
        let nobody = try tremoloAsNobody(["explain", url] + flags)
        #expect(nobody.output.contains("decision"))
        #expect(nobody.errors.hasPrefix("tremolo: signatures could not be checked: \(data)/keys: "))
    }
}
