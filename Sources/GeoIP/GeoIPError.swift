package import LinuxSystem

/// Why a country database can't be used: what is wrong, and what to do.
package enum GeoIPError: Error, Equatable, Sendable, CustomStringConvertible {
    /// This build has no reader for it.
    case notBuiltIn
    /// The file can't be read.
    case file(SystemError)
    /// It is a folder, a pipe or another thing that is no file.
    case noFile
    /// It is no database in MaxMind's format, or a damaged one.
    case damaged(reason: String)
    /// The database is whole and tells no country.
    case noCountries(type: String)

    package var description: String {
        switch self {
        case .notBuiltIn:
            "this build has no GeoIP support: build with make build GEOIP=1, or leave geoip out of the configuration"
        case .file(let error):
            "\(error.reason): check the path that geoip gives, and the file's owner and mode"
        case .noFile: "it is no file: give the path of a country database (.mmdb) with geoip"
        case .damaged(let reason):
            "it is no country database, or a damaged one (\(reason)): download it again"
        case .noCountries(let type):
            "it is a database of the type \(type), whose records have no country.iso_code: give one of countries or "
                + "cities with geoip"
        }
    }
}
