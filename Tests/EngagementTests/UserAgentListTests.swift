import Engagement
import Foundation
import TestSupport
import Testing

@Suite("No browser and no mail client is called a machine, and machines that name themselves are found")
struct UserAgentListTests {
    @Test(arguments: ["browsers", "mail-clients"])
    func peopleStayPeople(_ list: String) throws {
        let agents = try userAgents(list)
        #expect(agents.count > 40)
        for agent in agents {
            for event in [SampleEvent.click(userAgent: agent), .open(userAgent: agent)] {
                #expect(try judge(event).engagementClass == .human, "\(agent)")
            }
        }
    }

    @Test func machinesAreFound() throws {
        let agents = try userAgents("machines")
        #expect(agents.count >= 300)
        let missed = try agents.filter { try judge(.click(userAgent: $0)).engagementClass != .machine }
        #expect(Double(missed.count) <= 0.05 * Double(agents.count), "\(missed)")
    }

    struct Row: CustomTestStringConvertible {
        let userAgent: String
        let engagementClass: EngagementClass
        let reason: String
        var testDescription: String { userAgent }

        init(_ userAgent: String, _ engagementClass: EngagementClass, _ reason: String) {
            self.userAgent = userAgent
            self.engagementClass = engagementClass
            self.reason = reason
        }
    }

    /// Who several lists speak of: the proxies and the mail clients of user-agents.json5 come before every machine.
    @Test(arguments: [
        Row(
            "Mozilla/5.0 (Windows NT 5.1; rv:12.0) Gecko Firefox/12.0 (via ggpht.com GoogleImageProxy)", .proxy,
            "gmail-image-proxy"),
        Row("YahooMailProxy; https://help.yahoo.com/kb/other", .proxy, "yahoo-image-proxy"),
        Row("Mozilla/5.0 SeznamEmailProxy/2.0.200", .proxy, "seznam-image-proxy"),
        Row("Microsoft Office Existence Discovery", .machine, "link-probe"),
        Row("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.14931; Pro)", .human, "mail-client"),
        Row("Airmail 1.3.3 rv:237 (Macintosh; Mac OS X 10.9.3; sk_SK)", .human, "mail-client"),
        Row("WhatsApp/2.23.20.0 A", .machine, "link-preview"),
        Row(
            "Mozilla/5.0 (X11; Linux x86_64) WhatsApp/2.2 Chrome/104.0.5112.124 Electron/20.3.12 Safari/537.36", .human,
            "default"),
        Row("okhttp/4.9.0", .machine, "tool"),
        Row("ExampleCompanyBot/1.0 (+https://example.com/bot)", .machine, "self-declared"),
        Row("Googlebot/2.1 (+http://www.google.com/bot.html)", .machine, "search-engine"),
        Row("thing (owner@example.com)", .machine, "gives-an-address"),
    ])
    func theOrderOfTheListsIsKept(_ row: Row) throws {
        let judged = try judge(.click(userAgent: row.userAgent))
        #expect(judged.engagementClass == row.engagementClass)
        #expect(judged.reason == row.reason)
    }

    @Test func anApplicationThatFetchesImagesMayBeAMailClient() throws {
        #expect(try judge(.open(userAgent: "okhttp/4.9.0")).engagementClass == .human)
    }

    @Test func whatTheImportWritesIsRead() throws {
        let rules = try RuleSet(
            files: [RuleFile(name: "crawlers.json5", bytes: fixtureBytes("crawlers/crawlers.json5"))])
        for (agent, reason) in [
            ("Googlebot/2.1", "search-engine"), ("Apache-HttpClient/4", "tool"), ("WGETbot", "tool"),
            ("Spider at spider.com", "crawler"), ("Android 9; Comet/1", "default"), ("Halley's comet", "default"),
        ] {
            let payload = SampleEvent.click(userAgent: agent).payload
            let classifier = Classifier(rules: rules)
            let judgement = classifier.judge(try EventView(payload.span), in: payload.span)
            #expect(classifier.reason(of: judgement) == reason, "\(agent)")
        }
    }

    private func userAgents(_ list: String) throws -> [String] {
        try String(contentsOfFile: fixture("user-agents/\(list).txt"), encoding: .utf8).split(separator: "\n")
            .map(String.init)
    }

    private func judge(_ event: SampleEvent) throws -> (engagementClass: EngagementClass, reason: String) {
        let payload = event.payload
        let classifier = Classifier(rules: try shippedRules())
        let judgement = classifier.judge(try EventView(payload.span), in: payload.span)
        return (judgement.engagementClass, classifier.reason(of: judgement))
    }
}
