package import ClickHouse

/// Why the fleet's database can't be used.
package enum FleetError: Error, Equatable, Sendable, CustomStringConvertible {
    /// ClickHouse did not do what it was asked for.
    case server(ClickHouseError)
    /// The database has no tables of this program.
    case noSchema
    /// Its tables are of an older version.
    case olderSchema(UInt32)
    /// Its tables are of a newer version than this program knows.
    case newerSchema(UInt32)
    /// It answered with rows that can't be meant.
    case unreadable(String)
    /// The embedded store, which is asked what it counted, can't be read.
    case store(StoreError)
    /// The journal can't be read.
    case journal(String)

    /// What is wrong, and what to do.
    package var description: String {
        switch self {
        case .server(let error):
            "ClickHouse: \(error)" + Self.hint(error)
        case .noSchema:
            "ClickHouse: the database has no tables yet: run tremolo store init"
        case .olderSchema(let version):
            "ClickHouse: the tables have version \(version), and this program needs \(FleetSchema.version): run "
                + "tremolo store init"
        case .newerSchema(let version):
            "ClickHouse: the tables have version \(version), and this program knows \(FleetSchema.version): use a "
                + "newer program"
        case .unreadable(let what):
            "ClickHouse: \(what) can't be read: is it the same database, and the same tables?"
        case .store(let error): "\(error)"
        case .journal(let reason): reason
        }
    }

    /// True where the same may work later, with nobody having changed anything.
    package var isTemporary: Bool {
        switch self {
        case .server(let error): error.isTemporary
        case .noSchema, .olderSchema, .newerSchema, .unreadable, .store, .journal: false
        }
    }

    /// True where the server ended a question that took longer than it was given.
    package var isTimeout: Bool {
        if case .server(let error) = self { error.isTimeout } else { false }
    }

    /// True where the server does not take the user or the password.
    package var isLogin: Bool {
        if case .server(let error) = self { error.isLogin } else { false }
    }

    private static func hint(_ error: ClickHouseError) -> String {
        if error.isLogin { return ": see clickhouse.user and clickhouse.passwordFile" }
        if error.isMissing { return ": run tremolo store init" }
        return ""
    }
}
