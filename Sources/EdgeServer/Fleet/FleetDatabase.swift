package import Campaigns
package import ClickHouse
import LinuxSystem
package import Settings

/// The ClickHouse database of a fleet, as the configuration names it.
package struct FleetDatabase: Sendable {
    /// Who asks, and where.
    package let account: ClickHouseAccount
    /// How tables are kept.
    package let engine: FleetEngine
    /// How long events stay, in months of their time; nil for ever.
    package let retentionMonths: Int?

    /// What a command says that needs one.
    package static let notConfigured = EdgeError.configuration(
        place: "clickhouse.endpoints", reason: "no endpoint is given, and this needs one")

    /// Reads the settings and the password's file.
    ///
    /// - Returns: nil where no endpoint is given.
    package init?(_ configuration: Configuration) throws(EdgeError) {
        let settings = configuration.clickhouse
        guard !settings.endpoints.isEmpty else { return nil }
        var endpoints: [ClickHouseEndpoint] = []
        for url in settings.endpoints {
            do throws(ClickHouseEndpoint.Problem) {
                endpoints.append(try ClickHouseEndpoint(url))
            } catch {
                throw .configuration(place: "clickhouse.endpoints", reason: "\(error)")
            }
        }
        var account = ClickHouseAccount(
            endpoints: endpoints, database: settings.database, user: settings.user,
            password: try settings.passwordFile.map { (path) throws(EdgeError) in try Self.password(path) } ?? "")
        account.insertQuorum = settings.insertQuorum
        self.account = account
        engine = FleetEngine(clause: settings.engine, cluster: settings.cluster)
        retentionMonths = settings.retention?.months
    }

    /// Makes the tables that are not there, and brings older ones up to date.
    package func makeTables() throws(EdgeError) -> FleetSetup.Outcome {
        do throws(FleetError) {
            return try FleetSetup(account, engine: engine).make()
        } catch {
            throw .fleet(error)
        }
    }

    private static func password(_ path: String) throws(EdgeError) -> String {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.readAll(path, limitBytes: SettingsLimits.secretFileBytesMax)
        } catch {
            throw .file(path: path, error)
        }
        let isLineBreak: (UInt8) -> Bool = { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        let line = bytes.reversed().drop(while: isLineBreak).reversed()
        guard !line.isEmpty, line.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
            throw .clickHousePassword(path: path)
        }
        return String(decoding: line, as: UTF8.self)
    }
}
