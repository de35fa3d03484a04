import Bytes
import HTTPEngine

/// What answers on the admin listener: the dashboard, health, readiness, metrics, and the request to read the
/// configuration again. On a thread of its own; it may allocate, and whoever asks meanwhile waits for a page or a
/// reload.
///
/// `/healthz` and `/readyz` are for balancers and supervisors and say nothing of campaigns, but they too need the token
/// where there is one.
final class AdminHandler: HTTPHandler, HTTPCommitter {
    private let admission: AdminAdmission
    private let health: EdgeHealth
    private let metrics: @Sendable () -> [UInt8]
    private let reload: ConfigurationReload
    private let dashboard: Dashboard
    private let consent: ConsentDesk

    /// - Parameters:
    ///   - admission: who may ask.
    ///   - metrics: the page of `/metrics`.
    ///   - reload: does what `POST /reload` asks for.
    ///   - dashboard: has the pages.
    ///   - consent: takes the events of the consent API, whose callers have keys of their own.
    init(
        admission: AdminAdmission, health: EdgeHealth, metrics: @escaping @Sendable () -> [UInt8],
        reload: ConfigurationReload, dashboard: Dashboard, consent: ConsentDesk
    ) {
        self.consent = consent
        self.dashboard = dashboard
        self.reload = reload
        self.admission = admission
        self.health = health
        self.metrics = metrics
    }

    func turnWillBegin(realtimeNanoseconds: UInt64, monotonicNanoseconds: UInt64) {}

    func connectionOpened(_ facts: inout ConnectionFacts) {}

    func bodyLimitBytes(for head: borrowing RequestHead, in bytes: Span<UInt8>, from facts: ConnectionFacts) -> Int {
        consent.bodyLimitBytes(for: head, in: bytes)
    }

    func bodyRefused(
        _ rejection: HTTPRejection, for head: borrowing RequestHead, in bytes: Span<UInt8>,
        into response: inout ResponseWriter
    ) {
        consent.refuseBody(rejection, of: head, in: bytes, into: &response)
    }

    func respond(
        to head: borrowing RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>, from facts: inout ConnectionFacts,
        into response: inout ResponseWriter
    ) {
        if consent.takeEvent(head, in: bytes, body: body, into: &response) { return }
        let verdict = admission.current.judge(head, in: bytes)
        switch verdict {
        case .allowed, .looking: break
        case .needsToken:
            response.begin(.unauthorized)
            response.header("WWW-Authenticate", "Basic realm=\"tremolo\", charset=\"UTF-8\"")
            return response.finish(contentType: Self.plain, body: "The admin token is missing or wrong.\n")
        case .foreignHost:
            response.begin(.misdirectedRequest)
            return response.finish(
                contentType: Self.plain, body: "This server has another name. Ask it by its address, or set a token.\n")
        case .foreignOrigin:
            response.begin(.forbidden)
            return response.finish(contentType: Self.plain, body: "Pages of other origins may not ask here.\n")
        }
        let path = bytes.extracting(head.path.offsets)
        if path.equals("/reload") {
            guard head.method == .post else { return response.methodNotAllowed(allow: "POST") }
            guard verdict == .allowed else {
                response.begin(.forbidden)
                return response.finish(contentType: Self.plain, body: "This needs the operator's token.\n")
            }
            return respondReload(to: head, in: bytes, into: &response)
        }
        guard head.method == .get || head.method == .head else {
            return response.methodNotAllowed(allow: "GET, HEAD")
        }
        if path.equals("/healthz") {
            response.begin(.ok)
            response.finish(contentType: Self.plain, body: "ok\n")
        } else if path.equals("/readyz") {
            respondReadiness(into: &response)
        } else if path.equals("/metrics") {
            let page = metrics()
            response.begin(.ok)
            response.finish(contentType: "text/plain; version=0.0.4; charset=utf-8", body: page.span)
        } else {
            let query = head.query.map { bytes.extracting($0.offsets).toArray() } ?? []
            dashboard.answer(
                String(decoding: path.toArray(), as: UTF8.self), query: query, mayAct: verdict == .allowed
            )
            .write(into: &response)
        }
    }

    // Nothing is recorded here: there is nothing to commit.

    var committer: AdminHandler { self }

    func commit() {}

    func tick() {}

    func takenOver() {}

    func wasTakenOver() {}

    func finish() {}

    func requestRejected(
        _ rejection: HTTPRejection, from facts: inout ConnectionFacts, into response: inout ResponseWriter
    ) {}

    /// As a page for a browser, which says that it takes one, and as JSON for everybody else.
    private func respondReload(
        to head: borrowing RequestHead, in bytes: Span<UInt8>, into response: inout ResponseWriter
    ) {
        let outcome = reload.run("POST /reload")
        let status: HTTPStatus =
            switch outcome {
            case .applied: .ok
            case .refused: .unprocessableContent
            case .failed: .internalServerError
            }
        let wantsPage = head.value(of: .accept).map { bytes.extracting($0.offsets).hasPrefix("text/html") } ?? false
        if wantsPage {
            return DashboardAnswer(status, .page(dashboard.page(of: outcome))).write(into: &response)
        }
        response.begin(status)
        response.finish(contentType: "application/json", body: outcome.json.span)
    }

    private func respondReadiness(into response: inout ResponseWriter) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("ready")
        writer.bool(health.isReady)
        writer.key("reasons")
        writer.beginArray()
        for reason in health.reasons {
            writer.beginObject()
            writer.key("part")
            writer.string(reason.part.rawValue)
            writer.key("trouble")
            writer.string(reason.trouble)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        let body = writer.bytes + [UInt8(ascii: "\n")]
        response.begin(health.isReady ? .ok : .serviceUnavailable)
        response.finish(contentType: "application/json", body: body.span)
    }

    private static let plain: StaticString = "text/plain; charset=utf-8"
}
