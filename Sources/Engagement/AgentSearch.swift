/// One way to look for a text of the automaton.
struct AgentSearch: Sendable {
    /// What follows when the text is found.
    enum Goal: Sendable {
        /// The rule holds.
        case outcome(AgentOutcome)
        /// One of the groups of a compound rule is there.
        case group(UInt16)
    }

    var byteCount: UInt16
    /// Only at the beginning.
    var isAtStart = false
    /// Not behind what its first byte would be of one word with.
    var isBoundBefore = false
    /// Not before what its last byte would be of one word with.
    var isBoundAfter = false
    /// Where in the spellings the text stands as it has to be; nil when case is not regarded.
    var spelling: Int32?
    var goal: Goal
}

/// A rule that asks for several groups of texts: for something of each of `required`, and for nothing of `forbidden`.
struct CompoundAgentRule: Sendable {
    var required: Range<UInt16>
    var forbidden: UInt16?
    var outcome: AgentOutcome
}
