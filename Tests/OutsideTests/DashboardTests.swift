import Foundation
import TestSupport
import Testing

/// The dashboard as a browser shows it, with a campaign that came over the server's port.
@Suite(
    "The dashboard is readable on a phone, on a desk, in the dark and on paper, and loads nothing",
    .enabled(if: OutsideProgram.isAskedFor), .serialized)
struct DashboardTests {
    private static let agents = [
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Mozilla/5.0", "curl/8.5.0",
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    ]

    private let folder: TemporaryFolder
    private let edge: RunningEdge
    private let browser: Chromium

    init() throws {
        folder = try TemporaryFolder()
        edge = try RunningEdge(data: folder.path + "/data", configuration: OutsideProgram.configuration)
        let client = try BlockingHTTPClient(port: edge.port)
        for number in 0..<400 {
            let agent = "User-Agent: " + Self.agents[number % 4]
            let common = "cuid=p\(number)%40m.example&sec=8781202&expId=17&expVer=1&va=%5B\(number % 3)%5D"
            #expect(try client.get("/tremop?\(common)", headers: [agent]).status == 200)
            let long = String(repeating: "a-very-long-folder", count: number % 7)
            let target = "targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F\(long)"
            if number % 5 < 2 {
                #expect(try client.get("/tremclk?\(common)&\(target)", headers: [agent]).status == 302)
            }
        }
        let shared = ["--config", OutsideProgram.configuration, "--data", folder.path + "/data", "--sec", "8781202"]
        for va in 0..<3 {
            let variation = shared + ["--exp-id", "17", "--va", "[\(va)]"]
            #expect(try tremolo(["sends", "add"] + variation + ["--sent", "500"]).status == 0)
            #expect(
                try tremolo(["name"] + variation + [String(repeating: "A long name ", count: va * 4 + 1)]).status == 0)
        }
        #expect(
            try tremolo(
                ["consent", "import", "-", "--as-of", "2026-01-02T03:00:00Z"] + shared, input: "email\na@m.example\n"
            ).status == 0)
        browser = try Chromium()
    }

    private var root: String { "http://127.0.0.1:\(edge.adminPort)" }

    @Test("Nothing is wider than the window, no text is small, and nothing is loaded, run or complained of")
    func fits() throws {
        for path in [
            "/", "/?count=all&since=all", "/campaign?sec=8781202&expId=17", "/campaign?sec=8781202&expId=17&count=all",
            "/health", "/table?by=link,va", "/table?by=hour", "/nothing", "/table?by=va&sec=8781202&expId=17",
            "/campaign?sec=8781202&expId=17&since=30d",
        ] {
            for width in [360, 390, 700, 1_280] {
                for (onPaper, dark) in [(false, false), (false, true), (true, false)] {
                    try browser.show(onPaper: onPaper, dark: dark)
                    try browser.open(root + path, width: width)
                    let place = "\(path), \(width), paper \(onPaper), dark \(dark)"
                    let seen = try browser.evaluate(Self.look)
                    #expect(seen["width"].int == width, "\(place): \(seen["width"].int ?? 0)")
                    #expect(seen["smallest"].double ?? 0 >= 11, "\(place): \(seen["smallest"].double ?? 0)")
                    // A picture that is drawn larger than it was made for shouts.
                    #expect(seen["largest"].double ?? 99 <= 16.5, "\(place): \(seen["largest"].double ?? 99)")
                    #expect(seen["covered"].elements.compactMap(\.string) == [], "\(place)")
                    #expect(seen["outside"].elements.compactMap(\.string) == [], "\(place)")
                    #expect(!onPaper || width < 600 || width > 900 || seen["beside"].bool == true, "\(place)")
                    #expect(seen["contrast"].double ?? 0 >= 4.5, "\(place): \(seen["contrast"].double ?? 0)")
                    #expect(seen["scripts"].int == 0 && seen["resources"].int == 0, "\(place)")
                    #expect(browser.complaints == [], "\(place)")
                }
            }
        }
    }

    /// The page's width, the smallest text in sight and the largest in a picture (as it is scaled), words of pictures
    /// that lie over each other, text that reaches out of its card and does not scroll, whether charts stand beside
    /// each other, and the least contrast of text to the card it stands on (WCAG 2, 1.4.3).
    private static let look = """
        (() => {
          const light = c => c.map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const colour = text => text.match(/[0-9.]+/g).map(Number);
          const ground = e => { for (; e; e = e.parentElement) { const c = colour(getComputedStyle(e).backgroundColor);
            if (c.length < 4 || c[3] > 0) return c.slice(0, 3) } return [255, 255, 255] };
          const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
            return (x + 0.05) / (y + 0.05) };
          const seen = [...document.querySelectorAll('p, td, th, a, dd, dt, li, text, small, h1, h2, span')]
            .filter(e => e.getClientRects().length && e.textContent.trim());
          const size = e => { const px = parseFloat(getComputedStyle(e).fontSize), svg = e.ownerSVGElement;
            return svg ? px * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : px };
          const ink = e => colour(getComputedStyle(e)[e.ownerSVGElement ? 'fill' : 'color']).slice(0, 3);
          const drawn = seen.filter(e => e.ownerSVGElement);
          const over = (a, b) => { const [p, q] = [a, b].map(e => e.getBoundingClientRect());
            return a.ownerSVGElement === b.ownerSVGElement && p.left < q.right - 1 && q.left < p.right - 1
              && p.top < q.bottom - 4 && q.top < p.bottom - 4 };
          return { width: document.documentElement.scrollWidth, smallest: Math.min(...seen.map(size)),
            largest: Math.max(0, ...drawn.map(size)), covered: drawn.flatMap((a, i) => drawn.slice(i + 1)
              .filter(b => over(a, b)).map(b => a.textContent + ' over ' + b.textContent)),
            outside: seen.filter(e => {
              const card = e.closest('.card');
              const isHidden = getComputedStyle(e.closest('thead') ?? e).position === 'absolute';
              if (!card || isHidden || e.closest('.scroll') || e.ownerSVGElement) return false;
              const text = document.createRange();
              text.selectNodeContents(e);
              const [p, q] = [text, card].map(e => e.getBoundingClientRect());
              return p.right > q.right + 1 || p.left < q.left - 1;
            }).map(e => e.textContent),
            beside: [...document.querySelectorAll('.pair')]
              .every(e => getComputedStyle(e).gridTemplateColumns.split(' ').length === 2),
            contrast: Math.min(...seen.map(e => contrast(ink(e), ground(e)))),
            scripts: document.scripts.length, resources: performance.getEntriesByType('resource').length };
        })()
        """

    @Test("The choice of whose events count works without scripts, stays in the address and changes the figures")
    func choices() throws {
        try browser.show()
        try browser.open(root + "/campaign?sec=8781202&expId=17", width: 1_280)
        let people = try browser.evaluate("document.querySelectorAll('.big')[1].textContent").string
        try browser.allowScripts(false)
        try browser.click(".choice a:not([aria-current])")
        try browser.allowScripts(true)
        let address = try browser.evaluate("location.search").string
        #expect(address == "?sec=8781202&expId=17&count=all")
        let all = try browser.evaluate("document.querySelectorAll('.big')[1].textContent").string
        #expect(people == "13.3%" && all == "26.7%")
    }

    @Test("The operator's button reads the configuration again")
    func button() throws {
        try browser.show()
        try browser.open(root + "/health", width: 1_280)
        try browser.click("form[method=post] button")
        #expect(
            try browser.evaluate("document.querySelector('h1').textContent").string
                == "The configuration was read again")
    }

    @Test("A picture has a name and a description, and every table its headings")
    func accessible() throws {
        try browser.show()
        try browser.open(root + "/campaign?sec=8781202&expId=17&count=all", width: 1_280)
        let seen = try browser.evaluate(
            """
            (() => { const named = s => s.getAttribute('aria-labelledby').split(' ')
              .every(id => document.getElementById(id).textContent.length > 10);
            const charts = [...document.querySelectorAll('svg.chart')];
            return { charts: charts.length, named: charts.every(named), tables: [...document.querySelectorAll('table')]
              .every(t => t.caption && t.querySelector('th[scope=col]') && t.querySelector('th[scope=row]')) } })()
            """)
        #expect(seen["charts"].int ?? 0 >= 6 && seen["named"].bool == true && seen["tables"].bool == true)
    }
}

/// What a view costs at 10 million events of 10 million people.
@Suite(
    "Each default view is made in under 100 ms at 10 million events", .enabled(if: OutsideProgram.isAskedFor),
    .serialized)
struct DashboardSpeedTests {
    private static let boundMilliseconds = 100.0

    @Test("Of many campaigns and of one", arguments: [200, 1])
    func views(campaigns: Int) throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        let made = try run([
            OutsideProgram.shipped("journal-maker"), "--data", data, "--events", "10000000", "--people", "10000000",
            "--days", "10", "--campaigns",
            "\(campaigns)",
        ])
        #expect(made.status == 0, "\(made.errors)")
        // The journal's events are of last January: nothing of them is to expire meanwhile.
        let configuration = folder.path + "/t.json5"
        try """
        { rules: "\(OutsideProgram.rules)", journal: { retention: "3650 days" },
          sections: { "8781202": { hosts: ["www.mywebsite.com"] } } }
        """.write(toFile: configuration, atomically: true, encoding: .utf8)
        let shared = ["--config", configuration, "--data", data]
        #expect(try tremolo(["rebuild"] + shared).status == 0)
        let edge = try RunningEdge(data: data, configuration: configuration)
        // These events are older than the pages' own range: all time is at least as much.
        for path in ["/?since=all", "/campaign?sec=8781202&expId=510000", "/health"] {
            let client = try BlockingHTTPClient(port: edge.adminPort)
            var shortest = Double.infinity
            for _ in 0..<7 {
                let start = ContinuousClock.now
                try client.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\n\r\n")
                let page = try client.receive()
                shortest = min(shortest, (ContinuousClock.now - start) / .milliseconds(1))
                #expect(page.status == 200 && page.text.hasSuffix("</html>\n"))
            }
            print("\(campaigns) campaigns, \(path): \(shortest) ms")
            #expect(shortest < Self.boundMilliseconds, "\(path) took \(shortest) ms")
        }
    }
}
