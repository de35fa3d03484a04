import Bytes
import EdgeServer
import Engagement
import LinuxSystem
import Settings

/// The executable `judge-agents`: judges lists of user agents by a rule set, and measures what it costs to judge an
/// event, to find an address's network, to look up a person's consent and to count a request.
///
///     judge-agents RULES LISTS
///
/// `LISTS` is a folder of text files, a user agent a line: `machines*.txt` are machines', all others people's. It
/// prints each person's that is called a machine, each machine's that isn't, and the figures. Exit codes: 0 when the
/// promises are held, 65 when one is not, 64 usage, 66 or 74 for files that can't be read.
@main
enum Program {
    /// Of machines that name themselves, so many are found.
    private static let recallMin = 0.95
    /// What an event costs at most, nanoseconds, when user agents repeat as they do.
    private static let eventNanosecondsMax = 1_000.0
    /// What a look-up of a whole address costs at most, nanoseconds, among a hundred thousand ranges.
    private static let networkNanosecondsMax = 50.0
    /// What a look-up of a person's consent costs at most, nanoseconds, among ten million people.
    private static let consentNanosecondsMax = 150.0
    /// Bytes of memory that each of them takes at most.
    private static let consentBytesMax = 12.0

    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 2, let rules = arguments.first, let lists = arguments.last else {
            return end("usage: judge-agents RULES LISTS", .usage)
        }
        do {
            let judging = Judging(rules: try RuleFolder.read(rules))
            var isHeld = true
            for name in try Files.list(lists).sorted() where name.hasSuffix(".txt") {
                let agents = try userAgents("\(lists)/\(name)")
                isHeld = try judge(agents, name: name, judging) && isHeld
            }
            guard !judging.agents.isEmpty else { return end("\(lists): no list: name it *.txt", .noInput) }
            let costs = Costs(judging)
            let networkCosts = try NetworkCosts(judging.rules)
            let consentCosts = ConsentCosts()
            let recordingCosts = RecordingCosts()
            try StandardStream.output.write("\(costs)\(networkCosts)\(consentCosts)\(recordingCosts)")
            isHeld = costs.eventNanoseconds <= eventNanosecondsMax && isHeld
            isHeld = networkCosts.manyNanoseconds <= networkNanosecondsMax && isHeld
            isHeld = networkCosts.shippedNanoseconds <= networkNanosecondsMax && isHeld
            for nanoseconds in [consentCosts.namedNanoseconds, consentCosts.strangerNanoseconds] {
                isHeld = nanoseconds <= consentNanosecondsMax && isHeld
            }
            isHeld = consentCosts.bytesPerPerson <= consentBytesMax && isHeld
            guard isHeld else { return end("a promise is not held", .badInput) }
        } catch let error as SystemError {
            end("\(lists): \(error.reason)", error.isNotFound ? .noInput : .inputOutput)
        } catch {
            end("\(error)", .noInput)
        }
    }

    private static func userAgents(_ path: String) throws(SystemError) -> [[UInt8]] {
        try Files.readAll(path, limitBytes: 256 << 20).split(separator: UInt8(ascii: "\n")).map(Array.init)
    }

    /// Judges one list, and says what is amiss and whether it is held.
    private static func judge(_ agents: [[UInt8]], name: String, _ judging: Judging) throws(SystemError) -> Bool {
        let areMachines = name.hasPrefix("machines")
        var amiss: [[UInt8]] = []
        for agent in agents where judging.isMachine(agent) != areMachines { amiss.append(agent) }
        judging.add(agents)
        for agent in amiss {
            let text = JSONWriter.quoted(String(decoding: agent, as: UTF8.self))
            try StandardStream.output.write("  \(areMachines ? "missed" : "called a machine"): \(text)\n")
        }
        let found = areMachines ? agents.count - amiss.count : amiss.count
        try StandardStream.output.write("\(name): \(found) machines of \(agents.count)\n")
        return areMachines ? Double(found) >= recallMin * Double(agents.count) : amiss.isEmpty
    }

    private static func end(_ message: String, _ code: ExitCode) {
        // There is nobody to tell when standard error is gone.
        try? StandardStream.error.write("judge-agents: \(message)\n")
        Host.endProcess(code.rawValue)
    }
}
