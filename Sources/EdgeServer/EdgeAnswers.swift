import Bytes
import HTTPEngine
import TrackingLinks

/// What a decision looks like as a response: the redirect, the image, the pages. The server sends it, and `explain`
/// shows its head.
///
/// On the hot path: nothing is allocated after the first use.
struct EdgeAnswers: ~Copyable {
    /// The answers that are the same for everyone.
    let fixed = FixedResponses()
    private var page = ByteBuffer(capacity: PageTemplate.pageBytesMax)
    private var shownHost = ByteBuffer(capacity: UnicodeHost.bytesMax)

    /// Writes the whole response to a click or an open.
    ///
    /// - Parameters:
    ///   - url: the bytes that the decision's ranges lie in (`LinkScratch.url`).
    ///   - languages: the request's `Accept-Language`, empty without one.
    ///   - pages: what recipients may see in place of a redirect.
    mutating func answer(
        _ decision: Decision, url: borrowing ByteBuffer, _ languages: Span<UInt8>, _ pages: RecipientPages,
        into response: inout ResponseWriter
    ) {
        if !answerWithoutPage(decision, url: url, into: &response) {
            answerWithPage(decision, url: url, languages, pages, into: &response)
        }
    }

    /// Writes the whole response where that is a redirect or the image: nearly always.
    ///
    /// - Returns: false, and nothing written, where it is a page.
    func answerWithoutPage(
        _ decision: Decision, url: borrowing ByteBuffer, into response: inout ResponseWriter
    ) -> Bool {
        switch (decision.outcome, decision.destination) {
        case (.pixel, _):
            response.respond(fixed.pixel)
        case (.redirected, .some(let destination)), (.fallback, .some(let destination)):
            url.withSpan(of: destination.offsets) { response.respond(fixed.redirect, to: $0) }
        case (.asked, _), (.refused, _), (.redirected, nil), (.fallback, nil):
            return false
        }
        return true
    }

    /// Writes the whole response where that is a page.
    mutating func answerWithPage(
        _ decision: Decision, url: borrowing ByteBuffer, _ languages: Span<UInt8>, _ pages: RecipientPages,
        into response: inout ResponseWriter
    ) {
        if decision.outcome == .asked {
            respond(with: pages.page(.ask, languages: languages), .ok, about: decision, url, into: &response)
        } else {
            respond(with: pages.page(.refused, languages: languages), .notFound, about: nil, url, into: &response)
        }
    }

    private mutating func respond(
        with template: PageTemplate, _ status: HTTPStatus, about decision: Decision?, _ url: borrowing ByteBuffer,
        into response: inout ResponseWriter
    ) {
        page.removeAll()
        let subject = decision.flatMap { decision in
            decision.target.map { target in
                PageTemplate.Subject(
                    host: target.host, port: target.hasDefaultPort ? nil : target.port, url: decision.destination)
            }
        }
        Self.write(template, subject, url, spare: &shownHost, into: &page)
        Self.beginPage(template, status, into: &response)
        page.withSpan { response.finish(contentType: Self.html, body: $0) }
    }

    /// Writes a response with a page that shows nothing of a link.
    ///
    /// - Parameter isAgain: true where a button was pressed and nothing came of it.
    mutating func respond(
        with template: PageTemplate, _ status: HTTPStatus, isAgain: Bool = false, into response: inout ResponseWriter
    ) {
        Self.respond(with: template, status, isAgain: isAgain, page: &page, spare: &shownHost, into: &response)
    }

    /// The same where it is not a worker's turn to answer: it allocates.
    static func respondLate(
        with template: PageTemplate, _ status: HTTPStatus, isAgain: Bool = false, into response: inout ResponseWriter
    ) {
        var page = ByteBuffer(capacity: PageTemplate.templateBytesMax)
        var spare = ByteBuffer(capacity: UnicodeHost.bytesMax)
        respond(with: template, status, isAgain: isAgain, page: &page, spare: &spare, into: &response)
    }

    private static func respond(
        with template: PageTemplate, _ status: HTTPStatus, isAgain: Bool, page: inout ByteBuffer,
        spare: inout ByteBuffer, into response: inout ResponseWriter
    ) {
        page.removeAll()
        template.write(nil, in: Span(), isAgain: isAgain, spare: &spare, into: &page)
        beginPage(template, status, into: &response)
        if status == .serviceUnavailable { response.header("Retry-After", "1") }
        page.withSpan { response.finish(contentType: html, body: $0) }
    }

    private static let html: StaticString = "text/html; charset=utf-8"

    /// Begins a response with the headers that every page has.
    private static func beginPage(
        _ template: PageTemplate, _ status: HTTPStatus, into response: inout ResponseWriter
    ) {
        response.begin(status)
        let policy = template.contentSecurityPolicy
        response.header("Content-Security-Policy", policy.span)
        let language = template.language
        response.header("Content-Language", language.span)
        response.header("Vary", "Accept-Language")
        response.header("Referrer-Policy", "no-referrer")
        response.header("X-Content-Type-Options", "nosniff")
    }

    private static func write(
        _ template: PageTemplate, _ subject: PageTemplate.Subject?, _ url: borrowing ByteBuffer,
        spare: inout ByteBuffer, into page: inout ByteBuffer
    ) {
        url.withSpan { template.write(subject, in: $0, spare: &spare, into: &page) }
    }
}
