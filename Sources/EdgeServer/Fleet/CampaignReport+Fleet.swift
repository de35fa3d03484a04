package import Campaigns
import ClickHouse

extension CampaignReport {
    /// Answers from what the nodes of a fleet have shipped, for a command that waits: no data folder and no running
    /// server is needed.
    ///
    /// - Parameters:
    ///   - questions: answered in their order.
    ///   - followUp: gives what is asked further when they are known.
    package func fromFleet(
        _ questions: [ReportQuestion], followUp: ([ReportAnswer]) -> [ReportQuestion] = { _ in [] }
    ) throws(Failure) -> [ReportAnswer] {
        let database: FleetDatabase?
        do throws(EdgeError) {
            database = try FleetDatabase(configuration)
        } catch {
            throw .edge(error)
        }
        guard let database else {
            let why = "there is no server, and --store clickhouse asks one: set it to the URLs of its HTTP interface"
            throw .edge(.configuration(place: "clickhouse.endpoints", reason: why))
        }
        do throws(ReportError) {
            return try database.report(sections, limits: .ofCommand).answers(questions, followUp: followUp)
        } catch {
            throw .report(error)
        }
    }
}

extension FleetDatabase {
    /// Who answers questions about campaigns.
    func report(
        _ sections: SectionDirectory, limits: ClickHouseClient.Limits, rowsMax: Int? = nil
    ) -> FleetReport {
        FleetReport(
            ClickHouseClient(account, limits: limits), sections: sections, rowsMax: rowsMax,
            untilNanoseconds: limits.untilNanoseconds == .max ? nil : limits.untilNanoseconds)
    }
}

extension ClickHouseClient.Limits {
    /// For a command: a question over billions of rows may take as long as somebody is ready to wait.
    fileprivate static var ofCommand: ClickHouseClient.Limits {
        var limits = ClickHouseClient.Limits()
        limits.exchangeNanoseconds = 3_600_000_000_000
        limits.isPatient = true
        return limits
    }

    /// For a page that is made on the thread of the admin listener.
    static func ofPage(untilNanoseconds: UInt64) -> ClickHouseClient.Limits {
        var limits = ClickHouseClient.Limits()
        limits.silenceMilliseconds = 1_000
        limits.untilNanoseconds = untilNanoseconds
        limits.isPatient = true
        limits.answerBytesMax = 64 << 20
        return limits
    }
}
