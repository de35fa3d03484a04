import Bytes
import Engagement
import HTTPEngine
import TrackingLinks

/// The rules that a worker judges by, and the words that events keep of them, made ready before a worker takes them.
struct EdgeRules: Sendable {
    fileprivate let set: RuleSet
    fileprivate let text: [UInt8]
    /// Where the reasons lie in `text`, by the rule's number, and behind them the version.
    fileprivate let ranges: [Range<Int>]

    init(_ set: RuleSet) {
        self.set = set
        var text: [UInt8] = []
        ranges = (set.ruleReasons + [set.version]).map { word in
            let start = text.count
            text.append(contentsOf: word.utf8)
            return start..<text.count
        }
        self.text = text
    }
}

/// Who fetches, as a worker judges it for events of people who are not followed: nothing that a later judgement could
/// use is kept of these.
///
/// The verdict is what the rules give for method, headers and user agent alone. Verdicts on heads that came not long
/// ago are remembered by `RequestHead.fieldsNumber`, which says that two heads have the same fields, byte for byte.
/// Nothing is allocated.
struct EdgeClasses: ~Copyable {
    /// A class, and the rule that gave it.
    struct Verdict: BitwiseCopyable {
        var engagementClass: EngagementClass
        var ruleNumber: UInt16
    }

    struct Place: BitwiseCopyable {
        /// 0 where nothing is remembered.
        var fieldsNumber: UInt64 = 0
        var request: UInt8 = 0
        var verdict = Verdict(engagementClass: .unknown, ruleNumber: 0)
    }

    private let rules: EdgeRules
    private var places = FixedTable(count: RequestHead.rememberedFieldsMax, of: Place())

    /// Judges by `rules`.
    init(_ rules: EdgeRules) {
        self.rules = rules
    }

    /// Judges one request.
    mutating func verdict(
        on facts: EventFacts, _ link: borrowing TrackingLink, of query: Span<UInt8>, _ head: borrowing RequestHead,
        in bytes: Span<UInt8>
    ) -> Verdict {
        let isDecoy = link.value(of: .tlink).map { DecoyLink.isLabel(query.extracting($0.offsets)) } ?? false
        let request = facts.kind.rawValue << 4 | facts.method.rawValue << 1 | (isDecoy ? 1 : 0)
        let number = head.fieldsNumber
        let place = Int(truncatingIfNeeded: number % UInt64(RequestHead.rememberedFieldsMax))
        if number != 0, places[place].fieldsNumber == number, places[place].request == request {
            return places[place].verdict
        }
        var evidence = RequestEvidence(kind: facts.kind, method: facts.method)
        evidence.hasReferer = HeaderPresence(knownHeaders: head.headerPresence).contains(.referer)
        evidence.isDecoy = isDecoy
        evidence.userAgent = head.value(of: .userAgent).map {
            ByteRange(start: $0.start, count: min($0.count, UInt32(EventField.userAgent.limitBytes)))
        }
        evidence.secPurpose = head.value(of: .secPurpose)
        evidence.purpose = head.value(of: .purpose)
        evidence.xMoz = head.value(of: .xMoz)
        evidence.xPurpose = head.value(of: .xPurpose)
        let found = rules.set.verdict(on: evidence, in: bytes)
        let verdict = Verdict(engagementClass: found.engagementClass, ruleNumber: found.ruleNumber)
        places[place] = Place(fieldsNumber: number, request: request, verdict: verdict)
        return verdict
    }

    /// Appends the reason and the version of the rules to an event.
    func append(_ verdict: Verdict, to events: inout EventWriter, into batch: inout ByteBuffer) {
        events.append(.frozenReason, plain: rules.ranges[Int(verdict.ruleNumber)], of: rules.text.span, into: &batch)
        events.append(.frozenRules, plain: rules.ranges[rules.ranges.count - 1], of: rules.text.span, into: &batch)
    }
}
