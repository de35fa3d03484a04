import Bytes
import TestSupport
import Testing
import TrackingLinks

@Suite("Damage of the mail is undone, and said")
struct RepairTests {
    struct Row: CustomTestStringConvertible {
        var testDescription: String { name }
        var name: String
        var query: String
        var repairs: LinkRepair
        var destination: String?
        var sec: String?

        init(
            _ name: String, _ query: String, _ repairs: LinkRepair,
            to destination: String? = "https://www.mywebsite.com/cart?x=1&y=2", sec: String? = "8781202"
        ) {
            self.name = name
            self.query = query
            self.repairs = repairs
            self.destination = destination
            self.sec = sec
        }
    }

    private static let target = "https%3A%2F%2Fwww.mywebsite.com%2Fcart%3Fx%3D1%26y%3D2"
    private static let other = "https://www.mywebsite.com/cart"

    static let rows: [Row] = [
        Row("whole", "cuid=a&sec=8781202&va=&targetUrl=\(target)", []),
        // &amp; and its like
        Row("amp", "cuid=a&amp;sec=8781202&amp;va=&amp;targetUrl=\(target)", .ampersandEntity),
        Row("amp twice", "cuid=a&amp;amp;sec=8781202&amp;amp;targetUrl=\(target)", .ampersandEntity),
        Row("AMP", "cuid=a&AMP;sec=8781202&AMP;targetUrl=\(target)", .ampersandEntity),
        Row("amp, semicolon encoded", "cuid=a&amp%3Bsec=8781202&amp%3BtargetUrl=\(target)", .ampersandEntity),
        Row("amp before unknown fields", "sec=8781202&amp;utm=x&amp;targetUrl=\(target)", .ampersandEntity),
        Row(
            "amp in a target without encoding",
            "sec=8781202&amp;targetUrl=https://www.mywebsite.com/cart?x=1&amp;y=2", .ampersandEntity),
        Row("number", "cuid=a&#38;sec=8781202&#38;targetUrl=\(target)", .numericEntity),
        Row("number, encoded", "cuid=a&%2338;sec=8781202&%2338%3BtargetUrl=\(target)", .numericEntity),
        Row("hexadecimal number", "cuid=a&#x26;sec=8781202&#X26;targetUrl=\(target)", .numericEntity),
        Row("equals signs", "sec&#x3D;8781202&targetUrl&%23x3D;\(target)", .numericEntity),
        Row(
            "equals signs and amp", "sec&#61;8781202&amp;targetUrl&#x3D;\(target)", [.numericEntity, .ampersandEntity]),
        Row(
            "encoded separators", "cuid=a%26amp%3Bsec=8781202%26amp%3Bva%3D1%26amp%3BtargetUrl=\(target)",
            .encodedEntity),
        Row("an encoded separator behind the target", "targetUrl=\(target)%26amp%3Bsec=8781202", .encodedEntity),
        Row(
            "amp within the target",
            "sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fcart%3Fx%3D1%26amp%3By%3D2", .encodedEntity),
        Row(
            "equals signs within the target",
            "sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fcart%3Fx%26%23x3D%3B1%26y%26%23x3D%3B2",
            .numericEntity),
        Row(
            "an apostrophe within the target",
            "sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fit%26%23x27%3Bs", .numericEntity,
            to: "https://www.mywebsite.com/it's"),
        Row(
            "a backtick within the target",
            "sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fa%26%23x60%3Bb", .numericEntity,
            to: "https://www.mywebsite.com/a%60b"),
        Row(
            "what was cut at the number sign", "targetUrl=\(target)&sec=8781202&", .lostFragment),
        // Encoded twice
        Row(
            "the target encoded twice",
            "sec=8781202&cuid=a%40b.example&targetUrl=\(encoded(target))", .doubleEncoded),
        Row(
            "the target encoded thrice", "sec=8781202&cuid=%40&targetUrl=\(encoded(encoded(target)))", .doubleEncoded),
        Row("all of it encoded twice", "sec=878120%2532&va=%255B1%255D&targetUrl=\(encoded(target))", .doubleEncoded),
        Row(
            "encoded twice in small letters",
            "sec=8781202&targetUrl=https%253a%252f%252fwww.mywebsite.com%252fcart", .doubleEncoded, to: other),
        Row(
            "a target's own escapes stay",
            "sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F%253A%252F", [],
            to: "https://www.mywebsite.com/%3A%2F"),
        // Ampersands decoded
        Row(
            "the target fell apart",
            "sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fcart%3Fx%3D1&y%3D2", .decodedAmpersand),
        Row(
            "the target fell apart into three",
            "sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fcart%3Fx%3D1&y%3D2&z%3D3&utm=1",
            .decodedAmpersand, to: "https://www.mywebsite.com/cart?x=1&y=2&z=3"),
        Row(
            "a piece that is named as a field",
            "sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F%3Fx%3D1&sec%3D5",
            .decodedAmpersand, to: "https://www.mywebsite.com/?x=1&sec=5"),
        Row(
            "fields behind the target are not its own",
            "sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fcart%3Fx%3D1&y=2", [],
            to: "https://www.mywebsite.com/cart?x=1"),
        // Quoted-printable
        Row("equals signs quoted", "cuid=3Da&sec=3D8781202&va=3D&targetUrl=3D\(target)", .quotedPrintableEquals),
        Row("small letters", "sec=3d8781202&targetUrl=3d\(target)", .quotedPrintableEquals),
        Row("the target's alone", "sec=8781202&targetUrl=3D\(target)", .quotedPrintableEquals),
        Row(
            "a target without encoding",
            "sec=3D8781202&targetUrl=3Dhttps://www.mywebsite.com/cart?x=3D1&y=3D2", .quotedPrintableEquals),
        Row("values that begin so stay", "sec=8781202&va=3D1&targetUrl=\(target)", []),
        Row(
            "a line broken", "sec=8781202&targetUrl=https%3A%2F%2Fwww.myweb=%0D%0Asite.com%2Fcart", .softLineBreak,
            to: other),
        Row(
            "a line broken in an escape", "sec=8781202&targetUrl=https%3A%2=\r\nF%2Fwww.mywebsite.com%2Fcart",
            .softLineBreak, to: other),
        Row(
            "a line broken in a raw target", "sec=8781202&targetUrl=https://www.myweb=%0D%0Asite.com/ca=%0Art",
            .softLineBreak, to: other),
        Row("a line broken in another field", "sec=87812=%0A02&targetUrl=\(target)", .softLineBreak),
        Row(
            "quoted, and a line broken within a name", "sec=3D8781202&tar=%0D%0AgetUrl=3D\(target)",
            [.quotedPrintableEquals, .softLineBreak]),
        Row("an equals sign lost", "sec=8781202&va&targetUrl=\(target)", .lostEquals),
        // Glued to the end
        Row("glued %27", "sec=8781202&targetUrl=\(target)%27", .gluedTail),
        Row("glued '", "sec=8781202&targetUrl=\(target)'", .gluedTail),
        Row("glued \"", "sec=8781202&targetUrl=\(target)\"", .gluedTail),
        Row("glued %22", "sec=8781202&targetUrl=\(target)%22", .gluedTail),
        Row("glued >", "sec=8781202&targetUrl=\(target)>", .gluedTail),
        Row("glued %22%3E", "sec=8781202&targetUrl=\(target)%22%3E", .gluedTail),
        Row("glued )", "sec=8781202&targetUrl=\(target))", .gluedTail),
        Row("glued .", "sec=8781202&targetUrl=\(target).", .gluedTail),
        Row("glued ,", "sec=8781202&targetUrl=\(target),", .gluedTail),
        Row("glued ).", "sec=8781202&targetUrl=\(target)).", .gluedTail),
        Row("glued to a raw target", "sec=8781202&targetUrl=\(other).", .gluedTail, to: other),
        Row(
            "glued to a host", "sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com.", .gluedTail,
            to: "https://www.mywebsite.com/"),
        Row("glued to the section", "targetUrl=\(target)&sec=8781202'", .gluedTail),
        Row("glued to variations", "targetUrl=\(target)&sec=8781202&va=%5B1%5D%27", .gluedTail),
        Row("a pair of brackets stays", "sec=8781202&targetUrl=\(encoded(other))_(a)", [], to: nil),
        Row(
            "brackets stay", "sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fa_(b)", [],
            to: "https://www.mywebsite.com/a_(b)"),
        Row(
            "one bracket of three", "sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fa_(b))", .gluedTail,
            to: "https://www.mywebsite.com/a_(b)"),
        Row(
            "an encoded full stop stays", "sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2FInc%2E", [],
            to: "https://www.mywebsite.com/Inc."),
        Row(
            "a segment of stops stays", "sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fa%2F..", [],
            to: "https://www.mywebsite.com/a/.."),
        Row(
            "what stands behind the target is not glued to it",
            "targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fa'&sec=8781202",
            [], to: "https://www.mywebsite.com/a'"),
        // Not encoded
        Row(
            "bytes outside ASCII", "sec=8781202&targetUrl=https://www.mywebsite.com/café?q=é", .rawNonASCII,
            to: "https://www.mywebsite.com/caf%C3%A9?q=%C3%A9"),
        Row(
            "a fragment that came along", "sec=8781202&targetUrl=https://www.mywebsite.com/cart#top", [],
            to: "https://www.mywebsite.com/cart#top"),
    ].filter { $0.destination != nil }

    private static func encoded(_ text: String) -> String {
        text.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%25")
    }

    @Test(arguments: rows)
    func isUndone(_ row: Row) throws {
        let given = answer(query: Array(row.query.utf8), policy: try Sections.policy())
        #expect(given.destination == row.destination)
        #expect(given.outcome == .redirected)
        #expect(given.repairs == row.repairs)
        #expect(repairedField(.sec, of: row.query) == row.sec)
    }

    /// What can't be told from what was meant, or stands where it could change the host, is not undone.
    @Test(arguments: [
        "targetUrl=https%3A%2F%2Fwww.mywebsite.com%26amp%3B.evil.example%2F",
        "targetUrl=https%3A%2F%2Fwww.mywebsite.com%26%23x2F%3B.evil.example",
        "targetUrl=https%3A%2F%2Fwww.mywebsite.com%252F.evil.example%2F",
        "targetUrl=https%3A%2F%2Fevil.example%26amp%3B%40www.mywebsite.com",
        "targetUrl=https%3A%2F%2Fevil.example%3D%0D%0A.www.mywebsite.com",
        "targetUrl=https%253A%252F%252Fevil.example%2540www.mywebsite.com%252F",
        "targetUrl=3Dhttps%3A%2F%2Fevil.example%2F",
        "targetUrl=https%3A%2F%2Fevil.example%2F%3Fx%3D1&https%3A%2F%2Fwww.mywebsite.com%3D",
        "sec=1&amp;targetUrl=https%3A%2F%2Fevil.example&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F",
    ])
    func noHostComesOfARepair(_ query: String) throws {
        let given = answer(query: Array(query.utf8), policy: try Sections.policy(fallback: nil))
        #expect(given.outcome == .asked || given.outcome == .refused)
        #expect(given.host == nil || given.host == "evil.example")
    }

    private func repairedField(_ name: TrackingField, of query: String) -> String? {
        let bytes = Array(query.utf8)
        var link = TrackingLink()
        var repair = QueryRepair(bytesMax: LinkLimits.queryBytesMax)
        link.read(query: bytes.span, repair: &repair)
        return field(name, of: link.isRepaired ? String(decoding: repair.query.toArray(), as: UTF8.self) : query)
    }
}
