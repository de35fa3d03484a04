package import GeoIP
import LinuxSystem
import Settings

/// The country database that `geoip` names.
package enum CountryFile {
    /// Opens it; nil where none is configured.
    ///
    /// - Throws: `EdgeError.countries` with the file and what to do.
    package static func read(_ path: String?) throws(EdgeError) -> CountryDatabase? {
        guard let path else { return nil }
        do throws(GeoIPError) {
            return try CountryDatabase(path: path)
        } catch {
            throw .countries(path: path, reason: "\(error)")
        }
    }

    /// What tells that another file stands at the path, or that it was written to; nil for none.
    static func stamp(_ path: String) -> FileStatus? {
        try? Files.status(path)
    }
}

/// The country database in use, looked after while the server runs. Used by the aggregator's thread alone.
struct CountryWatch {
    /// The database in use; nil where none is configured.
    private(set) var database: CountryDatabase?
    /// Why the file that stands at the path now is not in use.
    private(set) var trouble: String?
    private var path: String?
    private var stamp: FileStatus?
    /// When to look again, by the monotonic clock.
    private var nextLook: UInt64 = 0

    /// Takes what was opened at the start; the first look compares the file with it.
    ///
    /// - Parameter stamp: `CountryFile.stamp` from before it was opened.
    init(_ database: CountryDatabase?, path: String?, stamp: FileStatus?) {
        self.database = database
        self.path = path
        self.stamp = stamp
    }

    /// Looks whether the file is another one, at most once a second, and opens it then. One that can't be used leaves
    /// the old one in use.
    ///
    /// - Returns: true when another database is in use.
    mutating func look(nowNanoseconds: UInt64) -> Bool {
        guard let path, nowNanoseconds >= nextLook else { return false }
        nextLook = nowNanoseconds + Self.lookIntervalNanoseconds
        let found = CountryFile.stamp(path)
        guard found != stamp || (found == nil && trouble == nil) else { return false }
        stamp = found
        do throws(EdgeError) {
            database = try CountryFile.read(path)
            trouble = nil
            return true
        } catch {
            trouble = "\(error): countries are told by the database that was read before"
            return false
        }
    }

    private static let lookIntervalNanoseconds: UInt64 = 1_000_000_000
}
