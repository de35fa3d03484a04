import Bytes
import Reports

/// The query of a page's address, as a browser's form writes it (application/x-www-form-urlencoded).
enum DashboardQuery {
    /// Why it can't be read.
    enum Problem: Error, Equatable {
        /// A name or value is no UTF-8, holds control characters, or has a `%` without two hex digits.
        case unreadable
        /// More fields than any page has.
        case tooManyFields
    }

    private static let fieldsMax = 16

    /// The fields in their order, decoded; empty ones are left out.
    static func fields(_ query: [UInt8]) throws(Problem) -> [(name: String, value: String)] {
        let parts = query.split(separator: UInt8(ascii: "&"))
        guard parts.count <= fieldsMax else { throw .tooManyFields }
        var fields: [(name: String, value: String)] = []
        for part in parts {
            let end = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            let value = end < part.endIndex ? part[(end + 1)...] : []
            fields.append((try text(part[..<end]), try text(value)))
        }
        return fields
    }

    private static func text(_ encoded: ArraySlice<UInt8>) throws(Problem) -> String {
        let bytes = encoded.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        var buffer = ByteBuffer(capacity: max(1, bytes.count))
        let result = PercentCoding.decode(bytes.span, into: &buffer)
        let decoded = buffer.toArray()
        guard !result.brokenEscapes, let text = String(validating: decoded, as: UTF8.self),
            decoded.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { throw .unreadable }
        return text
    }
}
