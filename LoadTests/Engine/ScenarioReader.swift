import Bytes

/// Reads a scenario file: JSON5 whose keys are those of `Scenario`. The first thing wrong ends the reading with its
/// place.
package enum ScenarioReader {
    /// Reads a file's bytes.
    ///
    /// - Parameter name: what to call the scenario.
    package static func read(_ bytes: Span<UInt8>, name: String) throws(ScenarioError) -> Scenario {
        let value: JSON5Value
        do throws(JSON5Error) {
            value = try JSON5.parse(bytes)
        } catch {
            throw .syntax(error)
        }
        var scenario = Scenario()
        scenario.name = name
        var object = try ScenarioObject(value, key: "the scenario")
        try readTraffic(&object, into: &scenario)
        try readAgents(&object, into: &scenario)
        try readLoad(&object, into: &scenario)
        scenario.sections = try object.list("sections", or: []) { element throws(ScenarioError) in
            try section(element)
        }
        try object.finish()
        guard !scenario.sections.isEmpty else { throw .missing(key: "sections", at: value.place) }
        try check(scenario, at: value.place)
        return scenario
    }

    private static func readTraffic(
        _ object: inout ScenarioObject, into scenario: inout Scenario
    ) throws(ScenarioError) {
        scenario.about = try object.text("about", or: "", mayBeEmpty: true)
        scenario.host = try object.text("host", or: scenario.host)
        scenario.clicks = try object.weight("clicks", or: scenario.clicks)
        scenario.opens = try object.weight("opens", or: scenario.opens)
        if let value = object.take("recipients") {
            var recipients = try ScenarioObject(value, key: "recipients")
            scenario.recipientCount = try recipients.integer(
                "count", or: scenario.recipientCount, in: 1...10_000_000)
            scenario.recipientExponent = try recipients.number("zipf", or: scenario.recipientExponent, in: 0...4)
            try recipients.finish()
        }
        scenario.unlistedHostShare = try object.share("unlistedHostShare", or: 0)
        scenario.unlistedHost = try object.text("unlistedHost", or: scenario.unlistedHost)
        scenario.noTargetShare = try object.share("noTargetShare", or: 0)
        scenario.oversizeHeadShare = try object.share("oversizeHeadShare", or: 0)
    }

    private static func readAgents(
        _ object: inout ScenarioObject, into scenario: inout Scenario
    ) throws(ScenarioError) {
        scenario.people = try object.list("people", or: scenario.people) { element throws(ScenarioError) in
            try agent(element)
        }
        scenario.machines = try object.list("machines", or: []) { element throws(ScenarioError) in
            try agent(element)
        }
        scenario.machineShare = try object.share("machineShare", or: 0)
        scenario.headShare = try object.share("headShare", or: 0)
        scenario.prefetchShare = try object.share("prefetchShare", or: 0)
    }

    private static func readLoad(_ object: inout ScenarioObject, into scenario: inout Scenario) throws(ScenarioError) {
        scenario.newConnectionShare = try object.share("newConnectionShare", or: 0)
        scenario.connections = try object.integer("connections", or: scenario.connections, in: 1...20_000)
        scenario.idle = try object.integer("idle", or: 0, in: 0...1_000_000)
        scenario.slow = try object.integer("slow", or: 0, in: 0...100_000)
        if object.has("perSecond") {
            scenario.perSecond = try object.number("perSecond", or: 0, in: 0.001...100_000_000)
        }
        let kinds = ArrivalSchedule.Kind.allCases.map(\.rawValue)
        let kind = try object.choice("arrivals", or: scenario.arrivals.rawValue, among: kinds)
        scenario.arrivals = ArrivalSchedule.Kind(rawValue: kind) ?? .constant
        scenario.durationSeconds = try object.number("durationSeconds", or: scenario.durationSeconds, in: 0.1...86_400)
        scenario.warmupSeconds = try object.number("warmupSeconds", or: scenario.warmupSeconds, in: 0...3_600)
    }

    private static func section(_ value: JSON5Value) throws(ScenarioError) -> Scenario.Section {
        var object = try ScenarioObject(value, key: "a section")
        let id = try object.identifier("sec")
        let weight = try object.weight("weight", or: 1)
        let fallback: String? = object.has("fallback") ? try object.target("fallback") : nil
        let campaigns = try object.list("campaigns", or: []) { element throws(ScenarioError) in
            try campaign(element)
        }
        let links = try object.list("links", or: []) { element throws(ScenarioError) in try link(element) }
        try object.finish()
        guard !campaigns.isEmpty else { throw .missing(key: "campaigns", at: value.place) }
        return Scenario.Section(id: id, weight: weight, fallback: fallback, campaigns: campaigns, links: links)
    }

    private static func campaign(_ value: JSON5Value) throws(ScenarioError) -> Scenario.Campaign {
        var object = try ScenarioObject(value, key: "a campaign")
        let campaign = Scenario.Campaign(
            id: try object.identifier("expId"), weight: try object.weight("weight", or: 1),
            versions: try object.identifiers("versions", or: ["1"]),
            variations: try object.identifiers("variations", or: ["10596091"]))
        try object.finish()
        return campaign
    }

    private static func link(_ value: JSON5Value) throws(ScenarioError) -> Scenario.Link {
        var object = try ScenarioObject(value, key: "a link")
        let target = try object.target("target")
        let location = object.has("location") ? try object.target("location") : target
        let link = Scenario.Link(target: target, location: location, weight: try object.weight("weight", or: 1))
        try object.finish()
        return link
    }

    private static func agent(_ value: JSON5Value) throws(ScenarioError) -> Scenario.Agent {
        var object = try ScenarioObject(value, key: "a user agent")
        let agent = Scenario.Agent(
            userAgent: try object.text("userAgent"), weight: try object.weight("weight", or: 1))
        try object.finish()
        return agent
    }

    private static func check(_ scenario: Scenario, at place: TextPlace) throws(ScenarioError) {
        guard scenario.clicks + scenario.opens > 0 else {
            throw .contradiction("clicks and opens are both 0: give one a weight", at: place)
        }
        guard scenario.unlistedHostShare + scenario.noTargetShare <= 1 else {
            throw .contradiction("unlistedHostShare and noTargetShare are more than 1 together", at: place)
        }
        if scenario.machineShare > 0, scenario.machines.isEmpty {
            throw .contradiction("machineShare is above 0 and there are no machines: list some", at: place)
        }
        if scenario.people.isEmpty, scenario.machineShare < 1 {
            throw .contradiction("people is empty: list some, or leave it out for one browser", at: place)
        }
        if scenario.clicks > 0, scenario.sections.contains(where: \.links.isEmpty) {
            throw .contradiction("clicks are sent and a section has no links: list some", at: place)
        }
        if scenario.sections.allSatisfy({ $0.weight == 0 }) {
            throw .contradiction("every section has the weight 0: give one a weight", at: place)
        }
    }
}
