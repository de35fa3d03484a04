import Bytes
import LinuxSystem
import Mail
import TestSupport
import Testing
import TrackingLinks

@Suite("Links of payloads become tracking links, and everything else stays byte for byte")
struct PayloadTests {
    private static func wrap(
        _ json: String, _ selection: PayloadSelection = PayloadSelection(),
        fields: [TrackingField: String] = [.sec: "1"]
    ) throws -> WrappedMail {
        try wrapper(fields: fields).wrap(json: Array(json.utf8), selection: selection)
    }

    private static func link(_ target: String) -> String { "https://t.example/tremclk?sec=1&targetUrl=\(target)" }

    private static let a = link("https%3A%2F%2Fa.example%2F")

    struct Row: CustomTestStringConvertible {
        let name: String
        let json: String
        let wrapped: String
        var testDescription: String { name }

        init(_ name: String, _ json: String, _ wrapped: String? = nil) {
            self.name = name
            self.json = json
            self.wrapped = wrapped ?? json
        }
    }

    static let rows = [
        Row(
            "order, spacing and numbers",
            "{ \"price\" : 330.0e0,\r\n\t\"link\":\"https://a.example/\" , \"n\":1E400000 }"
                .replacing("1E400000", with: "10000000000000000000001"),
            "{ \"price\" : 330.0e0,\r\n\t\"link\":\"\(a)\" , \"n\":10000000000000000000001 }"),
        Row(
            "comments and JSON5", "/* a \"link\" */ {link: 'https://a.example/', // '\n}",
            "/* a \"link\" */ {link: '\(a)', // '\n}"),
        Row("escapes", #"{"link":"https:\/\/a.example\u002f"}"#, "{\"link\":\"\(a)\"}"),
        Row(
            "a list", #"{"links":["https://a.example/"],"link":["https://a.example/",["https://a.example/"]]}"#,
            "{\"links\":[\"https://a.example/\"],\"link\":[\"\(a)\",[\"\(a)\"]]}"),
        Row(
            "spellings of keys", #"{"product_url":"https://a.example/","ProductURL":"https://a.example/"}"#,
            "{\"product_url\":\"\(a)\",\"ProductURL\":\"\(a)\"}"),
        Row(
            "a key twice", #"{"link":"https://a.example/","link":"https://a.example/"}"#,
            "{\"link\":\"\(a)\",\"link\":\"\(a)\"}"),
        Row(
            "characters of many bytes in front", "{\"ü😀\u{2028}\":\"é\",\"link\":\"https://a.example/\"}",
            "{\"ü😀\u{2028}\":\"é\",\"link\":\"\(a)\"}"),
        Row("a byte order mark", "\u{FEFF}{\"link\":\"https://a.example/\"}", "\u{FEFF}{\"link\":\"\(a)\"}"),
        Row("images by key", #"{"image":{"url":"https://a.example/"},"heroImgUrl":{"link":"https://a.example/"}}"#),
        Row("images by ending", #"{"link":"https://a.example/x.JPG?w=1","url":"https://a.example/y.webp"}"#),
        Row("no links", #"{"link":"mailto:a@b.example","url":7,"href":null,"note":"https://a.example/"}"#),
        Row("unsubscribing", #"{"link":"https://a.example/unsubscribe"}"#),
        Row("wrapped already", #"{"link":"https://t.example/tremclk/?sec=1&targetUrl=https://a.example/"}"#),
        Row(
            "a tag", #"{"link":"https://a.example/?q={{ \"b\" }}&r"}"#,
            "{\"link\":\"\(link(#"https://a.example/?q={{ \"b\" }}&r"#))\"}"),
        Row("a text at the top", "\"https://a.example/\""),
    ]

    @Test(arguments: rows)
    func strings(_ row: Row) throws {
        let wrapped = text(try Self.wrap(row.json).render())
        #expect(wrapped == row.wrapped)
        #expect(text(try Self.wrap(wrapped).render()) == wrapped, "a second run changes nothing")
    }

    @Test func keysAndPointersChoose() throws {
        let json = #"{"a/b":[{"x":"https://a.example/"},{"x":"https://a.example/"}],"link":"https://a.example/"}"#
        let one = try Self.wrap(json, PayloadSelection(keys: [], pointers: ["/a~1b/1/x", "/nothing"]))
        #expect(
            text(one.render()) == #"{"a/b":[{"x":"https://a.example/"},{"x":""# + Self.a
                + #""}],"link":"https://a.example/"}"#)
        #expect(one.unmatchedPointers == ["/nothing"])
        let keys = try Self.wrap(json, PayloadSelection(keys: ["X"]))
        #expect(keys.links.count == 2 && keys.trackingLinkCount == 2)
        let image = #"{"src":"https://a.example/"}"#
        let chosen = try Self.wrap(image, PayloadSelection(keys: [], pointers: ["/src"]))
        #expect(text(chosen.render()) == image && chosen.links.map(\.verdict) == [.image])
    }

    @Test func variablesAreFilledInAsTheirPlaceNeedsIt() throws {
        let json = #"{"go":"${Tracking link}","user":"${User identifier}","hiddenPixel":['${Tracking pixel}']}"#
        let wrapped = try Self.wrap(json, fields: [.sec: "1", .cuid: "o'neil \"x\"\\@m.example"])
        let start = "cuid=o%27neil%20%22x%22%5C%40m.example"
        #expect(wrapped.pixel == .alreadyThere)
        let output = wrapped.render()
        let document = try JSON5.parse(output.span)
        #expect(document["go"]?.string == "https://t.example/tremclk?\(start)&sec=1")
        #expect(document["user"]?.string == "o'neil \"x\"\\@m.example")
        let image = pixel.replacing("?sec=1", with: "?\(start)&amp;sec=1")
        #expect(document["hiddenPixel"]?.array?.first?.string == image)
    }

    @Test("The documented payload comes out as it is documented, in meaning, and unchanged when it is wrapped already")
    func documentedPayload() throws {
        let documented = try Files.readAll(fixture("mail/emarsys-payload.json"), limitBytes: 1 << 20)
        let plain = try Files.readAll(fixture("mail/emarsys-plain.json"), limitBytes: 1 << 20)
        var options = MailWrapper.Options(
            base: try #require(TrackingBase("https://www.acme.com")),
            fields: CampaignFields([
                .cuid: "john.d@mail.com", .cuidType: "ihe", .sec: "8772046", .expId: "0", .expVer: "0", .expVisitId: "",
                .mech: "0", .smech: "", .va: "",
            ]))
        let wrapped = try MailWrapper(options).wrap(json: plain, selection: PayloadSelection()).render()
        #expect(try Self.meaning(of: wrapped) == Self.meaning(of: documented))
        #expect(try Self.meaning(of: wrapped).count == 4 + 1)
        options.fields.values[.sec] = "2"
        for finished in [documented, wrapped] {
            let again = try MailWrapper(options).wrap(json: finished, selection: PayloadSelection())
            #expect(again.render() == finished)
            #expect(again.trackingLinkCount == 4 && again.pixel == .alreadyThere)
        }
        // What is no link is the same in both but for the remark above it.
        let output = try JSON5.parse(wrapped.span)
        let expected = try JSON5.parse(documented.span)
        for key in ["em_dy_event_id", "em_dy_event_type", "em_dy_event_time", "em_dy_user_id"] {
            #expect(output[key]?.string == expected[key]?.string)
        }
    }

    /// Resource, fields and target of each link in a text, as the edge reads them.
    private static func meaning(of bytes: [UInt8]) throws -> [String] {
        text(bytes).split(separator: "https://www.acme.com/").dropFirst().map { part in
            let link = part.prefix { $0 != "\"" && $0 != "\\" }.replacing("&amp;", with: "&")
            let path = link.prefix { $0 != "?" }.trimmingSuffix("/")
            let query = Array(link.drop { $0 != "?" }.dropFirst().utf8)
            let read = TrackingLink.read(query: query.span)
            var fields: [String] = []
            for field in TrackingField.allCases {
                var buffer = ByteBuffer(capacity: 4_096)
                guard read.decodeField(field, of: query.span, into: &buffer) != nil else { continue }
                fields.append("\(field.name)=\(text(buffer.toArray()))")
            }
            return "\(path) \(fields.joined(separator: " "))"
        }
    }

    @Test(arguments: ["{\"link\":}", "{\"link\":\"https://a.example/", "", "{\"a\":1}}", "{\"a\": {{x}} }"])
    func whatIsNoJSONIsRefusedWithItsPlace(_ json: String) throws {
        let error = #expect(throws: PayloadError.self) { _ = try Self.wrap(json) }
        #expect(try #require(error).reason.place.line == 1)
    }

    @Test("Any payload comes out with nothing but its links changed")
    func anyPayload() throws {
        let keys = ["link", "a", "url", "image", "ü\\n\\\"", "Link"]
        for seed in UInt64(0)..<500 {
            var generator = SeededGenerator(seed: seed)
            func value(_ depth: Int) -> String {
                switch Int.random(in: depth > 3 ? 2...5 : 0...5, using: &generator) {
                case 0: return "[" + (0..<2).map { _ in value(depth + 1) }.joined(separator: " ,\n") + "]"
                case 1:
                    return "{"
                        + (0..<3).map { _ in "\"\(keys.randomElement(using: &generator) ?? "")\" : \(value(depth + 1))"
                        }
                        .joined(separator: "\r\n,") + "}"
                case 2: return ["1.50", "-0", "true", "null", "1e3"].randomElement(using: &generator) ?? "0"
                default:
                    return ["\"https://a.example/\"", "\"\\\"\\\\\"", "\"x\\u00e9é\"", "/* \" */ '\"'", "\"{{ x\""]
                        .randomElement(using: &generator) ?? "0"
                }
            }
            let json = value(0)
            let wrapped = text(try Self.wrap(json).render())
            #expect(wrapped.replacing(Self.a, with: "https://a.example/") == json, "seed \(seed)")
            #expect(text(try Self.wrap(wrapped).render()) == wrapped, "seed \(seed)")
        }
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ suffix: Character) -> Substring { last == suffix ? dropLast() : self }

    @Test("Half of a surrogate pair passes byte for byte, but not in a link")
    func halfCharacters() throws {
        let half =
            #"{"a":"x\ud83d","\uDE00":"\\ud83d\ud83d\ude00","b":["\ude00\ud83d"],/* \" */"link":"https://a.example/"}"#
        let wrapped = try wrapper().wrap(json: Array(half.utf8), selection: PayloadSelection())
        let link = "https://t.example/tremclk?sec=1&targetUrl=https%3A%2F%2Fa.example%2F"
        #expect(text(wrapped.render()) == half.split(separator: "https://a.example/").joined(separator: link))
        let inLink = "{\n\"a\":\"\\udc00\", \"link\":\"https://a.example/\\ud83d\"}"
        let error = #expect(throws: PayloadError.self) {
            try wrapper().wrap(json: Array(inLink.utf8), selection: PayloadSelection())
        }
        #expect(error?.reason == .unpairedSurrogate(at: TextPlace(line: 2, column: 22)))
        let whole = #"{"link":"https://a.example/?\ud83d\ude00"}"#
        let made = try wrapper().wrap(json: Array(whole.utf8), selection: PayloadSelection())
        #expect(text(made.render()).contains("%3F%F0%9F%98%80"))
    }
}
