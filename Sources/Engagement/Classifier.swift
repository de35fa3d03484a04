internal import Bytes
internal import TrackingLinks

/// Judges events as the aggregator reads them, by one rule set.
///
/// A verdict depends on the event and the rule set alone, never on what was judged before: the memory of user agents
/// holds them whole, so that it can't mistake one for another. It has 4,096 places of at most 512 bytes each and never
/// grows. An event that repeats a remembered user agent costs one hash and one comparison of it. For one thread at a
/// time.
package final class Classifier {
    /// The rules that it judges by.
    package let rules: RuleSet

    private var memory: [Remembered?]
    private var reasons: WordList
    private var clients: WordList
    private var devices: WordList
    private var platforms: WordList

    private struct Remembered {
        let hash: UInt64
        let userAgent: [UInt8]
        let findings: AgentFindings
    }

    private static let memoryPlaces = 4_096

    /// A classifier that remembers nothing yet.
    package init(rules: RuleSet) {
        self.rules = rules
        memory = Array(repeating: nil, count: Self.memoryPlaces)
        reasons = WordList(rules.ruleReasons)
        clients = WordList(rules.clientNames)
        devices = WordList(rules.deviceNames)
        platforms = WordList(rules.platformNames)
    }

    /// The verdict on one event.
    ///
    /// - Parameters:
    ///   - event: the event; one with a frozen class keeps it.
    ///   - payload: the bytes that it was read from.
    package func judge(_ event: EventView, in payload: Span<UInt8>) -> Judgement {
        guard event.frozenClass != nil || event.flags.keepsNobody else { return judgeEvidence(of: event, in: payload) }
        let frozen = frozenJudgement(on: event, in: payload)
        guard event.keptClass != nil else { return frozen }
        let found = judgeEvidence(of: event, in: payload)
        return Judgement(
            engagementClass: frozen.engagementClass, ruleNumber: frozen.ruleNumber, clientNumber: found.clientNumber,
            deviceNumber: found.deviceNumber, platformNumber: found.platformNumber, networkNumber: found.networkNumber)
    }

    /// What the event's evidence says of it, whatever verdict is kept beside it: what it is to others.
    package func judgeEvidence(of event: EventView, in payload: Span<UInt8>) -> Judgement {
        var evidence = RequestEvidence(event)
        evidence.network = rules.network(of: event, in: payload)
        let found = findings(on: payload.extracting((evidence.userAgent ?? .empty).offsets))
        var number = rules.requestRule(for: evidence, in: payload)
        if number == RuleSet.defaultRule { number = found.rules.number(for: evidence) }
        if number == RuleSet.defaultRule { number = rules.networkRule(evidence.network, for: evidence.kind) }
        return Judgement(
            engagementClass: rules.engagementClass(ofRule: number), ruleNumber: number,
            clientNumber: found.clientNumber, deviceNumber: found.deviceNumber, platformNumber: found.platformNumber,
            networkNumber: evidence.network)
    }

    /// The word for what decided: `classReason` in `events`.
    package func reason(of judgement: Judgement) -> String { reasons[judgement.ruleNumber] }

    /// The program that fetched, or `unknown`.
    package func client(of judgement: Judgement) -> String { clients[judgement.clientNumber] }

    /// The kind of device that fetched, or `unknown`.
    package func device(of judgement: Judgement) -> String { devices[judgement.deviceNumber] }

    /// The system that it ran on, or `unknown`. Events whose evidence was dropped don't keep it.
    package func platform(of judgement: Judgement) -> String { platforms[judgement.platformNumber] }

    /// The label of the listed network that the request came from, or nil.
    package func network(of judgement: Judgement) -> String? {
        judgement.networkNumber == 0 ? nil : rules.networkLabels[Int(judgement.networkNumber)]
    }

    private func frozenJudgement(on event: EventView, in payload: Span<UInt8>) -> Judgement {
        Judgement(
            engagementClass: event.frozenClass ?? .unknown,
            ruleNumber: event.range(of: .frozenReason).map { reasons.number(of: payload.extracting($0.offsets)) }
                ?? RuleSet.notKeptRule,
            clientNumber: event.range(of: .frozenClient).map { clients.number(of: payload.extracting($0.offsets)) }
                ?? 0,
            deviceNumber: event.range(of: .frozenDevice).map { devices.number(of: payload.extracting($0.offsets)) }
                ?? 0,
            platformNumber: 0)
    }

    private func findings(on userAgent: Span<UInt8>) -> AgentFindings {
        let hash = textHash(userAgent)
        let place = Int(truncatingIfNeeded: hash) & (Self.memoryPlaces - 1)
        if let known = memory[place], known.hash == hash, sameText(known.userAgent.span, userAgent) {
            return known.findings
        }
        let found = rules.findings(onUserAgent: userAgent)
        memory[place] = Remembered(hash: hash, userAgent: userAgent.toArray(), findings: found)
        return found
    }
}

/// Words with numbers: a rule set's own, then those that frozen events bring.
private struct WordList {
    private var words: [String]
    private var numbers: [String: UInt16]

    init(_ words: [String]) {
        self.words = words
        numbers = Dictionary(words.enumerated().map { ($1, UInt16($0)) }, uniquingKeysWith: { first, _ in first })
    }

    subscript(number: UInt16) -> String {
        Int(number) < words.count ? words[Int(number)] : words[0]
    }

    /// The number of a word, which is added while there is one left; past that it is the first word's.
    mutating func number(of text: Span<UInt8>) -> UInt16 {
        let word = text.toString()
        if let known = numbers[word] { return known }
        guard let next = UInt16(exactly: words.count) else { return 0 }
        words.append(word)
        numbers[word] = next
        return next
    }
}
