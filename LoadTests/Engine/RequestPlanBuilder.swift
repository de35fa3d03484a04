import Bytes

/// Makes the pieces of a `RequestPlan`.
struct RequestPlanBuilder {
    private let scenario: Scenario
    private(set) var bytes: [UInt8] = []
    private(set) var shapes: [RequestPlan.Shape] = []
    private(set) var shapeWeights: [Double] = []
    private(set) var agents: [RequestPlan.Agent] = []
    private(set) var agentWeights: [Double] = []
    private(set) var expectations: [ExpectedAnswer] = []
    private(set) var slowStart = 0..<0
    private(set) var slowEnd = 0..<0
    private(set) var slowExpectation = 0

    /// A header line that no server takes: past the 16 KiB that the edge allows, and the 8 KiB of nginx and Apache.
    private static let paddingBytes = 20_000
    /// A request line that no server takes, but whose head as a whole would fit.
    private static let longTargetBytes = 9_000

    init(_ scenario: Scenario) {
        self.scenario = scenario
    }

    // MARK: Shapes

    mutating func addShapes() {
        let sections = normalized(scenario.sections.map(\.weight))
        let kinds = normalized([scenario.clicks, scenario.opens])
        for (section, sectionWeight) in zip(scenario.sections, sections) {
            let campaigns = normalized(section.campaigns.map(\.weight))
            for (campaign, campaignWeight) in zip(section.campaigns, campaigns) {
                let combinations = campaign.versions.count * campaign.variations.count
                for version in campaign.versions {
                    for variation in campaign.variations {
                        let weight = sectionWeight * campaignWeight / Double(combinations)
                        let middle = self.middle(section, campaign, version: version)
                        let mechanism = "&mech=1&smech=0&va=%5B\(variation)%5D"
                        addOpen(middle, mechanism, weight: weight * kinds[1])
                        addClicks(section, middle, mechanism, weight: weight * kinds[0])
                    }
                }
            }
        }
        addOversize()
    }

    private func middle(_ section: Scenario.Section, _ campaign: Scenario.Campaign, version: String) -> String {
        "%40mail.example&cuidType=ihe&sec=\(section.id)&expId=\(campaign.id)&expVer=\(version)&expVisitId="
    }

    private mutating func addOpen(_ middle: String, _ mechanism: String, weight: Double) {
        guard weight > 0 else { return }
        let expectation = expect(ExpectedAnswer(status: 200, body: .pixel))
        add(path: "/tremop", middle: middle, tail: mechanism, isOpen: true, expectation, weight: weight)
    }

    private mutating func addClicks(
        _ section: Scenario.Section, _ middle: String, _ mechanism: String, weight: Double
    ) {
        guard weight > 0 else { return }
        let unlisted = weight * scenario.unlistedHostShare
        let untargeted = weight * scenario.noTargetShare
        for (link, share) in zip(section.links, normalized(section.links.map(\.weight))) where share > 0 {
            let expectation = expect(ExpectedAnswer(status: 302, location: link.location))
            add(
                path: "/tremclk", middle: middle, tail: mechanism + "&targetUrl=" + encoded(link.target),
                isOpen: false, expectation, weight: (weight - unlisted - untargeted) * share)
        }
        if unlisted > 0 {
            let page = ExpectedAnswer.Body.page(containing: Array(scenario.unlistedHost.utf8))
            add(
                path: "/tremclk", middle: middle,
                tail: mechanism + "&targetUrl=" + encoded("https://\(scenario.unlistedHost)/prize"), isOpen: false,
                expect(ExpectedAnswer(status: 200, body: page)), weight: unlisted)
        }
        if untargeted > 0 {
            let expectation =
                section.fallback.map { ExpectedAnswer(status: 302, location: $0) } ?? ExpectedAnswer(status: 404)
            add(
                path: "/tremclk", middle: middle, tail: mechanism, isOpen: false, expect(expectation),
                weight: untargeted)
        }
    }

    /// Heads that are too large, out of all requests: a long header, a long request line.
    private mutating func addOversize() {
        guard scenario.oversizeHeadShare > 0, let section = scenario.sections.first,
            let campaign = section.campaigns.first
        else { return }
        let rest = 1 - scenario.oversizeHeadShare
        shapeWeights = shapeWeights.map { $0 * rest }
        let middle = middle(section, campaign, version: campaign.versions.first ?? "1")
        for status in [431, 414] {
            var expectation = ExpectedAnswer(status: status)
            expectation.isRecorded = false
            expectation.mustClose = true
            let path = status == 414 ? "/" + String(repeating: "a", count: Self.longTargetBytes) : "/tremclk"
            add(
                path: path, middle: middle, tail: "", isOpen: false, expect(expectation),
                weight: scenario.oversizeHeadShare / 2)
            if status == 431 {
                shapes[shapes.count - 1].padding = append(
                    "X-Padding: " + String(repeating: "a", count: Self.paddingBytes) + "\r\n")
            }
        }
    }

    private mutating func add(
        path: String, middle: String, tail: String, isOpen: Bool, _ expectation: Int, weight: Double
    ) {
        guard weight > 0 else { return }
        shapes.append(
            RequestPlan.Shape(
                prefix: append(path + "?cuid=r"), middle: append(middle),
                tail: append(tail + " HTTP/1.1\r\nHost: \(scenario.host)\r\n"), padding: 0..<0, isOpen: isOpen,
                expectation: expectation))
        shapeWeights.append(weight)
    }

    /// The index of an expectation for GET; the one for HEAD is put behind it.
    private mutating func expect(_ expectation: ExpectedAnswer) -> Int {
        if let index = expectations.firstIndex(of: expectation) { return index }
        var forHead = expectation
        forHead.isHead = true
        expectations += [expectation, forHead]
        return expectations.count - 2
    }

    // MARK: Agents

    mutating func addAgents() {
        let people = scenario.people.isEmpty ? [] : normalized(scenario.people.map(\.weight))
        for (agent, weight) in zip(scenario.people, people) {
            let whole = weight * (1 - scenario.machineShare)
            add(agent, isPerson: true, weight: whole * (1 - scenario.prefetchShare))
            add(agent, isPerson: true, isAhead: true, weight: whole * scenario.prefetchShare)
        }
        let machines = scenario.machines.isEmpty ? [] : normalized(scenario.machines.map(\.weight))
        for (agent, weight) in zip(scenario.machines, machines) {
            let whole = weight * scenario.machineShare
            add(agent, isPerson: false, weight: whole * (1 - scenario.headShare))
            add(agent, isPerson: false, isHead: true, weight: whole * scenario.headShare)
        }
    }

    private mutating func add(
        _ agent: Scenario.Agent, isPerson: Bool, isHead: Bool = false, isAhead: Bool = false, weight: Double
    ) {
        guard weight > 0 else { return }
        let ahead = isAhead ? "Sec-Purpose: prefetch;anonymous-client-ip\r\n" : ""
        let start = "User-Agent: \(agent.userAgent)\r\n"
        let click = start + (isPerson ? Self.personsClick : Self.machines) + ahead
        let open = start + (isPerson ? Self.personsOpen : Self.machines) + ahead
        agents.append(
            RequestPlan.Agent(isHead: isHead, clickHeaders: append(click), openHeaders: append(open)))
        agentWeights.append(weight)
    }

    /// What a browser sends when a person follows a link out of a web mail, beside Host, User-Agent and Connection.
    private static let personsClick =
        "Upgrade-Insecure-Requests: 1\r\n"
        + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
        + "Accept-Language: en-GB,en;q=0.9,de;q=0.7\r\nAccept-Encoding: gzip, deflate, br\r\n"
        + "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\n"
        + "Sec-Fetch-Dest: document\r\nPriority: u=0, i\r\n"

    /// What it sends for an image of the mail.
    private static let personsOpen =
        "Accept: image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5\r\n"
        + "Accept-Language: en-GB,en;q=0.9,de;q=0.7\r\nAccept-Encoding: gzip, deflate, br\r\n"
        + "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n"

    private static let machines = "Accept: */*\r\nAccept-Encoding: gzip\r\n"

    // MARK: Slow clients

    mutating func addSlow() {
        let section = scenario.sections.first?.id ?? "0"
        slowStart = append("GET /tremop?sec=\(section)&expVisitId=")
        slowEnd = append(" HTTP/1.1\r\nHost: slow\r\n\r\n")
        slowExpectation = expect(ExpectedAnswer(status: 200, body: .pixel))
    }

    // MARK: Pieces

    private mutating func append(_ text: String) -> Range<Int> {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        return start..<bytes.count
    }

    private func encoded(_ target: String) -> String {
        let bytes = Array(target.utf8)
        var buffer = ByteBuffer(capacity: bytes.count * 3 + 1)
        PercentCoding.encode(bytes.span, into: &buffer)
        return buffer.withSpan { $0.toString() }
    }

    private func normalized(_ weights: [Double]) -> [Double] {
        let sum = weights.reduce(0, +)
        return weights.map { sum > 0 ? $0 / sum : 1 / Double(weights.count) }
    }
}
