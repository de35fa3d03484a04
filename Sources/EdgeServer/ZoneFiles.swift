import Bytes
package import Campaigns
import LinuxSystem
package import Settings

/// Why a time zone can't be used.
enum ZoneError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The name is none that a zone has.
    case badName(String)
    /// The system has no such zone, or no zone data at all.
    case unknown(String)
    /// The zone's file can't be read.
    case unreadable(path: String, SystemError)
    /// The zone's file is no TZif file.
    case malformed(path: String)

    var description: String {
        switch self {
        case .badName(let name): "'\(name)' is no name of a time zone: write one such as \"Europe/Berlin\""
        case .unknown(let name):
            "the system has no time zone '\(name)': write one such as \"Europe/Berlin\", or install the package tzdata"
        case .unreadable(let path, let error): "\(path) can't be read (\(error.reason))"
        case .malformed(let path): "\(path) is no time zone file: install the package tzdata again"
        }
    }
}

/// The system's time zones (tzfile(5)), by name.
enum ZoneFiles {
    private static let folder = "/usr/share/zoneinfo"

    /// The rules of a zone. `UTC` needs no file.
    static func rules(of name: String) throws(ZoneError) -> TimeZoneRules {
        if name == "UTC" { return .utc }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            !part.isEmpty && part != "." && part != ".."
                && part.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || "+-_.".utf8.contains($0) }
        }
        guard isName else { throw .badName(name) }
        let path = "\(folder)/\(name)"
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.readAll(path, limitBytes: 1 << 20)
        } catch {
            if error.isNotFound { throw .unknown(name) }
            throw .unreadable(path: path, error)
        }
        do throws(TimeZoneError) {
            return try TimeZoneRules(tzif: bytes.span)
        } catch {
            throw .malformed(path: path)
        }
    }
}

extension SectionDirectory {
    /// What reports and figures need to know of a configuration's sections.
    package init(_ configuration: Configuration) throws(EdgeError) {
        var sections: [String: Facts] = [:]
        for section in configuration.sections {
            do throws(ZoneError) {
                sections[section.id] = Facts(
                    name: section.name, zone: try ZoneFiles.rules(of: section.timezone), zoneName: section.timezone)
            } catch {
                throw .configuration(place: "sections.\(section.id).timezone", reason: "\(error)")
            }
        }
        self.init(sections)
    }
}
