import Mail
import TestSupport
import Testing

@Suite("Whatever a mail holds, only its links change")
struct PropertyTests {
    private enum Segment {
        case other(String)
        case link
    }

    /// Pieces without a link, each whole in itself.
    private static let others =
        TemplateTests.code + [
            "text & more ", "<p class=a id='b' title=\"c\">", "<br/>", "</p >",
            "<!-- <a href='https://x.example/'> -->",
            "<style>a > b {}</style>", "<!--[if mso]>", "<![endif]-->", "<!--[if !mso]><!-->", "<!--<![endif]-->",
            "\r\n",
            "\u{FEFF}ü😀", "<a href='mailto:a@b.example'>", "<a name=x>", "<a href='#x' data-tremolo=off>", "&lt;&amp &",
            "<img src='https://a.example/i.png' alt='>'>", "<a href='https://a.example/unsubscribe'>", "<", "</>",
            "<=>",
            "<td background=\"https://a.example/{{bg}}\">", "<title>{{t}}</title>", "<![CDATA[x]]>",
            "<?xml version='1'?>",
        ]
    private static let before = [
        "<a href=\"", "<a class='x>y' href=\"", "<A\n HREF = \"", "<area {{x}} href=\"",
        "<a {{#if a}}id=1{{/if}} href=\"",
    ]
    private static let targets = [
        "https://a.example/", "http://a.example/?a=1&amp;b=2#c", "{{url}}", "https://a.example/${x}/?y=<%= \"z>\" %>",
        " https://a.example/%20ü ", "https:a.example", "{{{u}}}?x=1&y=2",
    ]
    private static let behind = ["\">x</a>", "\" id=q>", "\" {{/if}}>", "\"/>"]

    @Test("What stands between the links of a generated mail comes out byte for byte")
    func betweenLinks() throws {
        for seed in UInt64(0)..<400 {
            var generator = SeededGenerator(seed: seed)
            var literals = ["<body>"]
            var count = 0
            for _ in 0..<Int.random(in: 0...30, using: &generator) {
                let other = Self.others.randomElement(using: &generator) ?? ""
                literals[literals.count - 1] += other
                // A lone sign would make a tag of what follows.
                if other == "<" { literals[literals.count - 1] += " " }
                if Bool.random(using: &generator) {
                    literals[literals.count - 1] += Self.before.randomElement(using: &generator) ?? ""
                    literals.append(Self.behind.randomElement(using: &generator) ?? "")
                    count += 1
                }
            }
            var html = literals[0]
            for literal in literals.dropFirst() {
                html += (Self.targets.randomElement(using: &generator) ?? "") + literal
            }
            let wrapped = try wrapper().wrap(html: Array(html.utf8))
            let output = text(wrapped.render())
            #expect(wrapped.links.count { $0.verdict == .wrap } == count, "seed \(seed): \(html)")
            var expected = literals
            expected[0] = "<body>" + pixel + expected[0].dropFirst(6)
            var rest = Substring(output)
            for (index, literal) in expected.enumerated() {
                if index > 0 {
                    #expect(rest.hasPrefix("https://t.example/tremclk?sec=1&amp;targetUrl="), "seed \(seed)")
                    let end = try #require(rest.firstRange(of: literal), "seed \(seed): \(html)")
                    rest = rest[end.lowerBound...]
                }
                #expect(rest.hasPrefix(literal), "seed \(seed): \(html)")
                rest = rest.dropFirst(literal.count)
            }
            #expect(rest.isEmpty, "seed \(seed): \(html)")
            #expect(text(try wrapper().wrap(html: Array(output.utf8)).render()) == output, "seed \(seed): \(html)")
        }
    }

    @Test("Any bytes are taken, and a second run changes nothing")
    func anyBytes() throws {
        let wrapper = try wrapper()
        let words =
            Self.others + Self.before + Self.targets + Self.behind + [
                "<a ", "href=", "'", "\"", ">", "{{", "}}", "<%", "%>", "${", "}", "%%", "*|", "|*", "%%[", "]%%",
                "<!--",
                "-->", "]>", "=", "/", "<script>", "</script>", "&#", "&#x41;", "\0", "${Tracking link}",
                "${Tracking pixel}",
                "<body>", "<head>", "</head>", "<title>", "<plaintext>", "<v:rect href=https://a.example/>",
            ]
        for seed in UInt64(0)..<3_000 {
            var generator = SeededGenerator(seed: seed)
            var html: [UInt8] = []
            for _ in 0..<Int.random(in: 0...25, using: &generator) {
                if Int.random(in: 0..<8, using: &generator) == 0 {
                    html.append(UInt8.random(in: 0...255, using: &generator))
                } else {
                    html += Array((words.randomElement(using: &generator) ?? "").utf8)
                }
            }
            let once = wrapper.wrap(html: html).render()
            let isSame = wrapper.wrap(html: once).render() == once
            #expect(isSame, "seed \(seed): \(text(html))")
        }
    }

    @Test(
        "Long runs of what never ends take linear time",
        arguments: [
            "<a ", "<!--", "<!--[if ", "<!--[if x]>", "{{", "<%", "%%", "${", "<a href=\"", "<a href='{{x}}", "<style>",
            "&amp",
            "<a {{x}} href='https://a.example/'", "\"{{", "<!--[if x]>-->", "<![", "</a ", "<p href='{{x}}' ",
            "<title>",
        ])
    func longRuns(_ run: String) throws {
        // Quadratic time would be hours here.
        let html = Array(String(repeating: run, count: 50_000).utf8)
        let wrapped = try wrapper().wrap(html: html)
        #expect(wrapped.render().count >= html.count)
    }
}
