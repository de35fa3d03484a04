import Campaigns
import GeoIP

/// What a person should know of a column of countries.
enum CountryNotes {
    /// Why rows of answers have no country, a sentence; none where all have one, or nobody asked for them.
    ///
    /// - Parameter geoip: the configured country database.
    static func notes(on answers: [ReportAnswer], geoip: String?) -> [String] {
        var hasColumn = false
        var hasRows = false
        var hasGap = false
        for answer in answers {
            guard let column = answer.columns.firstIndex(of: .country) else { continue }
            hasColumn = true
            for row in answer.rows {
                hasRows = true
                if row.values[column].text == nil { hasGap = true }
            }
        }
        guard hasGap || (hasColumn && !hasRows) else { return [] }
        if !CountryDatabase.isBuiltIn {
            return ["countries are not known: this build has no GeoIP support (make build GEOIP=1 gives one)"]
        }
        guard geoip != nil else {
            return ["countries are not known: no GeoIP database is configured (geoip in the configuration)"]
        }
        return hasRows
            ? ["events in rows without a country were counted when there was no GeoIP database: run tremolo rebuild"]
            : []
    }
}
