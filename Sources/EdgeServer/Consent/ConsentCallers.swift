import Bytes
import Engagement
import Settings

/// Who may report consent: the keys of each section, as digests, and how often they call.
struct ConsentCallers: Sendable {
    private struct Section: Sendable {
        let id: String
        let type: IdentifierType
        let finder: PersonFinder
        let digests: [SHA256Digest]
        var calls: CallRate
    }

    /// What becomes of a call.
    enum Verdict {
        /// It is a change.
        case statement(ConsentBook.Statement)
        /// It is none; what is answered.
        case refused(ConsentDesk.Answer)
    }

    private var sections: [Section]
    /// Calls with a wrong key, of all callers together: who guesses keys gets few tries.
    private var failures = CallRate(perSecond: 10, burst: 50)

    /// The callers of a configuration.
    init(_ configuration: Configuration, keys: KeySet) {
        sections = configuration.sections.filter { !$0.apiKeys.isEmpty }.map { section in
            Section(
                id: section.id, type: section.identifier.engagementType,
                finder: PersonFinder(
                    type: section.identifier.engagementType,
                    key: keys.personKey(section: section.id)),
                digests: section.apiKeys.compactMap { SHA256Digest(hexadecimal: Array($0.utf8).span) },
                calls: CallRate(
                    perSecond: Double(configuration.consentEvents.rate),
                    burst: Double(10 * configuration.consentEvents.rate)))
        }
    }

    /// Goes on with other keys; how often somebody has called stays.
    mutating func use(_ next: ConsentCallers) {
        let before = Dictionary(sections.map { ($0.id, $0.calls) }, uniquingKeysWith: { first, _ in first })
        sections = next.sections
        for index in sections.indices {
            if let calls = before[sections[index].id] { sections[index].calls.spent(as: calls) }
        }
    }

    /// Judges a call.
    mutating func judge(_ event: ConsentEvent, nowNanoseconds now: UInt64) -> Verdict {
        guard let place = place(of: event.key) else {
            // Digests of every section were compared, so that the time tells nobody how near a key was.
            return .refused(failures.take(nowNanoseconds: now) ? ConsentEventAnswer.noKey : ConsentEventAnswer.tooOften)
        }
        guard sections[place].calls.take(nowNanoseconds: now) else { return .refused(ConsentEventAnswer.tooOften) }
        let section = sections[place]
        switch event.read() {
        case .bad(let reason): return .refused(ConsentEventAnswer.bad(reason))
        case .identifier(let type, let value):
            guard type == section.type else {
                return .refused(
                    ConsentEventAnswer.bad("'identifier.type' is not the kind of identifier that the section has"))
            }
            let identifier = Array(value.utf8)
            guard let person = section.finder.person(identifier.span) else {
                let refusal = section.finder.refusal(of: identifier.span) ?? .otherKind
                return .refused(ConsentEventAnswer.bad("'identifier.value' \(refusal.explanation)"))
            }
            return .statement(
                ConsentBook.Statement(section: section.id, person: person, status: event.status, source: .event))
        }
    }

    private func place(of key: [UInt8]?) -> Int? {
        guard let key else { return nil }
        let digest = SHA256Digest.hash(key.span)
        var found: Int?
        for (place, section) in sections.enumerated() {
            for known in section.digests where known == digest { found = place }
        }
        return found
    }
}

/// The keys of senders' systems, which are read again with the configuration.
struct ConsentCallersReload: ReloadPart {
    let desk: ConsentDesk
    let keys: KeySet

    /// `sections` are the workers'.
    func takes(_ path: String) -> Bool { path == "consentEvents.rate" }

    func prepare(
        _ next: Configuration, for workers: inout [WorkerRenewal]
    ) throws(EdgeError) -> @Sendable () -> [String] {
        let callers = ConsentCallers(next, keys: keys)
        return { [desk] in
            desk.use(callers)
            return []
        }
    }
}

/// How often somebody may call: a bucket of tokens that fills by the second.
struct CallRate: Sendable {
    private let perNanosecond: Double
    private let burst: Double
    private var tokens: Double
    private var atNanoseconds: UInt64 = 0

    /// - Parameters:
    ///   - perSecond: calls that may go on for ever.
    ///   - burst: calls that may come at once.
    init(perSecond: Double, burst: Double) {
        perNanosecond = perSecond / 1e9
        self.burst = burst
        tokens = burst
    }

    /// Takes a call.
    ///
    /// - Returns: false when it is one too many.
    mutating func take(nowNanoseconds now: UInt64) -> Bool {
        if now > atNanoseconds {
            tokens = min(burst, tokens + Double(now - atNanoseconds) * perNanosecond)
            atNanoseconds = now
        }
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// True when as many calls may come at once as ever.
    func isFull(nowNanoseconds now: UInt64) -> Bool {
        tokens + Double(now > atNanoseconds ? now - atNanoseconds : 0) * perNanosecond >= burst
    }

    /// Goes on where another one is, as far as this one has room for calls.
    mutating func spent(as other: CallRate) {
        tokens = min(burst, other.tokens)
        atNanoseconds = other.atNanoseconds
    }
}
