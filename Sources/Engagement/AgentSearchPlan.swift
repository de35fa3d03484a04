internal import Bytes
internal import TrackingLinks

/// The rules on user agents as texts to look for, being collected for an `AgentMatcher`.
struct AgentSearchPlan {
    /// All texts, in small letters, each once.
    private(set) var texts: [[UInt8]] = []
    /// The searches for each text.
    private(set) var searches: [[AgentSearch]] = []
    /// The texts whose case is regarded, as they are spelled, one behind the other.
    private(set) var spellings: [UInt8] = []
    /// The rules that ask for more than one text.
    private(set) var compounds: [CompoundAgentRule] = []
    /// The outcomes of the rules on whole user agents.
    private(set) var wholes: [String: AgentTally] = [:]
    private var textNumbers: [[UInt8]: Int] = [:]
    private var groupCount: UInt16 = 0

    /// How many groups of texts a rule takes.
    static func groupCount(of pattern: TextPattern) -> Int {
        let forbidden = pattern.unless.isEmpty ? 0 : 1
        switch pattern.test {
        case .exact: return 0
        case .prefix, .words: return forbidden * 2
        case .any: return forbidden
        case .contains(let parts): return parts.count + forbidden == 1 ? 0 : parts.count + forbidden
        }
    }

    /// How many bytes of texts a rule looks for, those that rules share counted for each.
    static func byteCount(of pattern: TextPattern) -> Int {
        let words = pattern.unless.reduce(0) { $0 + $1.bytes.count }
        switch pattern.test {
        case .exact: return 0
        case .any: return words
        case .prefix(let text): return words + text.utf8.count
        case .contains(let parts): return words + parts.reduce(0) { $0 + $1.utf8.count }
        case .words(let looked): return words + looked.reduce(0) { $0 + $1.bytes.count }
        }
    }

    /// Adds a rule.
    mutating func add(_ pattern: TextPattern, _ outcome: AgentOutcome) {
        if case .exact(let text) = pattern.test { return addWhole(text, outcome) }
        guard Self.groupCount(of: pattern) > 0 else { return addSearches(pattern.test) { _ in .outcome(outcome) } }
        let start = groupCount
        groupCount += UInt16(Self.groupCount(of: pattern))
        addSearches(pattern.test) { .group(start + UInt16($0)) }
        let forbidden = pattern.unless.isEmpty ? nil : groupCount - 1
        for word in pattern.unless { addWord(word, .group(groupCount - 1)) }
        compounds.append(
            CompoundAgentRule(required: start..<(forbidden ?? groupCount), forbidden: forbidden, outcome: outcome))
    }

    /// Adds a test's searches; `goal` says what the part with that number is for.
    private mutating func addSearches(_ test: TextPattern.Test, goal: (Int) -> AgentSearch.Goal) {
        switch test {
        case .exact, .any:
            break
        case .prefix(let text):
            insert(
                text.utf8.map(\.asciiLowercased),
                AgentSearch(byteCount: UInt16(text.utf8.count), isAtStart: true, goal: goal(0)))
        case .contains(let parts):
            for (number, part) in parts.enumerated() {
                let start = Int32(spellings.count)
                spellings.append(contentsOf: part.utf8)
                insert(
                    part.utf8.map(\.asciiLowercased),
                    AgentSearch(byteCount: UInt16(part.utf8.count), spelling: start, goal: goal(number)))
            }
        case .words(let words):
            for word in words { addWord(word, goal(0)) }
        }
    }

    private mutating func addWord(_ word: WordPattern, _ goal: AgentSearch.Goal) {
        insert(
            word.bytes,
            AgentSearch(
                byteCount: UInt16(word.bytes.count), isBoundBefore: !word.isOpenBefore, isBoundAfter: !word.isOpenAfter,
                goal: goal))
    }

    private mutating func insert(_ text: [UInt8], _ search: AgentSearch) {
        if let number = textNumbers[text] {
            searches[number].append(search)
        } else {
            textNumbers[text] = texts.count
            texts.append(text)
            searches.append([search])
        }
    }

    /// Adds a rule on a whole user agent. Events keep it with its email addresses masked, so both spellings are known.
    private mutating func addWhole(_ text: String, _ outcome: AgentOutcome) {
        for spelling in Set([text, Self.masked(text)]) { wholes[spelling, default: AgentTally()].add(outcome) }
    }

    private static func masked(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var buffer = ByteBuffer(capacity: EmailMask.maximumCount(masking: bytes.count) + 1)
        EmailMask.append(bytes.span, into: &buffer)
        return buffer.withSpan { $0.toString() }
    }
}
