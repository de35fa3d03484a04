import Bytes
import Testing

@testable import Settings

@Suite("Observing ends at a date, and rules for links are whole")
struct SectionRulesTests {
    @Test(arguments: [
        BadConfiguration(
            "{ sections: { a: { observeUntil: '2026-12-31' } } }",
            "1:34: sections.a.observeUntil: it is the end of observing, and this section does not observe: leave it "
                + "out, or write otherwise: \"observe\""),
        BadConfiguration(
            "{ sections: { a: { otherwise: 'observe', observeUntil: '2026-02-30' } } }",
            "1:56: sections.a.observeUntil: it is neither a day nor a moment: write it as in \"2026-12-31\" or "
                + "\"2026-12-31T18:00:00Z\""),
        BadConfiguration(
            "{ sections: { a: { otherwise: 'observe', observeUntil: '2999-01-01' } } }",
            "1:56: sections.a.observeUntil: it is out of range: write a day or a moment of the years 1970 to 2260"),
        BadConfiguration(
            "{ sections: { a: { otherwise: 'observe', observeUntil: '1969-12-31T23:59:59Z' } } }",
            "1:56: sections.a.observeUntil: it is out of range: write a day or a moment of the years 1970 to 2260"),
        BadConfiguration(
            "{ sections: { a: { otherwise: 'observe', observeUntil: null } } }",
            "1:31: sections.a.otherwise: every link is followed while a section is observed, so that has to end at a "
                + "date: set 'sections.a.observeUntil'"),
        BadConfiguration(
            "{ unknownSections: { otherwise: 'observe' } }",
            "1:33: unknownSections.otherwise: it is none of \"ask\", \"fallback\", \"refuse\": write one of them"),
        BadConfiguration(
            "{ unknownSections: { observeUntil: '2026-12-31' } }",
            "1:22: unknownSections.observeUntil: there is no such setting: remove it"),
        BadConfiguration(
            "{ sections: { a: { links: { rewrite: [{ from: 'https://a.example' }] } } } }",
            "1:39: sections.a.links.rewrite[0]: a rule is none without it: set 'to'"),
        BadConfiguration(
            "{ sections: { a: { links: { expire: [{ from: 'https://a.example', to: 'https://b.example' }] } } } }",
            "1:38: sections.a.links.expire[0]: a rule is none without it: set 'after'"),
        BadConfiguration(
            "{ sections: { a: { links: { expire: [{ from: 'a', to: 'b', after: 7 }] } } } }",
            "1:67: sections.a.links.expire[0].after: it is a number: write a text in quotes"),
        BadConfiguration(
            "{ sections: { a: { links: { rewrite: [{ from: 'a', to: 'b', form: 'c' }] } } } }",
            "1:61: sections.a.links.rewrite[0].form: there is no such setting: did you mean 'from'?"),
        BadConfiguration(
            "{ sections: { a: { links: { kill: [''] } } } }",
            "1:36: sections.a.links.kill[0]: it is empty: write a value, or leave it out"),
        BadConfiguration(
            "{ sections: { a: { links: { kill: 'a.example' } } } }",
            "1:35: sections.a.links.kill: it is a text in quotes: write a list in [ ]"),
        BadConfiguration(
            "{ sections: { a: { links: { kills: [] } } } }",
            "1:29: sections.a.links.kills: there is no such setting: did you mean 'kill'?"),
    ])
    func problemsSayWhatToDo(_ row: BadConfiguration) {
        #expect(problems(row.text) == ["t.json5:\(row.message)"])
    }

    private static let whole = """
        { sections: { a: {
            otherwise: "observe", observeUntil: "2026-12-31",
            links: {
              kill: ["dead.example", "/old"],
              expire: [{ from: "https://a.example/s", after: "2026-11-30T10:00:00Z", to: "https://a.example/" }],
              rewrite: [{ from: "https://a.example/x", to: "https://b.example/y" }],
            } } } }
        """

    @Test("What is configured is taken, printed and read again as the same")
    func values() throws {
        let effective = try #require(read(Self.whole).effective)
        let section = try #require(effective.configuration.section("a"))
        let day = try #require(CivilDate(year: 2026, month: 12, day: 31))
        #expect(section.otherwise == .observe && section.observeUntil?.moment == .endOfDay(day))
        #expect(section.links.kill == ["dead.example", "/old"])
        #expect(section.links.expire.map(\.to) == ["https://a.example/"])
        #expect(section.links.expire.map(\.after.moment) == [.instant(nanoseconds: 1_796_032_800_000_000_000)])
        #expect(section.links.rewrite.map(\.from) == ["https://a.example/x"])
        #expect(read(effective.print()).configuration == effective.configuration)
    }

    @Test("Whoever knows what a rule means names the value that is wrong, at its place")
    func judged() {
        let checks = ConfigurationChecks(linkRules: { rules in
            rules.rewrite.isEmpty
                ? []
                : [
                    LinkRuleSettings.Problem(path: "rewrite[0].to", why: "it leads nowhere"),
                    LinkRuleSettings.Problem(path: "kill[1]", why: "it is no host"),
                ]
        })
        #expect(
            read(Self.whole, checks: checks).problems.map(\.description) == [
                "t.json5:4:30: sections.a.links.kill[1]: it is no host",
                "t.json5:6:52: sections.a.links.rewrite[0].to: it leads nowhere",
            ])
    }
}
