import Foundation
import TestSupport
import Testing

/// The policy of the page lets one form be sent: a browser has to agree.
@Suite(
    "A person presses the button in a browser, and is unsubscribed", .enabled(if: OutsideProgram.isAskedFor),
    .serialized)
struct UnsubscribePageTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func flags(_ path: String) -> [String] { ["--data", path, "--config", path + ".json5"] }

    private func edge(_ path: String, pages: String) throws -> RunningEdge {
        try """
        { rules: "\(OutsideProgram.rules)", pages: \(pages), sections: { "1": { consent: "honourOptOut" } } }
        """.write(toFile: path + ".json5", atomically: true, encoding: .utf8)
        let made = try tremolo(["sign", "--make-key"] + flags(path))
        try #require(made.status == 0, "\(made.errors)")
        return try RunningEdge(data: path, configuration: path + ".json5")
    }

    private static let look = """
        (() => {
          const root = document.documentElement, button = document.querySelector('button');
          return {
            size: [root.scrollWidth, root.clientWidth], title: document.title, text: button?.textContent,
            pixels: button?.getBoundingClientRect().height, html: root.outerHTML,
            textPixels: Math.min(...[...document.querySelectorAll('p, h1, button')]
              .map(e => parseFloat(getComputedStyle(e).fontSize))),
            resources: performance.getEntriesByType('resource').length,
          };
        })()
        """

    @Test("Looking is nothing, pressing is it: built-in pages and own ones, on a phone and on a desk, without scripts")
    func pressed() throws {
        let browser = try Chromium()
        for (name, pages, language, title, done) in [
            ("plain", "null", "en", "Unsubscribe?", "You have unsubscribed"),
            ("own", "\"\(OutsideProgram.root.path)/Config/pages\"", "de", "Abmelden?", "Sie sind abgemeldet"),
        ] {
            let path = folder.path + "/" + name
            let edge = try edge(path, pages: pages)
            for width in [320, 1_280] {
                let person = "ann\(width)@mail.example"
                func status() throws -> String {
                    try tremolo(
                        ["consent", "status", "--sec", "1", "--identifier", "-"] + flags(path), input: person
                    ).output
                }
                let link = "http://127.0.0.1:\(edge.port)/tremunsub?cuid=\(person)&sec=1"
                let signed = try tremolo(["sign", link] + flags(path)).output
                try browser.open(String(signed.dropLast()), width: width, language: language)
                let seen = try browser.evaluate(Self.look)
                let size = seen["size"].elements.compactMap(\.int)
                #expect(size.count == 2 && size[0] <= size[1], "\(name), \(width): \(size)")
                #expect(seen["title"].string == title && seen["textPixels"].double ?? 0 >= 16)
                #expect(seen["pixels"].double ?? 0 >= 44 && seen["resources"].int == 0)
                #expect(seen["html"].string?.contains("mail.example") == false)
                #expect(try status() == "nothing is known\n")
                try browser.allowScripts(false)
                try browser.click("button")
                try browser.allowScripts(true)
                let after = try browser.evaluate(Self.look)
                #expect(after["title"].string == done && after["text"].isMissing, "\(after["title"].string ?? "")")
                #expect(browser.complaints == [], "\(name), \(width)")
                #expect(try status().hasPrefix("opt-out, "))
            }
            #expect(edge.end() == 0)
        }
    }
}
