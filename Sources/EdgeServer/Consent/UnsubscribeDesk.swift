import Bytes
import Engagement
import HTTPEngine
import TrackingLinks

/// Answers the unsubscribe links of mails (RFC 8058): one for each worker, on that worker's thread alone.
///
/// Whoever only looks, as scanners of mail do, gets a page with a button, and nothing changes. What changes something
/// is a POST of the form that the button sends, or the machine of a mail provider: it is answered when the change is on
/// the disk and in force. A link without a good signature, of a section that is not configured or of nobody, changes
/// nothing, whatever asks.
///
/// Neither a click nor an open: nothing is received or recorded but the change. Nothing of the link stands in an
/// answer, and looking allocates nothing.
struct UnsubscribeDesk: ~Copyable {
    private let desk: ConsentDesk
    private let counters: EdgeCounters
    private var link = TrackingLink()
    private var repair = QueryRepair(bytesMax: LinkLimits.queryBytesMax)
    private var verifier = LinkVerifier()

    /// The most bytes of a body: RFC 8058's form has some hundred, whichever way it is sent.
    private static let bodyBytesMax = 1_024

    init(_ desk: ConsentDesk, counters: EdgeCounters) {
        self.desk = desk
        self.counters = counters
    }

    /// Bytes of body that a request may carry: those of the form, and none for everything else.
    static func bodyLimitBytes(for head: borrowing RequestHead, in bytes: Span<UInt8>) -> Int {
        head.method == .post && UnsubscribeLink.isPath(bytes.extracting(head.path.offsets)) ? bodyBytesMax : 0
    }

    /// Answers a request whose path is that of an unsubscribe link.
    ///
    /// - Parameter nowNanoseconds: since 1970; decides about what has expired.
    mutating func answer(
        _ head: borrowing RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>, _ sections: EdgeSections,
        subjects: inout SubjectMaker, answers: inout EdgeAnswers, nowNanoseconds: UInt64,
        into response: inout ResponseWriter
    ) {
        let isPost: Bool
        switch head.method {
        case .get, .head: isPost = false
        case .post: isPost = true
        default:
            counters.count(.unsubscribeMethodNotAllowed)
            return response.methodNotAllowed(allow: "GET, HEAD, POST")
        }
        let languages = bytes.extracting(head.value(of: .acceptLanguage)?.offsets ?? 0..<0)
        let query = bytes.extracting(head.query?.offsets ?? 0..<0)
        link.read(query: query, repair: &repair)
        let word =
            link.isRepaired
            ? Self.word(of: link, in: repair, sections, &verifier, &subjects, nowNanoseconds)
            : Self.word(of: link, in: query, sections, &verifier, &subjects, nowNanoseconds)
        guard let word else {
            counters.count(.unsubscribeRefused)
            return answers.respond(
                with: sections.pages.page(.refused, languages: languages), .notFound, into: &response)
        }
        guard isPost else {
            counters.count(.unsubscribeShown)
            return answers.respond(with: sections.pages.page(.unsubscribe, languages: languages), .ok, into: &response)
        }
        let contentType = bytes.extracting(head.value(of: .contentType)?.offsets ?? 0..<0)
        guard
            FormBody.holds(
                UnsubscribeLink.formField, UnsubscribeLink.formValue, in: body, contentType: contentType)
        else {
            counters.count(.unsubscribeNoForm)
            return answers.respond(
                with: sections.pages.page(.unsubscribe, languages: languages), .badRequest, isAgain: true,
                into: &response)
        }
        record(word, of: sections, languages, into: &response)
    }

    /// Whose word a link is, in which section.
    private struct Word {
        let section: Int
        let person: Bytes16
    }

    private static func word(
        of link: borrowing TrackingLink, in repair: borrowing QueryRepair, _ sections: EdgeSections,
        _ verifier: inout LinkVerifier, _ subjects: inout SubjectMaker, _ nowNanoseconds: UInt64
    ) -> Word? {
        repair.query.withSpan { word(of: link, in: $0, sections, &verifier, &subjects, nowNanoseconds) }
    }

    private static func word(
        of link: borrowing TrackingLink, in query: Span<UInt8>, _ sections: EdgeSections,
        _ verifier: inout LinkVerifier, _ subjects: inout SubjectMaker, _ nowNanoseconds: UInt64
    ) -> Word? {
        let table = sections.table
        guard let section = table.number(for: link, of: query) else { return nil }
        let verdict = verifier.judgePerson(
            of: link, in: query, keys: table.signingKeys, nowSeconds: nowNanoseconds / 1_000_000_000)
        guard verdict == .good(.person), let person = subjects.person(link, of: query, section: section) else {
            return nil
        }
        return Word(section: section, person: person)
    }

    /// Leaves the word to the desk, which answers when it is in force.
    private func record(
        _ word: Word, of sections: EdgeSections, _ languages: Span<UInt8>, into response: inout ResponseWriter
    ) {
        let done = sections.pages.page(.unsubscribed, languages: languages)
        let again = sections.pages.page(.unsubscribe, languages: languages)
        let failed: ConsentDesk.Answer = { [counters] response in
            counters.count(.unsubscribeUnavailable)
            EdgeAnswers.respondLate(with: again, .serviceUnavailable, isAgain: true, into: &response)
        }
        let statement = ConsentBook.Statement(
            section: sections.id(of: word.section), person: word.person, status: .optedOut, source: .unsubscribeLink)
        desk.take(
            .person(
                statement,
                done: { [counters] response in
                    counters.count(.unsubscribeDone)
                    EdgeAnswers.respondLate(with: done, .ok, into: &response)
                }, failed: failed), into: &response, busy: failed)
    }
}
