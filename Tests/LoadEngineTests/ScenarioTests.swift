import Bytes
import Foundation
import TestSupport
import Testing

@testable import LoadEngine

@Suite("A scenario's mistakes are found where they stand")
struct ScenarioTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let text: String
        let place: TextPlace
        let message: String

        init(_ name: String, _ text: String, _ line: Int, _ column: Int, _ message: String) {
            testDescription = name
            self.text = text
            place = TextPlace(line: line, column: column)
            self.message = message
        }
    }

    static let section =
        "sections: [{ sec: '1', campaigns: [{ expId: '2' }], links: [{ target: 'https://a.example/' }] }]"

    static let rows: [Row] = [
        Row("an unknown key", "{ \(section),\n  recipents: {} }", 2, 3, "\"recipents\""),
        Row(
            "an unknown key of a link",
            "{ sections: [{ sec: '1', campaigns: [{ expId: '2' }],\n links: [{ url: 'x' }] }] }",
            2, 10, "target is missing"),
        Row(
            "an unknown key beside known ones",
            "{ sections: [{ sec: '1', campaigns: [{ expId: '2',\n  expVer: 1 }] }] }",
            2, 3, "\"expVer\""),
        Row("a missing bracket", "{ \(section)", 1, section.count + 3, "not closed"),
        Row("a key twice", "{ \(section),\n clicks: 1,\n clicks: 2 }", 3, 2, "stands here again"),
        Row("no sections", "\n{ clicks: 1 }", 2, 1, "sections is missing"),
        Row("a share above 1", "{ \(section),\n machineShare: 1.5 }", 2, 16, "from 0 to 1"),
        Row("text for a number", "{ \(section),\n connections: '64' }", 2, 15, "a whole number from 1"),
        Row("a part of a connection", "{ \(section),\n connections: 1.5 }", 2, 15, "a whole number from 1"),
        Row("no such arrivals", "{ \(section),\n arrivals: 'often' }", 2, 12, "constant, poisson, blast"),
        Row(
            "a target without a scheme",
            "{ sections: [{ sec: '1', campaigns: [{ expId: '2' }],\n links: [{ target: 'a.example' }] }] }",
            2, 20, "http://"),
        Row("a header that would end early", "{ \(section),\n host: 'a\\r\\nb' }", 2, 8, "printable"),
        Row("machines without any", "{ \(section), machineShare: 0.1 }", 1, 1, "no machines"),
        Row("neither clicks nor opens", "{ \(section), clicks: 0 }", 1, 1, "both 0"),
        Row("clicks without links", "{ sections: [{ sec: '1', campaigns: [{ expId: '2' }] }] }", 1, 1, "no links"),
        Row("no object", "[1]", 1, 1, "braces"),
    ]

    @Test("Each mistake has its place and says what to write", arguments: rows)
    func mistakes(_ row: Row) throws {
        let bytes = Array(row.text.utf8)
        let error = #expect(throws: ScenarioError.self) { try ScenarioReader.read(bytes.span, name: "x") }
        #expect(error?.place == row.place)
        #expect(error?.message.contains(row.message) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test("A whole scenario is read, and what it leaves out has its default")
    func whole() throws {
        let text = """
            { about: "x", host: "h.example", \(Self.section), recipients: { count: 7, zipf: 1.5 }, opens: 2,
              people: [{ userAgent: "A", weight: 2 }], machines: [{ userAgent: "B" }], machineShare: 0.5, idle: 3,
              perSecond: 1000, arrivals: "blast", durationSeconds: 1.5 }
            """
        let bytes = Array(text.utf8)
        let scenario = try ScenarioReader.read(bytes.span, name: "mine")
        #expect(scenario.name == "mine")
        #expect(scenario.recipientCount == 7 && scenario.recipientExponent == 1.5)
        #expect(scenario.clicks == 1 && scenario.opens == 2)
        #expect(scenario.people == [Scenario.Agent(userAgent: "A", weight: 2)])
        #expect(scenario.perSecond == 1_000 && scenario.arrivals == .blast)
        #expect(scenario.idle == 3 && scenario.slow == 0 && scenario.connections == 32)
        #expect(scenario.sections[0].links[0].location == "https://a.example/")
    }

    static let files = ["click", "open", "connect", "campaign", "hostile", "everybody"]

    @Test("Every file of LoadTests/scenarios is read and makes requests", arguments: files)
    func scenarios(_ name: String) throws {
        let root = URL(fileURLWithPath: fixture("")).deletingLastPathComponent().deletingLastPathComponent()
        let bytes = Array(try Data(contentsOf: root.appendingPathComponent("LoadTests/scenarios/\(name).json5")))
        let scenario = try ScenarioReader.read(bytes.span, name: name)
        #expect(RequestPlan(scenario).expectations.count >= 2)
        let hosts = scenario.sections.flatMap(\.links).map { $0.target.split(separator: "/")[1] }
        let configuration = try String(contentsOf: root.appendingPathComponent("Config/tremolo.json5"), encoding: .utf8)
        for host in Set(hosts) {
            #expect(configuration.contains("\"\(host)\"") || host.hasSuffix(".mywebsite.com"))
        }
    }

    @Test("What runs without a file is scenarios/click.json5")
    func standard() throws {
        let root = URL(fileURLWithPath: fixture("")).deletingLastPathComponent().deletingLastPathComponent()
        let bytes = Array(try Data(contentsOf: root.appendingPathComponent("LoadTests/scenarios/click.json5")))
        let scenario = try ScenarioReader.read(bytes.span, name: "click")
        var standard = Scenario.standard
        standard.about = scenario.about
        #expect(standard == scenario)
    }
}
