package import Engagement

extension RuleSet {
    /// The built-in rules with a window of some seconds in which no timing rule ever decides; without one for 0.
    package static func waiting(seconds: Int) -> RuleSet {
        guard seconds > 0 else { return .builtIn }
        let text = """
            {
              requests: [
                { method: "HEAD", class: "machine", reason: "head-request" },
                { header: "Sec-Purpose", begins: "prefetch", class: "prefetch", reason: "prefetch-header" },
                { header: "Purpose", begins: "prefetch", class: "prefetch", reason: "prefetch-header" },
                { header: "X-Moz", begins: "prefetch", class: "prefetch", reason: "prefetch-header" },
                { header: "X-Purpose", begins: "preview", class: "prefetch", reason: "preview-header" },
              ],
              userAgents: [
                { is: "", class: "machine", reason: "empty-user-agent" },
                { begins: "curl/", class: "machine", reason: "tool" },
                { begins: "Wget/", class: "machine", reason: "tool" },
              ],
              timing: [
                { distinct: "link", atLeast: 1000000, seconds: \(seconds), by: ["person", "message"],
                  class: "machine", reason: "never" },
              ],
            }
            """
        do throws(EngagementError) {
            // Longer than rules may span otherwise: a story's events are minutes apart.
            return try RuleSet(
                files: [RuleFile(name: "waiting.json5", bytes: Array(text.utf8))],
                withinNanosecondsMax: 3_600_000_000_000)
        } catch {
            preconditionFailure("the rules of the test are wrong: \(error)")
        }
    }
}

extension RuleSet {
    /// Rules that decide something about almost any events that are close together.
    package static let windowed: RuleSet = {
        let text = """
            {
              requests: [{ method: "HEAD", class: "machine", reason: "head-request" }],
              timing: [
                { near: "head-request", seconds: 1, by: ["person", "message", "link", "address", "agent"],
                  class: "machine", reason: "head-and-get" },
                { distinct: "link", atLeast: 5, orEvery: true, seconds: 3, by: ["person", "message", "address"],
                  class: "prefetch", reason: "all-links" },
                { distinct: "link", atLeast: 3, seconds: 0.5, by: ["person", "message", "address", "agent"],
                  class: "machine", reason: "link-burst" },
                { distinct: "person", atLeast: 3, seconds: 0.7, by: ["link", "address"], kind: "click",
                  class: "machine", reason: "many-people" },
                { distinct: "person", atLeast: 2, linksEach: 2, seconds: 0.3, by: ["address", "agent"],
                  class: "machine", reason: "many-people" },
                { afterSend: true, seconds: 1.5, kind: "click", class: "prefetch", reason: "too-soon" },
                { distinct: "address", atLeast: 3, seconds: 0.9, by: ["person", "message"], kind: "click",
                  counts: "undecided", class: "machine", reason: "many-addresses" },
                { distinct: "agent", atLeast: 3, links: 2, seconds: 0.4, by: ["person"], counts: "undecided",
                  class: "proxy", reason: "changing-agents" },
              ],
            }
            """
        do throws(EngagementError) {
            return try RuleSet(files: [RuleFile(name: "windowed.json5", bytes: Array(text.utf8))])
        } catch {
            preconditionFailure("the rules of the test are wrong: \(error)")
        }
    }()
}
