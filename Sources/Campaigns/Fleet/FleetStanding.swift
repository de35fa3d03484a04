import Bytes

/// What a person should know of a fleet's answer: which nodes hold it back, under which rules they judge, and what
/// could not be read.
package struct FleetStanding: Equatable, Sendable {
    /// Nodes that have shipped nothing for so long that the answer's time leaves them out.
    package var silentNodes = 0
    /// How far the first of these is, in nanoseconds since 1970 UTC; 0 where there is none.
    package var silentSinceNanoseconds: UInt64 = 0
    /// The versions of the rules that the others judge by, ascending.
    package var rulesVersions: [String] = []
    /// Records of facts that can't be decoded.
    package var unreadableFacts = 0
    /// Which the first of these is, and why.
    package var firstUnreadableFact = ""

    /// What a person should know of it, a sentence each.
    package var sentences: [String] {
        var sentences: [String] = []
        let since = RFC3339.string(silentSinceNanoseconds, fractionDigits: 0)
        if silentNodes == 1 {
            sentences.append(
                "a node has shipped nothing since \(since): what it counted later is not in these figures")
        } else if silentNodes > 1 {
            sentences.append(
                "\(silentNodes) nodes have shipped nothing for more than 24 h, the first of them since \(since): what "
                    + "they counted later is not in these figures")
        }
        if rulesVersions.count > 1 {
            sentences.append(
                "the nodes judge by different rules (\(rulesVersions.joined(separator: ", "))): give all of them the "
                    + "same, and run tremolo rebuild where they change")
        }
        if unreadableFacts > 0 {
            sentences.append(
                "sends, names or key changes can't be decoded: \(unreadableFacts) of them, the first "
                    + firstUnreadableFact
            )
        }
        return sentences
    }
}

/// The rows of the table `nodes`, put together.
struct FleetNodes: Equatable {
    /// One row.
    struct Node: Equatable {
        /// Everything journaled before this moment is shipped, in nanoseconds since 1970 UTC; 0 where nothing is.
        var asOfNanoseconds: UInt64
        /// Its accounts.
        var accounting: ReportAccounting
        /// Events that were judged alone because their second was crowded.
        var crowdedEvents: UInt64
        /// The rules that it judges by; empty where it has none yet.
        var rulesVersion: String
    }

    /// A node that lies further behind the newest one is silent: it does not hold back the answer's time.
    static let silenceNanoseconds: UInt64 = 24 * 3_600 * 1_000_000_000

    /// The sums of all accounts.
    private(set) var accounting = ReportAccounting()
    /// The sum of all.
    private(set) var crowdedEvents: UInt64 = 0
    /// How far every node that is not silent has shipped.
    private(set) var asOfNanoseconds: UInt64 = 0
    /// Those of the node that is furthest; nil where nobody has any.
    private(set) var rulesVersion: String?
    /// What a person should know.
    private(set) var standing = FleetStanding()

    init(_ nodes: [Node]) {
        for node in nodes {
            accounting.counted &+= node.accounting.counted
            accounting.pending &+= node.accounting.pending
            accounting.damaged &+= node.accounting.damaged
            accounting.lost &+= node.accounting.lost
            accounting.expired &+= node.accounting.expired
            crowdedEvents &+= node.crowdedEvents
        }
        // A node that has shipped nothing yet holds nobody back.
        let begun = nodes.filter { $0.asOfNanoseconds > 0 }
        guard let newest = begun.map(\.asOfNanoseconds).max() else { return }
        let isSilent: (Node) -> Bool = { newest - $0.asOfNanoseconds > Self.silenceNanoseconds }
        let (silent, present) = (begun.filter(isSilent), begun.filter { !isSilent($0) })
        asOfNanoseconds = present.map(\.asOfNanoseconds).min() ?? newest
        standing.silentNodes = silent.count
        standing.silentSinceNanoseconds = silent.map(\.asOfNanoseconds).min() ?? 0
        standing.rulesVersions = Set(present.map(\.rulesVersion)).filter { !$0.isEmpty }.sorted()
        let latest = present.filter { !$0.rulesVersion.isEmpty }.max { $0.asOfNanoseconds < $1.asOfNanoseconds }
        rulesVersion = latest?.rulesVersion
    }
}
