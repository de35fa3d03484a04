import Bytes
import Campaigns
import HTTPEngine
import Reports
import LinuxSystem
import Settings

/// The pages of the admin listener, and their figures as CSV and JSON.
///
/// **Shape.** Each request opens the store for reading, asks what its page shows in one read transaction, and closes
/// it:
/// a rebuild may put another file in its place at any time, and nothing is kept that could be stale. Where the
/// configuration says so, the fleet's database is asked instead, but for what is of this node alone. It runs on the
/// admin listener's thread; workers and the aggregator never wait for it.
///
/// **Guarantees.** An answer takes a bounded time and room: a question that runs for longer than its limit, or has more
/// rows, ends with a page that says so.
struct Dashboard: Sendable {
    /// What the running server knows beside the store.
    struct Standing: Sendable {
        /// Events that wait in memory.
        var waiting: UInt64
        /// Events that were lost and of which no record tells yet.
        var lost: UInt64
        /// The rules that judge now; nil before the first are read.
        var rulesVersion: String?
    }

    let store: StoreFolder
    /// The fleet's database, where it is asked for figures; nil where the node's own store is.
    let fleet: FleetDatabase?
    let health: EdgeHealth
    let sections: DashboardSections
    /// The configured country database.
    let geoip: String?
    let standing: @Sendable () -> Standing
    /// Facts of the node for the page of health.
    let facts: @Sendable () -> [(name: String, value: String)]

    /// Longer questions are for `tremolo report`, which holds up nobody.
    private static let questionNanosecondsMax: UInt64 = 3_000_000_000
    /// Rows of one answer.
    private static let rowsMax = 50_000

    /// The answer to GET of a path.
    ///
    /// - Parameter mayAct: true for the operator.
    func answer(_ path: String, query: [UInt8], mayAct: Bool) -> DashboardAnswer {
        let frame = PageFrame(.server(path: path), view: PageView())
        do throws(Refusal) {
            let fields: [(name: String, value: String)]
            do throws(DashboardQuery.Problem) {
                fields = try DashboardQuery.fields(query)
            } catch {
                throw Refusal(
                    .badRequest, "This address can’t be read", "Its query is not what a form or a link makes.")
            }
            switch path {
            case "/", "":
                return try campaigns(try view(fields))
            case "/campaign": return try campaign(try view(fields))
            case "/table", "/table.csv", "/table.json": return try table(path, try view(fields))
            case "/health", "/health.csv", "/health.json":
                return health(path, mayAct: mayAct)
            default:
                throw Refusal(
                    .notFound, "There is no such page",
                    "There are / (campaigns), /campaign, /table, /health, /healthz, /readyz, /metrics and POST /reload."
                )
            }
        } catch {
            return DashboardAnswer(error.status, .page(MessagePage(error.title, [error.reason], frame: frame).bytes()))
        }
    }

    /// What reading the configuration again came to.
    func page(of outcome: ConfigurationReload.Outcome) -> [UInt8] {
        let frame = PageFrame(.server(path: "/reload"), view: PageView())
        switch outcome {
        case .applied(let applied):
            var sentences = [
                applied.changed.isEmpty
                    ? "Nothing that is in force has changed."
                    : "In force now: \(applied.changed.joined(separator: ", "))."
            ]
            if !applied.needsRestart.isEmpty {
                sentences.append("Waits for a restart: \(applied.needsRestart.joined(separator: ", ")).")
            }
            if !applied.needsRebuild.isEmpty {
                sentences.append("Waits for a restart and a rebuild: \(applied.needsRebuild.joined(separator: ", ")).")
            }
            return MessagePage("The configuration was read again", sentences, frame: frame).bytes()
        case .refused(let problems):
            return MessagePage("The configuration has problems, and nothing was changed", problems, frame: frame)
                .bytes()
        case .failed(let reason):
            return MessagePage("The configuration can’t be read, and nothing was changed", [reason], frame: frame)
                .bytes()
        }
    }

    /// Why there is no such page, in a person's words.
    private struct Refusal: Error {
        let status: HTTPStatus
        let title: String
        let reason: String

        init(_ status: HTTPStatus, _ title: String, _ reason: String) {
            self.status = status
            self.title = title
            self.reason = reason
        }

        init(_ problem: PageView.Problem) {
            self.init(.badRequest, "This view can’t be shown", "\(problem)")
        }
    }

    // MARK: Pages

    private func view(_ fields: [(name: String, value: String)]) throws(Refusal) -> PageView {
        do throws(PageView.Problem) { return try PageView(fields) } catch { throw Refusal(error) }
    }

    private func campaigns(_ view: PageView) throws(Refusal) -> DashboardAnswer {
        let now = SystemClock.realtimeNanoseconds()
        let questions: [ReportQuestion]
        do throws(PageView.Problem) {
            questions = try CampaignsPage.questions(view, nowNanoseconds: now)
        } catch {
            throw Refusal(error)
        }
        let answers = try ask(questions)
        let frame = PageFrame(.server(path: "/"), view: view, nowNanoseconds: now)
        return DashboardAnswer(.ok, .page(CampaignsPage(answers, frame: frame, notes: notes(answers)).bytes()))
    }

    private func campaign(_ view: PageView) throws(Refusal) -> DashboardAnswer {
        let now = SystemClock.realtimeNanoseconds()
        let questions: [ReportQuestion]
        do throws(PageView.Problem) {
            questions = try CampaignPage.questions(view, nowNanoseconds: now)
        } catch {
            throw Refusal(error)
        }
        let answers = try ask(questions) { CampaignPage.followUp(questions, $0) }
        let frame = PageFrame(.server(path: "/campaign"), view: view, nowNanoseconds: now)
        let page = CampaignPage(answers, frame: frame, notes: notes(answers))
        return DashboardAnswer(page.isUnknown ? .notFound : .ok, .page(page.bytes()))
    }

    private func table(_ path: String, _ view: PageView) throws(Refusal) -> DashboardAnswer {
        var view = view
        view.by = view.by ?? "sec,expId"
        let now = SystemClock.realtimeNanoseconds()
        let question: ReportQuestion
        do throws(PageView.Problem) {
            let columns: [ReportColumn]
            do throws(ReportError) {
                columns = try ReportColumn.list(view.by ?? "")
            } catch {
                throw .report(error)
            }
            question = try view.question(by: columns, nowNanoseconds: now)
        } catch {
            throw Refusal(error)
        }
        let answer = try ask([question])[0]
        switch path {
        case "/table.csv": return DashboardAnswer(.ok, .csv(CSVReport(answer).bytes()))
        case "/table.json": return DashboardAnswer(.ok, .json(JSONReport(answer).bytes()))
        default:
            let frame = PageFrame(.server(path: path), view: view, nowNanoseconds: now)
            return DashboardAnswer(.ok, .page(AnswerPage(answer, frame: frame, notes: notes([answer])).bytes()))
        }
    }

    private func health(_ path: String, mayAct: Bool) -> DashboardAnswer {
        var question = ReportQuestion(tellsPeople: false)
        // Nothing is counted for it but where every event is.
        question.sections = []
        let answer: ReportAnswer?
        do throws(Refusal) { answer = try askNode([question]) { _ in [] }[0] } catch { answer = nil }
        let page = HealthPage(
            HealthPage.Standing(
                isReady: health.isReady, troubles: health.reasons.map { ($0.part.rawValue, $0.trouble) },
                accounting: answer?.accounting, asOfNanoseconds: answer?.asOfNanoseconds ?? 0, facts: facts(),
                mayAct: mayAct), frame: PageFrame(.server(path: "/health"), view: PageView()))
        switch path {
        case "/health.csv": return DashboardAnswer(.ok, .csv(page.csv()))
        case "/health.json": return DashboardAnswer(.ok, .json(page.json()))
        default: return DashboardAnswer(.ok, .page(page.bytes()))
        }
    }

    // MARK: The store

    private func ask(
        _ questions: [ReportQuestion], followUp: ([ReportAnswer]) -> [ReportQuestion] = { _ in [] }
    ) throws(Refusal) -> [ReportAnswer] {
        guard let fleet else { return try askNode(questions, followUp: followUp) }
        let until = SystemClock.monotonicNanoseconds() + Self.questionNanosecondsMax
        let report = fleet.report(
            sections.current, limits: .ofPage(untilNanoseconds: until), rowsMax: Self.rowsMax)
        do throws(ReportError) {
            return try report.answers(questions, followUp: followUp)
        } catch {
            throw Self.refusal(error)
        }
    }

    /// Asks the node's own store.
    private func askNode(
        _ questions: [ReportQuestion], followUp: ([ReportAnswer]) -> [ReportQuestion]
    ) throws(Refusal) -> [ReportAnswer] {
        let now = standing()
        do throws(ReportError) {
            let opened: SQLiteCampaignStore
            do throws(StoreError) {
                opened = try store.openForReading()
            } catch {
                throw .store(error)
            }
            opened.limitReading(
                untilNanoseconds: SystemClock.monotonicNanoseconds() + Self.questionNanosecondsMax, rows: Self.rowsMax)
            return try opened.answers(questions, sections: sections.current, followUp: followUp).map { counted in
                var answer = counted
                answer.accounting.waiting = now.waiting
                answer.accounting.lost &+= now.lost
                return answer
            }
        } catch {
            throw Self.refusal(error)
        }
    }

    private static func refusal(_ error: ReportError) -> Refusal {
        switch error {
        case .tooManyRows, .store(.interrupted):
            Refusal(.serviceUnavailable, "This view is too large for a page", "\(error)")
        case .store(.missing):
            Refusal(.serviceUnavailable, "Nothing was counted yet", "The first figures stand here within seconds.")
        case .store:
            Refusal(
                .serviceUnavailable, "The store can’t be read",
                "Clicks and opens are answered and recorded all the same. \(error)")
        case .fleet(let reason) where reason.isTimeout:
            Refusal(
                .serviceUnavailable, "This view is too large for a page",
                "ask for fewer columns or a shorter time, or use tremolo report --store clickhouse")
        case .fleet(let reason):
            Refusal(
                .serviceUnavailable,
                reason.isTemporary ? "ClickHouse does not answer" : "The fleet’s figures can’t be read",
                "Clicks and opens are answered and recorded all the same. \(reason)")
        default: Refusal(.badRequest, "This view can’t be shown", "\(error)")
        }
    }

    /// What a person should know of answers of one state of the store beside their figures.
    private func notes(_ answers: [ReportAnswer]) -> [String] {
        CampaignReport.notes(on: answers[0], rulesNow: standing().rulesVersion)
            + CampaignReport.sealedPeopleNotes(on: answers)
            + CountryNotes.notes(on: answers.filter { $0.fleet == nil }, geoip: geoip)
    }
}
