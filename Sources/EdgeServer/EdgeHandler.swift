import Bytes
import Engagement
import HTTPEngine
import Journal
import LinuxSystem
import Settings
import TrackingLinks

/// What answers the recipients' requests: one for each worker, on that worker's thread alone.
///
/// It reads the link, decides, writes the answer and appends the event to the shard's batch; the engine then commits
/// the batch with one write and sends the answers. Nothing here allocates, locks, formats or waits for another thread.
///
/// A request that is none of the two resources is answered and not recorded: it is not received.
final class EdgeHandler: HTTPHandler {
    /// Requests by what became of them; read by the metrics.
    private let counters: EdgeCounters
    private var sections: EdgeSections
    /// Where a reload leaves what it changed.
    private let renewed: Handover<WorkerRenewal>
    private var files: SmallFiles
    private var subjects: SubjectMaker
    private var recorder: EventRecorder
    private var link = TrackingLink()
    private var repair = QueryRepair(bytesMax: LinkLimits.queryBytesMax)
    private var scratch = LinkScratch()
    private var answers = EdgeAnswers()
    private var proxies: TrustedProxies
    private var limiter: RequestLimiter
    private var nowNanoseconds: UInt64 = 0
    private(set) var limits: HTTPLimits
    private(set) var limitsVersion = 0
    private let shards: WorkerShards
    private let probes: EdgeProbes
    private var doctor: DoctorDesk
    /// Takes events of consent on this port; nil where it has none.
    private let consentEvents: ConsentDesk?
    private var unsubscribing: UnsubscribeDesk

    init(
        sections: EdgeSections, subjects: consuming SubjectMaker, recorder: consuming EventRecorder,
        shards: WorkerShards, proxies: TrustedProxies, probes: EdgeProbes, doctor: DoctorDesk,
        counters: EdgeCounters, files: SmallFiles = SmallFiles([]), httpLimits: HTTPLimits = HTTPLimits(),
        requestLimit: RequestLimit = .none, renewed: Handover<WorkerRenewal> = Handover(), consent: ConsentDesk,
        takesConsentEvents: Bool = false
    ) {
        consentEvents = takesConsentEvents ? consent : nil
        unsubscribing = UnsubscribeDesk(consent, counters: counters)
        self.files = files
        self.renewed = renewed
        limits = httpLimits
        limiter = RequestLimiter(requestLimit)
        self.shards = shards
        self.proxies = proxies
        self.probes = probes
        self.doctor = doctor
        self.sections = sections
        self.subjects = subjects
        self.recorder = recorder
        self.counters = counters
    }

    func turnWillBegin(realtimeNanoseconds: UInt64, monotonicNanoseconds: UInt64) {
        nowNanoseconds = monotonicNanoseconds
        if let renewal = renewed.take() { use(renewal) }
        recorder.turnBegins(atNanoseconds: realtimeNanoseconds)
    }

    private func use(_ renewal: WorkerRenewal) {
        // Before the sections that ask in them.
        if let consent = renewal.consent { subjects.use(consent) }
        if let keys = renewal.keys { subjects.use(keys) }
        if let rules = renewal.rules { recorder.use(EdgeClasses(rules)) }
        if let sections = renewal.sections {
            self.sections = sections
            subjects.use(sections)
        }
        if let networks = renewal.networks { recorder.use(networks) }
        if let proxies = renewal.proxies { self.proxies = proxies }
        if let files = renewal.files { self.files = files }
        if let limit = renewal.requestLimit, limit != limiter.limit { limiter = RequestLimiter(limit) }
        if let limits = renewal.httpLimits, limits != self.limits {
            self.limits = limits
            limitsVersion += 1
            doctor.idleTimeoutSeconds = limits.idleTimeoutNanoseconds / 1_000_000_000
        }
    }

    func isTrustedProxy(_ peer: IPAddress?) -> Bool {
        guard let peer else { return false }
        return proxies.contains(peer)
    }

    func connectionOpened(_ facts: inout ConnectionFacts) {
        facts.room = recorder.words(of: facts.address)
    }

    func bodyLimitBytes(for head: borrowing RequestHead, in bytes: Span<UInt8>, from facts: ConnectionFacts) -> Int {
        max(
            UnsubscribeDesk.bodyLimitBytes(for: head, in: bytes),
            consentEvents?.bodyLimitBytes(for: head, in: bytes) ?? 0)
    }

    func bodyRefused(
        _ rejection: HTTPRejection, for head: borrowing RequestHead, in bytes: Span<UInt8>,
        into response: inout ResponseWriter
    ) {
        if UnsubscribeLink.isPath(bytes.extracting(head.path.offsets)) {
            // As what it is without its body: no form, on a link that is good or not.
            return answerUnsubscribing(head, in: bytes, body: Span(), into: &response)
        }
        consentEvents?.refuseBody(rejection, of: head, in: bytes, into: &response)
    }

    func respond(
        to head: borrowing RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>, from facts: inout ConnectionFacts,
        into response: inout ResponseWriter
    ) {
        guard let resource = TrackingResource(path: bytes.extracting(head.path.offsets)) else {
            respondElsewhere(to: head, in: bytes, body: body, into: &response)
            return
        }
        guard Self.reads(head.method) else {
            counters.count(resource == .click ? .clickMethodNotAllowed : .openMethodNotAllowed)
            response.methodNotAllowed(allow: "GET, HEAD")
            return
        }
        let query = bytes.extracting(head.query?.offsets ?? 0..<0)
        link.read(query: query, repair: &repair)
        if head.headerPresence & KnownHeader.tremoloDoctor.bit != 0,
            let arrival = doctor.arrival(of: head, in: bytes, nowNanoseconds: recorder.timeNanoseconds)
        {
            examine(resource, query, arrival, to: head, in: bytes, from: facts, into: &response)
        } else if link.isRepaired {
            repair.query.withSpan { serve(resource, $0, to: head, in: bytes, from: facts, into: &response) }
        } else {
            serve(resource, query, to: head, in: bytes, from: facts, into: &response)
        }
    }

    /// Decides on the link that was read from `query`, records the event and answers.
    private func serve(
        _ resource: TrackingResource, _ query: Span<UInt8>, to head: borrowing RequestHead, in bytes: Span<UInt8>,
        from facts: ConnectionFacts, into response: inout ResponseWriter
    ) {
        // Taken once: each look into a property that may change holds what it finds anew.
        let table = sections.table
        let section = table.number(for: link, of: query)
        let forwarded = forwarded(by: head, in: bytes, from: facts)
        if let forwarded { counters.count(forwarded.naming) }
        let client = client(of: head, from: facts, forwarded)
        if facts.isTrusted { counters.count(client.scheme) }
        let isWithinLimit = isWithinLimit(facts, forwarded)
        if !isWithinLimit {
            counters.countLimited(resource)
            if limiter.limit.refuses { return refuse(resource, into: &response) }
        }
        let edge = bytes.extracting(client.host?.offsets ?? 0..<0)
        if isWithinLimit { subjects.takeUp(link, of: query, section: section) }
        let decision = TargetPolicy.decide(
            resource, link, of: query, section: section, in: table, edge: edge,
            nowNanoseconds: recorder.timeNanoseconds, scratch: &scratch)
        if isWithinLimit {
            recorder.record(
                decision, resource: resource, link: link, query: query, head: head, bytes: bytes,
                address: client.address, section: section, subjects: &subjects, stored: scratch.stored)
        }
        counters.count(decision)
        guard !answers.answerWithoutPage(decision, url: scratch.url, into: &response) else { return }
        let languages = bytes.extracting(head.value(of: .acceptLanguage)?.offsets ?? 0..<0)
        answers.answerWithPage(decision, url: scratch.url, languages, sections.pages, into: &response)
    }

    /// False for a click or an open whose client's address has had its share. A trusted proxy is many people: its own
    /// address has no limit, whether it names nobody or itself.
    @inline(__always)
    private func isWithinLimit(_ facts: ConnectionFacts, _ forwarded: ForwardedClient?) -> Bool {
        guard limiter.isOn else { return true }
        guard let address = forwarded == nil ? facts.address : forwarded?.address else { return true }
        if forwarded != nil && proxies.contains(address) { return true }
        return limiter.admits(address, atNanoseconds: nowNanoseconds)
    }

    private func refuse(_ resource: TrackingResource, into response: inout ResponseWriter) {
        counters.count(resource == .click ? .clickLimited : .openLimited)
        response.respond(limiter.refusal)
    }

    /// Answers a click of `tremolo doctor`: decided as any other, neither received, recorded nor counted.
    private func examine(
        _ resource: TrackingResource, _ query: Span<UInt8>, _ arrival: DoctorArrival, to head: borrowing RequestHead,
        in bytes: Span<UInt8>, from facts: ConnectionFacts, into response: inout ResponseWriter
    ) {
        let read = link.isRepaired ? repair.query.withSpan { $0.toArray() } : query.toArray()
        let forwarded = forwarded(by: head, in: bytes, from: facts)
        let client = client(of: head, from: facts, forwarded)
        let host = bytes.extracting(client.host?.offsets ?? 0..<0)
        let table = sections.table
        let decision = TargetPolicy.decide(
            resource, link, of: read.span, section: table.number(for: link, of: read.span), in: table, edge: host,
            nowNanoseconds: recorder.timeNanoseconds, scratch: &scratch)
        var arrival = arrival
        arrival.outcome = "\(decision.outcome)"
        arrival.host = client.host == nil ? nil : host.toString()
        arrival.scheme = "\(client.scheme)"
        arrival.isFromProxy = facts.isTrusted
        arrival.address = (forwarded?.address ?? facts.address).map { "\($0)" }
        arrival.addressBy = DoctorArrival.source(of: facts, forwarded)
        doctor.answer(decision, arrival, url: scratch.url, into: &response)
    }

    /// What forwarding headers say, where the request comes from whom they are believed; else nil.
    private func forwarded(
        by head: borrowing RequestHead, in bytes: Span<UInt8>, from facts: ConnectionFacts
    ) -> ForwardedClient? {
        let proxies = self.proxies
        guard let address = facts.address, proxies.contains(address) else { return nil }
        return ForwardedClient(head, in: bytes) { proxies.contains($0) }
    }

    /// Finds out whom a request comes from. Connections of trusted proxies may carry those of many people.
    private func client(
        of head: borrowing RequestHead, from facts: ConnectionFacts, _ forwarded: ForwardedClient?
    ) -> RequestClient {
        var client = RequestClient(facts, host: head.host)
        guard let forwarded else { return client }
        if let named = forwarded.address {
            client.address = recorder.words(of: named)
        } else {
            client.address = AddressRecorder.anonymous(client.address)
        }
        if forwarded.scheme != .unknown { client.scheme = forwarded.scheme }
        if let host = forwarded.host { client.host = host }
        return client
    }

    var gatheringNanoseconds: UInt64 { recorder.committer.gatheringNanoseconds }

    var committer: ShardCommitter { recorder.committer }

    func takenOver() {
        recorder.change(to: shards.replaceCurrent())
    }

    func requestRejected(
        _ rejection: HTTPRejection, from facts: inout ConnectionFacts, into response: inout ResponseWriter
    ) {
        // What a person can bring about with a link and a browser; the rest is short text for who writes clients.
        switch rejection.status {
        case .targetTooLong: response.respond(answers.fixed.lineTooLong)
        case .headTooLarge: response.respond(answers.fixed.headTooLong)
        default: break
        }
    }

    /// True for the two methods that every resource here has. A switch: comparing enumerations of another module calls
    /// their witness.
    @inline(__always)
    private static func reads(_ method: HTTPMethod) -> Bool {
        switch method {
        case .get, .head: true
        default: false
        }
    }

    // MARK: Answers

    private func answerUnsubscribing(
        _ head: borrowing RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>, into response: inout ResponseWriter
    ) {
        unsubscribing.answer(
            head, in: bytes, body: body, sections, subjects: &subjects, answers: &answers,
            nowNanoseconds: recorder.timeNanoseconds, into: &response)
    }

    /// Answers what is neither a click nor an open. The paths and answers are stated in README's "What it answers".
    private func respondElsewhere(
        to head: borrowing RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>, into response: inout ResponseWriter
    ) {
        let path = bytes.extracting(head.path.offsets)
        if UnsubscribeLink.isPath(path) {
            return answerUnsubscribing(head, in: bytes, body: body, into: &response)
        }
        if let consentEvents, consentEvents.takeEvent(head, in: bytes, body: body, into: &response) { return }
        guard Self.reads(head.method) else {
            counters.count(.elsewhereMethodNotAllowed)
            response.methodNotAllowed(allow: "GET, HEAD")
            return
        }
        if let isWell = probes.answer(to: path) {
            if isWell {
                counters.count(.elsewhereOK)
                response.respond(answers.fixed.well)
            } else {
                counters.count(.elsewhereUnavailable)
                response.respond(answers.fixed.unavailable)
            }
        } else if path.equals("/robots.txt") {
            counters.count(.elsewhereOK)
            response.respond(answers.fixed.robots)
        } else if path.equals("/favicon.ico") {
            counters.count(.elsewhereNoContent)
            response.respond(answers.fixed.favicon)
        } else if path.equals("/") || path.isEmpty {
            counters.count(.elsewhereOK)
            response.respond(answers.fixed.root)
        } else if files.answer(path, into: &response) {
            counters.count(.elsewhereOK)
        } else {
            counters.count(.elsewhereNotFound)
            response.respond(answers.fixed.notFound)
        }
    }
}
