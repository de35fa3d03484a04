import Bytes
import Engagement
import LinuxSystem

/// What judging costs, in nanoseconds of processor time.
struct Costs: CustomStringConvertible {
    /// A judged event, its reading included, where a thousand user agents repeat.
    let eventNanoseconds: Double
    /// A user agent that was never seen before.
    let agentNanoseconds: Double
    /// The worst of the hostile ones of 512 bytes, and how it begins.
    let hostile: (name: String, nanoseconds: Double)

    private static let repeatingAgents = 1_000

    /// Measures with the user agents of the lists.
    init(_ judging: Judging) {
        let events = judging.agents.prefix(Self.repeatingAgents).map { judging.event($0) }
        let classifier = Classifier(rules: judging.rules)
        eventNanoseconds = Self.nanoseconds(each: events, rounds: max(1, 50_000 / events.count)) { payload in
            guard let view = try? EventView(payload.span) else { return false }
            return classifier.judge(view, in: payload.span).engagementClass == .machine
        }
        let agents = judging.agents
        agentNanoseconds = Self.nanoseconds(each: agents, rounds: max(1, 50_000 / agents.count)) { agent in
            judging.isMachine(agent)
        }
        var worst = (name: "", nanoseconds: 0.0)
        for text in [
            "bot", "android msie gecko ", "Mozilla/5.0 (", "http://www.", "\u{0}", "a", "googlebo", "crawlerbot/",
        ] {
            let bytes = Array(text.utf8)
            let agent = (0..<512).map { bytes[$0 % bytes.count] }
            let nanoseconds = Self.nanoseconds(each: [agent], rounds: 2_000) { judging.isMachine($0) }
            if nanoseconds > worst.nanoseconds { worst = (JSONWriter.quoted(text), nanoseconds) }
        }
        hostile = worst
    }

    /// Measurements of which the shortest counts: others use the machine's caches too.
    private static let tries = 20

    /// What one input costs, nanoseconds.
    static func nanoseconds<Input>(each inputs: [Input], rounds: Int, _ work: (Input) -> Bool) -> Double {
        var shortest = Double.infinity
        var found = 0
        for _ in 0..<tries {
            let start = SystemClock.threadProcessorNanoseconds()
            for _ in 0..<rounds {
                for input in inputs where work(input) { found += 1 }
            }
            let elapsed = SystemClock.threadProcessorNanoseconds() - start
            shortest = min(shortest, Double(elapsed) / Double(rounds * inputs.count))
        }
        // The count is what the work is for; without a use of it there would be none.
        precondition(found >= 0, "a count is not negative")
        return shortest
    }

    var description: String {
        """
        an event, where a thousand user agents repeat: \(Int(eventNanoseconds)) ns
        a user agent that was never seen: \(Int(agentNanoseconds)) ns
        the worst of the hostile ones of 512 bytes (\(hostile.name) again and again): \(Int(hostile.nanoseconds)) ns

        """
    }
}
