import LinuxSystem

@testable import LoadEngine

/// The smallest scenario: clicks on one link.
func oneLinkScenario(target: String = "https://www.mywebsite.com/cart") -> Scenario {
    var scenario = Scenario()
    scenario.sections = [
        Scenario.Section(
            id: "8781202", fallback: "https://www.mywebsite.com/", campaigns: [Scenario.Campaign(id: "1001")],
            links: [Scenario.Link(target: target, location: target)])
    ]
    scenario.recipientCount = 100
    scenario.connections = 4
    scenario.warmupSeconds = 0
    scenario.durationSeconds = 0.3
    return scenario
}

extension LoadLimits {
    /// Nothing is given up because a machine is busy.
    static var patient: LoadLimits {
        var limits = LoadLimits()
        limits.timeoutNanoseconds = 60_000_000_000
        limits.lateSendNanoseconds = 60_000_000_000
        return limits
    }
}

/// Runs a scenario against a scripted server, once.
func measure(
    _ scenario: Scenario, perSecond: Double? = nil, threads: Int = 1, depth: CheckDepth = .full,
    limits: LoadLimits = .patient, script: @escaping @Sendable (Int, String) -> ScriptedServer.Answer
) throws -> (figures: RunFigures, ledgers: [RequestLedger]) {
    let server = try ScriptedServer(script)
    defer { server.stop() }
    var session = LoadSession(scenario, threads: threads, seed: 7, salt: 99, processor: nil)
    session.limits = limits
    var shape = session.shape
    shape.perSecond = perSecond
    let figures = try session.run(
        LoadServer(name: "scripted", url: "http://\(server.address)", address: server.address, depth: depth), shape)
    return (figures, session.ledgers)
}
