import Bytes
import Foundation
import TestSupport
import Testing
import TrackingLinks

@testable import EdgeServer

@Suite("An operator's own pages are written in the language that is preferred, or refused with a reason")
struct PageTemplateTests {
    struct Bad: CustomTestStringConvertible {
        var testDescription: String { text }
        var text: String
        var error: PageTemplateError
    }

    static let bad = [
        Bad(text: "{{host}}", error: .missing(name: "url")),
        Bad(text: "{{url}}", error: .missing(name: "host")),
        Bad(text: "{{host}}{{url}}{{url}}", error: .tooOften(name: "url", most: 1)),
        Bad(text: "{{host}}{{host}}{{host}}{{host}}{{host}}{{url}}", error: .tooOften(name: "host", most: 4)),
        Bad(text: "\n{{cuid}}", error: .unknown(name: "cuid", line: 2)),
        Bad(text: "{{#link}}\n{{url}}", error: .notClosed(name: "link", line: 1)),
        Bad(text: "{{#link}}{{#unicode}}", error: .notClosed(name: "link", line: 1)),
        Bad(text: "{{/link}}", error: .notOpened(name: "/link", line: 1)),
        Bad(text: "{{#unicode}}{{/link}}", error: .notOpened(name: "/link", line: 1)),
        Bad(text: "\n\n<SCRIPT>", error: .active(what: "<script", line: 3)),
        Bad(text: "a on=b\n<p\nonclick=x>", error: .active(what: "on…=", line: 3)),
        Bad(text: "<img src=x>", error: .active(what: "<img", line: 1)),
        Bad(text: "<style>@import 'x'</style>", error: .active(what: "@import", line: 1)),
    ]

    @Test(arguments: bad)
    func isRefused(_ row: Bad) {
        #expect(throws: row.error) { try PageTemplate(Array(row.text.utf8), for: .ask) }
    }

    @Test func whatSaysNothingOfALinkHasNoPlaceForIt() {
        #expect(throws: PageTemplateError.notHere(name: "host")) {
            try PageTemplate(Array("{{host}}".utf8), for: .refused)
        }
        #expect(throws: PageTemplateError.notUTF8) { try PageTemplate([0xFF], for: .refused) }
        let long = [UInt8](repeating: 0x20, count: PageTemplate.templateBytesMax + 1)
        #expect(throws: PageTemplateError.tooLong) { try PageTemplate(long, for: .refused) }
    }

    private static let form =
        "<form method=\"post\"><input type=\"hidden\" name=\"List-Unsubscribe\" value=\"One-Click\">"
        + "<button>x</button></form>"

    @Test(
        "A page to unsubscribe has the one form that does, and its policy lets that one be sent",
        arguments: [
            "", "<form method=\"post\"></form>", "<button>x</button>", form + form,
            form.replacing("post", with: "get"), form.replacing("List-U", with: "list-u"),
            form.replacing("One-Click", with: "Two"),
            form.replacing("<form", with: "<form action=\"https://a.example\""),
            form.replacing("<button", with: "<button formaction=\"/x\""), form.replacing("<button", with: "<b"),
            form.replacing("</form>", with: ""), "</form>" + form.replacing("</form>", with: ""),
        ])
    func unsubscribeForm(_ text: String) throws {
        #expect(throws: PageTemplateError.noUnsubscribeForm) {
            try PageTemplate(Array(text.utf8), for: .unsubscribe)
        }
        let page = try PageTemplate(Array("a{{#again}}b{{/again}}\(Self.form)".utf8), for: .unsubscribe)
        #expect(String(decoding: page.contentSecurityPolicy, as: UTF8.self).contains("form-action 'self';"))
        #expect(RecipientPageTests.page(page, nil, in: []) == "a" + Self.form)
        #expect(RecipientPageTests.page(page, nil, in: [], isAgain: true) == "ab" + Self.form)
    }

    @Test("No other page has a form, and only that one may say that it is shown again")
    func otherForms() throws {
        for purpose in PageTemplate.Purpose.allCases where purpose != .unsubscribe {
            #expect(throws: PageTemplateError.active(what: "<form", line: 1)) {
                try PageTemplate(Array("{{host}}{{url}}\(Self.form)".utf8), for: purpose)
            }
            #expect(throws: PageTemplateError.notHere(name: "#again")) {
                try PageTemplate(Array("{{#again}}{{/again}}".utf8), for: purpose)
            }
        }
        for purpose in [PageTemplate.Purpose.unsubscribe, .unsubscribed] {
            #expect(throws: PageTemplateError.notHere(name: "host")) {
                try PageTemplate(Array("{{host}}\(purpose == .unsubscribe ? Self.form : "")".utf8), for: purpose)
            }
        }
    }

    @Test func partsAreThereWhereTheyHold() throws {
        let text = "a{{#link}}b{{url}}{{/link}}{{^link}}c{{/link}}{{ #unicode }}d{{unicodeHost}}{{/unicode}}e{{host}}f"
        let template = try PageTemplate(Array(text.utf8), for: .ask)
        func page(_ host: String, _ url: String?) -> String {
            let bytes = Array((host + (url ?? "")).utf8)
            let range = url.map { _ in ByteRange(host.utf8.count..<bytes.count) }
            let subject = PageTemplate.Subject(host: ByteRange(0..<host.utf8.count), port: nil, url: range)
            return RecipientPageTests.page(template, subject, in: bytes)
        }
        #expect(page("h.example", "u") == "abueh.examplef")
        #expect(page("h.example", nil) == "aceh.examplef")
        #expect(page("xn--fa-hia.example", "u") == "abudfa&#223;.exampleexn--fa-hia.examplef")
    }

    struct Preference: CustomTestStringConvertible {
        var testDescription: String { header }
        var header: String
        var language: String
    }

    static let preferences = [
        Preference(header: "", language: "en"), Preference(header: "fr", language: "en"),
        Preference(header: "de", language: "de"), Preference(header: "DE-at, en;q=0.9", language: "de"),
        Preference(header: "en, de;q=0.9", language: "en"),
        Preference(header: "fr, de;q=0.5, en;q=0.4", language: "de"),
        Preference(header: "de;q=0, pt-BR;q=0.1", language: "pt-br"), Preference(header: "pt", language: "en"),
        Preference(header: "*", language: "en"), Preference(header: " de ; q=0.7 , pt-br;q=0.71", language: "pt-br"),
        Preference(header: ",,;q=1,=,de-", language: "de"), Preference(header: "pt-br-x-y", language: "pt-br"),
        Preference(header: "de;q=9999999999999999999999999", language: "de"),
    ]

    @Test(arguments: preferences)
    func theLanguageIsChosen(_ row: Preference) throws {
        let pages = try ["en", "de", "pt-BR"].map { language in
            try PageTemplate(Array("<html lang='\(language)'>".utf8), for: .refused)
        }
        let all = RecipientPages { $0 == .refused ? pages : [] }
        let header = Array(row.header.utf8)
        let chosen = all.page(.refused, languages: header.span)
        #expect(String(decoding: chosen.language, as: UTF8.self) == row.language)
    }

    @Test func aFolderOfPagesIsReadWithWhatIsMissingBuiltIn() throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        #expect(throws: EdgeError.self) { try PageFolder.read(path + "/none") }
        try Data("<html lang=de>weg".utf8).write(to: URL(fileURLWithPath: path + "/refused.de.html"))
        let pages = try PageFolder.read(path)
        let german = Array("de".utf8)
        #expect(
            RecipientPageTests.page(pages.page(.refused, languages: german.span), nil, in: []) == "<html lang=de>weg")
        let none: [UInt8] = []
        let english = pages.page(.refused, languages: none.span)
        #expect(english.language == Array("en".utf8))
        try Data("<html lang=de>".utf8).write(to: URL(fileURLWithPath: path + "/refused.fr.html"))
        #expect(throws: EdgeError.self) { try PageFolder.read(path) }
    }

    @Test func theShippedPagesAreGood() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let pages = try PageFolder.read(root.deletingLastPathComponent().appendingPathComponent("Config/pages").path)
        for (header, word) in [("", "Continue"), ("de", "Weiter")] {
            let languages = Array(header.utf8)
            let template = pages.page(.ask, languages: languages.span)
            let url = Array("a.example".utf8)
            let subject = PageTemplate.Subject(host: ByteRange(0..<9), port: nil, url: ByteRange(0..<9))
            #expect(RecipientPageTests.page(template, subject, in: url).contains("href=\"a.example\">\(word)</a>"))
            #expect(String(decoding: template.contentSecurityPolicy, as: UTF8.self).contains("'sha256-"))
        }
    }
}
