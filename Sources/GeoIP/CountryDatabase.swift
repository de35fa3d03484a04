#if GeoIP
    import CMaxMindDB
#endif
import Bytes
package import Engagement
import LinuxSystem

/// A country database in MaxMind's format (`.mmdb`), read by libmaxminddb.
///
/// **Problem.** Events keep an address without its last bits. A country database tells of networks in which country
/// they lie; it is replaced every few days, by whatever tool its owner uses, while the server runs.
///
/// **Shape.** The file is copied into memory of the process that nobody can change any more, and the library reads
/// that: a file that is written over or cut while it is mapped would end the process. The library checks the format
/// and searches the tree; the record that it finds is read by `MaxMindData`.
///
/// **Guarantees.** No file, whatever stands in it, ends the process or keeps it busy for long: what is out of bounds is
/// no country. Any number of threads may ask at once.
///
/// **Not promised.** It takes as much memory as the file has bytes. A build without the trait `GeoIP` can open none.
@safe package final class CountryDatabase: CountryLookup, @unchecked Sendable {
    /// True when this build can read a database.
    package static var isBuiltIn: Bool {
        #if GeoIP
            true
        #else
            false
        #endif
    }

    /// The most that a file may have, in bytes: a database of cities has about 70 MiB.
    package static let fileBytesMax = 1 << 30
    /// Networks of the database that are asked for one cut address. A range in more pieces than this is as good as
    /// always in several countries, or in none.
    package static let networksMax = 64

    package let version: String

    #if GeoIP
        private let database: UnsafeMutablePointer<MMDB_s>

        /// Opens a database.
        package init(path: String) throws(GeoIPError) {
            let copy = try Self.copy(path)
            let opened = UnsafeMutablePointer<MMDB_s>.allocate(capacity: 1)
            unsafe opened.initialize(to: MMDB_s())
            let code = unsafe MMDB_open("/proc/self/fd/\(copy.rawValue)", UInt32(MMDB_MODE_MMAP), opened)
            guard code == MMDB_SUCCESS else {
                unsafe opened.deallocate()
                throw .damaged(reason: unsafe String(cString: MMDB_strerror(code)))
            }
            unsafe database = opened
            let metadata = unsafe opened.pointee.metadata
            let type = unsafe metadata.database_type.map { unsafe Self.printable($0) } ?? ""
            version = "\(type.isEmpty ? "unnamed" : type) \(Self.time(unsafe metadata.build_epoch))"
            try check(type)
        }

        deinit {
            unsafe MMDB_close(database)
            unsafe database.deallocate()
        }

        package func country(of cut: AddressCut) -> CountryCode? {
            let bits = cut.prefixBitCount
            var (high, low) = cut.words
            var found: CountryCode?
            for _ in 0..<Self.networksMax {
                let network = network(cut.address.family, high, low)
                guard let code = network.country, found == nil || found == code else { return nil }
                found = code
                guard network.prefixBitCount > bits else { return code }
                (high, low) = Self.behind(high, low, prefixBitCount: network.prefixBitCount)
                // All of the range was asked for.
                guard Self.prefix(high, low, bits) == cut.words else { return code }
            }
            return nil
        }

        private func network(
            _ family: NetworkAddress.Family, _ high: UInt64, _ low: UInt64
        ) -> (country: CountryCode?, prefixBitCount: Int) {
            var found: Int32 = 0
            var offset: UInt32 = 0
            var prefix: Int32 = 0
            let code = unsafe tremolo_geoip_lookup(
                database, family == .ipv6 ? 1 : 0, high, low, &found, &offset, &prefix)
            guard code == MMDB_SUCCESS, found != 0 else { return (nil, 0) }
            return (countryOfRecord(at: Int(offset)), Int(prefix))
        }

        /// `country.iso_code`: where the address is used. `registered_country`, where the network was handed out, is no
        /// answer to that.
        private func countryOfRecord(at offset: Int) -> CountryCode? {
            let section = unsafe UnsafeRawBufferPointer(
                start: database.pointee.data_section, count: Int(database.pointee.data_section_size))
            let data = unsafe Span<UInt8>(_unsafeBytes: section)
            var reader = MaxMindData()
            guard let country = reader.value(of: "country", in: data, at: offset),
                let code = reader.value(of: "iso_code", in: data, at: country),
                let text = MaxMindData.text(data, at: code)
            else { return nil }
            return CountryCode(data.extracting(text))
        }

        /// Looks at what the library took: sizes that don't fit together, and records without any country.
        private func check(_ type: String) throws(GeoIPError) {
            let metadata = unsafe database.pointee.metadata
            let treeBytes = unsafe UInt64(metadata.node_count) * UInt64(database.pointee.full_record_byte_size)
            guard treeBytes > 0, treeBytes + 16 <= UInt64(unsafe database.pointee.file_size) else {
                throw .damaged(reason: "its search tree does not fit into the file")
            }
            guard hasCountry(nodeCount: unsafe metadata.node_count) else {
                throw .noCountries(type: type.isEmpty ? "unnamed" : type)
            }
        }

        /// True when one of the first records of the tree has a country.
        private func hasCountry(nodeCount: UInt32) -> Bool {
            var records = 0
            for number in 0..<nodeCount where records < Self.recordsLookedAt {
                var node = unsafe MMDB_search_node_s()
                guard unsafe MMDB_read_node(database, number, &node) == MMDB_SUCCESS else { return false }
                let isRecord = unsafe (
                    node.left_record_type == MMDB_RECORD_TYPE_DATA, node.right_record_type == MMDB_RECORD_TYPE_DATA
                )
                let offsets = unsafe (node.left_record_entry.offset, node.right_record_entry.offset)
                for (isData, offset) in [(isRecord.0, offsets.0), (isRecord.1, offsets.1)] where isData {
                    if countryOfRecord(at: Int(offset)) != nil { return true }
                    records += 1
                }
            }
            return false
        }

        private static let recordsLookedAt = 10_000

        /// A sealed copy in memory of a file whose metadata are in order.
        private static func copy(_ path: String) throws(GeoIPError) -> FileDescriptor {
            let bytes = try contents(path)
            let isSound = MaxMindData.hasSoundMetadata(bytes.span)
            guard isSound else { throw .damaged(reason: "its metadata are missing or out of order") }
            do throws(SystemError) {
                let made = try Files.sealedInMemory("tremolo-geoip", contents: bytes.span)
                return made
            } catch {
                throw .file(error)
            }
        }

        private static func contents(_ path: String) throws(GeoIPError) -> [UInt8] {
            do throws(SystemError) {
                let file = try FileDescriptor.open(path, [.read, .nonblocking])
                if try file.status().kind == .file { return try Files.readAll(of: file, limitBytes: fileBytesMax) }
            } catch {
                throw .file(error)
            }
            throw .noFile
        }

        /// The first address behind a network.
        private static func behind(_ high: UInt64, _ low: UInt64, prefixBitCount: Int) -> (UInt64, UInt64) {
            guard prefixBitCount > 64 else { return (high &+ (1 << UInt64(64 - max(prefixBitCount, 1))), low) }
            let (next, carries) = low.addingReportingOverflow(1 << UInt64(128 - prefixBitCount))
            return (carries ? high &+ 1 : high, next)
        }

        private static func prefix(_ high: UInt64, _ low: UInt64, _ bits: Int) -> (UInt64, UInt64) {
            (high & mask(min(bits, 64)), low & mask(max(bits - 64, 0)))
        }

        private static func mask(_ bits: Int) -> UInt64 { bits == 0 ? 0 : ~0 << UInt64(64 - bits) }

        private static func time(_ epochSeconds: UInt64) -> String {
            // What is no time of this format is said as the number that it is.
            guard epochSeconds <= 9_000_000_000 else { return "\(epochSeconds)" }
            return RFC3339.string(epochSeconds * 1_000_000_000, fractionDigits: 0)
        }

        /// A short text of printable ASCII.
        private static func printable(_ text: UnsafePointer<CChar>) -> String {
            var kept = ""
            var index = 0
            while unsafe text[index] != 0, index < 64 {
                let byte = UInt8(bitPattern: unsafe text[index])
                kept.unicodeScalars.append(byte > 32 && byte < 127 && byte != 59 ? Unicode.Scalar(byte) : "_")
                index += 1
            }
            return kept
        }
    #else
        /// Throws: this build can't read it.
        package init(path: String) throws(GeoIPError) {
            throw .notBuiltIn
        }

        package func country(of cut: AddressCut) -> CountryCode? { nil }
    #endif
}
