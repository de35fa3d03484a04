import Foundation
import TestSupport
import Testing

/// The pages that a person sees in place of a redirect, as a browser shows them.
@Suite(
    "The pages are readable on a phone and on a desk, in a person's language, and run nothing",
    .enabled(if: OutsideProgram.isAskedFor), .serialized)
struct PageTests {
    /// A page, and what has to be on it.
    struct Page: Sendable, CustomTestStringConvertible {
        var testDescription: String { name }
        let name: String
        let target: String
        /// The host that it shows, and whether it links there; nil for the page that refuses.
        let host: String?
        let isLinked: Bool

        init(_ name: String, _ target: String, host: String?, isLinked: Bool = true) {
            self.name = name
            self.target = target
            self.host = host
            self.isLinked = isLinked
        }

        private static let brokenHost =
            String(repeating: "-1", count: 30) + ".__" + String(repeating: "_.", count: 40) + "x"
        private static let longHost =
            (0..<4).map { String(repeating: Character("\($0)"), count: 61) + "w" }.joined(separator: ".") + "l"

        static let all = [
            Page("a host", "https://elsewhere.example:8443/a?b=1&c=2#d", host: "elsewhere.example:8443"),
            Page("the longest host", "https://\(longHost)/", host: longHost),
            Page("a host of signs", "https://\(brokenHost)/", host: brokenHost),
            Page("a host outside ASCII", "https://bücher.example/", host: "xn--bcher-kva.example"),
            Page("a host from right to left", "https://שלום.example/", host: "xn--9dbne9b.example"),
            Page(
                "a long target", "https://elsewhere.example/" + String(repeating: "a", count: 7_000),
                host: "elsewhere.example"),
            Page("an address", "https://[2001:db8::7]/", host: "[2001:db8::7]"),
            Page(
                "a host without a link", "https://①.www。example/", host: "%E2%91%A0.www%E3%80%82example",
                isLinked: false),
            Page("no target", "", host: nil), Page("another scheme", "javascript:alert(1)", host: nil),
        ]
    }

    private let folder: TemporaryFolder
    /// Has the pages of `Config/pages`.
    private let edge: RunningEdge
    /// Has the built-in ones.
    private let plainEdge: RunningEdge
    private let browser: Chromium

    init() throws {
        folder = try TemporaryFolder()
        edge = try Self.edge(folder.path + "/own", pages: "\"\(OutsideProgram.root.path)/Config/pages\"")
        plainEdge = try Self.edge(folder.path + "/plain", pages: "null")
        browser = try Chromium()
    }

    private static func edge(_ path: String, pages: String) throws -> RunningEdge {
        try """
        { rules: "\(OutsideProgram.rules)", pages: \(pages),
          sections: { "1": { hosts: ["www.mywebsite.com"], otherwise: "ask" } } }
        """.write(toFile: path + ".json5", atomically: true, encoding: .utf8)
        return try RunningEdge(data: path, configuration: path + ".json5")
    }

    private func link(to target: String, at edge: RunningEdge? = nil) -> String {
        let safe = CharacterSet(charactersIn: "a"..."z").union(CharacterSet(charactersIn: "0"..."9"))
        let encoded = target.addingPercentEncoding(withAllowedCharacters: safe) ?? ""
        let port = (edge ?? self.edge).port
        return "http://127.0.0.1:\(port)/tremclk?cuid=ann%40mail.example&sec=1&targetUrl=\(encoded)&va="
    }

    @Test("Nothing is wider than the window, and the link leads to the host that is shown")
    func fits() throws {
        for (edge, language, title, refusal) in [
            (edge, "en", "Continue to another site?", "This link does not work"),
            (edge, "de", "Weiter zu einer anderen Website?", "Dieser Link funktioniert nicht"),
            (plainEdge, "en", "Continue to another site?", "This link does not work"),
        ] {
            for width in [320, 360, 1_280] {
                for page in Page.all {
                    try browser.open(
                        link(to: page.target, at: edge), width: width, language: language + "-AT,fr;q=0.3")
                    let place = "\(page.name), \(language), \(width)"
                    let seen = try browser.evaluate(Self.look)
                    let size = seen["size"].elements.compactMap(\.int)
                    #expect(size.count == 2 && size[0] <= size[1] && size[1] == width, "\(place): \(size)")
                    #expect(seen["language"].string == language, "\(place)")
                    #expect(seen["title"].string == (page.host == nil ? refusal : title), "\(place)")
                    #expect(seen["textPixels"].double ?? 0 >= 16, "\(place)")
                    #expect(
                        seen["linkPixels"].double.map { $0 >= 44 } ?? !page.isLinked || page.host == nil, "\(place)")
                    #expect(seen["shown"].string == page.host, "\(place)")
                    #expect(seen["linked"].string == (page.isLinked ? page.host : nil), "\(place)")
                    #expect(seen["scripts"].int == 0 && seen["resources"].int == 0, "\(place)")
                    #expect(browser.complaints == [], "\(place)")
                }
            }
        }
    }

    /// What a page looks like: its width beside the window's, its texts, the smallest text and the height of its link.
    private static let look = """
        (() => {
          const root = document.documentElement, link = document.querySelector('a');
          const texts = [...document.querySelectorAll('p, h1, a, bdi')];
          const sizes = texts.map(e => parseFloat(getComputedStyle(e).fontSize));
          return {
            size: [root.scrollWidth, root.clientWidth], language: root.lang, title: document.title,
            textPixels: Math.min(...sizes), linkPixels: link?.getBoundingClientRect().height,
            shown: document.querySelector('.host')?.textContent, linked: link?.host,
            scripts: document.scripts.length, resources: performance.getEntriesByType('resource').length,
          };
        })()
        """

    @Test("The host can't be made to look like another")
    func looks() throws {
        let look = """
            (() => {
              const host = document.querySelector('.host'), seen = document.querySelector('bdi');
              const range = document.createRange(); range.selectNodeContents(host);
              const [first, second] = range.getClientRects();
              const weight = e => Number(getComputedStyle(e).fontWeight);
              return {
                isFull: second !== undefined && first.width > 0.9 * (host.clientWidth - 12),
                isLighter: seen !== null && weight(seen) < weight(host),
                runs: seen && getComputedStyle(seen).direction, seen: seen?.textContent,
              };
            })()
            """
        for edge in [edge, plainEdge] {
            // Where a long name goes on to the next line is not for its owner to choose.
            let long = "https://www.mywebsite.com-\(String(repeating: "a", count: 26)).example/"
            try browser.open(link(to: long, at: edge), width: 360)
            #expect(try browser.evaluate(look)["isFull"].bool == true)
            // Cyrillic; the name that is looked up stands out, not the one that looks like another.
            try browser.open(link(to: "https://www.\u{440}\u{430}\u{443}\u{440}\u{430}l.com/", at: edge), width: 360)
            #expect(try browser.evaluate(look)["isLighter"].bool == true)
            // Labels stand in the order of an address bar.
            try browser.open(link(to: "https://שלום.mywebsite.example/", at: edge), width: 360)
            let seen = try browser.evaluate(look)
            #expect(seen["runs"].string == "ltr" && seen["seen"].string == "שלום.mywebsite.example")
        }
    }

    private static let scripts = [
        "https://elsewhere.example/\"><script>window.ran=1</script><img src=x onerror=window.ran=1>",
        "https://elsewhere.example/' onmouseover='window.ran=1",
        "https://elsewhere.example/?{{7*7}}${window.ran=1}", "https://elsewhere.example/\u{2028}window.ran=1//",
        "https://elsewhere.example/#</a></p><svg onload=window.ran=1>", "https://\"onload=\"window.ran=1/",
        "https://<script>window.ran=1</script>.example/", "https://①<script>.example/",
        "https://①\u{202E}\u{200B}moc.knab/", "javascript:window.ran=1",
        "data:text/html,<script>window.ran=1</script>",
    ]

    @Test("Script in a target or in a host is text")
    func runsNothing() throws {
        let look = """
            (() => {
              const elements = [...document.querySelectorAll('*')];
              const names = new Set(elements.map(e => e.localName));
              const known = ['html','head','meta','title','style','body','main','h1','p','bdi','a'];
              return {
                ran: window.ran !== undefined, strange: [...names].filter(n => !known.includes(n)),
                handlers: elements.filter(e => e.getAttributeNames().some(n => n.startsWith('on'))).length,
                schemes: [...document.links].filter(a => !/^https?:$/.test(a.protocol)).length,
              };
            })()
            """
        for target in Self.scripts {
            try browser.open(link(to: target), width: 360)
            let seen = try browser.evaluate(look)
            #expect(seen["ran"].bool == false && seen["strange"].elements.isEmpty, "\(target)")
            #expect(seen["handlers"].int == 0 && seen["schemes"].int == 0, "\(target)")
            #expect(browser.complaints == [], "\(target)")
        }
    }

    @Test("The browser itself runs no script that would stand in the page, and loads nothing for it")
    func policy() throws {
        try browser.open(link(to: "https://elsewhere.example/"), width: 360)
        let ran = """
            (async () => {
              const script = document.createElement('script'), image = new Image();
              script.text = 'window.ran = 1';
              const end = new Promise(done => { image.onload = () => done(true); image.onerror = () => done(false); });
              image.src = '/favicon.ico';
              document.body.append(script, image);
              return [window.ran === undefined, await end];
            })()
            """
        #expect(try browser.evaluate(ran).elements.map(\.bool) == [true, false])
        #expect(browser.complaints.count == 2, "\(browser.complaints)")
        #expect(browser.complaints.allSatisfy { $0.contains("Content Security Policy") }, "\(browser.complaints)")
    }

    @Test("Without scripts the link leads on, and says nothing of where it stood")
    func withoutScripts() throws {
        try browser.allowScripts(false)
        try browser.open(link(to: "http://127.0.0.1:\(edge.port)/"), width: 360)
        try browser.allowScripts(true)
        #expect(try browser.evaluate("document.querySelector('.host').textContent").string == "127.0.0.1:\(edge.port)")
        try browser.allowScripts(false)
        try browser.click("a")
        try browser.allowScripts(true)
        #expect(try browser.evaluate("location.href").string == "http://127.0.0.1:\(edge.port)/")
        #expect(try browser.evaluate("document.querySelector('h1').textContent").string == "Links in mail")
        #expect(try browser.evaluate("document.referrer").string == "")
    }
}
