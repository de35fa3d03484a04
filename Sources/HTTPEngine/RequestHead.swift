package import Bytes

/// A request line and its header fields, as ranges of the bytes that it was parsed from.
///
/// The parser fills one value again and again: what it needs is allocated once, and nothing is copied. Every range
/// counts from the request's first byte: it means something only beside the bytes that are lent with the head.
package struct RequestHead: ~Copyable {
    /// Most header fields that a head holds.
    package static let headerCapacity = 64
    /// Most known headers: a bit each.
    static var knownCapacity: Int { 64 }

    /// One header field.
    package struct Field: Sendable, BitwiseCopyable {
        /// A field of no bytes.
        static let none = Field(nameStart: 0, nameEnd: 0, value: 0..<0)

        private let nameStart: UInt32
        private let nameEnd: UInt32
        private let valueStart: UInt32
        private let valueEnd: UInt32

        /// The name as it came.
        package var name: ByteRange { ByteRange(start: nameStart, count: nameEnd &- nameStart) }
        /// The value without the white space around it.
        package var value: ByteRange { ByteRange(start: valueStart, count: valueEnd &- valueStart) }

        @inline(__always)
        init(nameStart: Int, nameEnd: Int, value: Range<Int>) {
            self.nameStart = UInt32(truncatingIfNeeded: nameStart)
            self.nameEnd = UInt32(truncatingIfNeeded: nameEnd)
            valueStart = UInt32(truncatingIfNeeded: value.lowerBound)
            valueEnd = UInt32(truncatingIfNeeded: value.upperBound)
        }

        private init(_ field: Field, movedBy distance: UInt32) {
            nameStart = field.nameStart &+ distance
            nameEnd = field.nameEnd &+ distance
            valueStart = field.valueStart &+ distance
            valueEnd = field.valueEnd &+ distance
        }

        /// The field of the same bytes where everything stands that much further behind.
        @inline(__always)
        func moved(by distance: UInt32) -> Field { Field(self, movedBy: distance) }
    }

    /// How the end of the body is found (RFC 9112 section 6.3).
    package enum BodyFraming: Equatable, Sendable {
        /// There is no body.
        case none
        /// That many bytes follow.
        case length(Int)
        /// Chunks follow.
        case chunked
    }

    /// The method.
    package internal(set) var method = HTTPMethod.get
    /// The version.
    package internal(set) var version = HTTPVersion.http11
    /// The request target as it came.
    package internal(set) var target = ByteRange.empty
    /// The path of the target; no bytes for an absolute target without one, which means `/`, and for CONNECT.
    package internal(set) var path = ByteRange.empty
    /// What follows the first `?` of the target, a fragment that a client sent included; nil without a `?`.
    package internal(set) var query: ByteRange?
    /// The authority that the request is for: that of an absolute target, else the value of Host, which may be empty;
    /// nil for an HTTP/1.0 request without Host.
    package internal(set) var host: ByteRange?
    /// How the body is delimited.
    package internal(set) var body = BodyFraming.none
    /// True when the client wants the connection to go on (RFC 9112 section 9.3).
    package internal(set) var keepsAlive = true
    /// True when the client waits for leave to send the body (RFC 9110 section 10.1.1).
    package internal(set) var expectsContinue = false
    /// A bit for each known header that is there: see `KnownHeader.bit`.
    package var headerPresence: UInt64 { facts.presence }
    /// A hash of the header names in their order, known or not, without regard to case.
    ///
    /// The same names give the same hash in every version of this code. Of each name, its bytes are each combined with
    /// 0x20 by OR (letters become small) and read as little-endian words of eight bytes, the last one filled with
    /// zeros, at most four of them; `HeaderNameKey.hash` makes one number of them and of the name's length. Each number
    /// is then folded in with `h = (h XOR number) * 0x9E3779B97F4A7C15; h = h XOR (h >> 32)`. It begins at 0.
    package var orderHash: UInt64 { facts.orderHash }
    /// Number of header fields.
    package var headerCount: Int { facts.count }

    /// Heads of one worker with the same number have the same header fields, byte for byte; 0 says nothing. Of two
    /// numbers that are the same modulo `rememberedFieldsMax`, only the one that came last comes again.
    package var fieldsNumber: UInt64 { facts.number }
    /// How many texts of header fields are remembered at once.
    package static var rememberedFieldsMax: Int { FieldMemo.placeCount }

    var facts = FieldFacts()
    /// Where the fields begin.
    var fieldsStart: UInt32 = 0
    /// Every field, in the order that they came in; places count from `fieldsStart`.
    var fields = FixedTable(count: RequestHead.headerCapacity, of: Field.none)
    /// The fields of earlier heads.
    var memo = FieldMemo()
    let names = KnownHeaderTable.shared
    /// The last Host that was found to be well-formed, of at most so many bytes: the next request mostly has the same.
    var goodHost = ByteBuffer(capacity: 256)
    /// For each known header that is there, the place of its first field.
    var known = FixedTable(count: RequestHead.knownCapacity, of: UInt8(0))

    package init() {
    }

    /// The value of a known header, of the first one where it is repeated; nil when it is missing.
    @inline(__always)
    package func value(of header: KnownHeader) -> ByteRange? {
        guard facts.presence & header.bit != 0 else { return nil }
        return fields[Int(known[Int(header.rawValue)])].moved(by: fieldsStart).value
    }

    /// True when a known header is there more than once.
    package func isRepeated(_ header: KnownHeader) -> Bool {
        facts.repeated & header.bit != 0
    }

    /// The place of a known header's first field at `start` or behind it, for `field(at:)`; nil when there is none. The
    /// fields of one name are one list, in this order (RFC 9110 section 5.3). O(fields) where it is repeated.
    package func place(of header: KnownHeader, from start: Int, in bytes: Span<UInt8>) -> Int? {
        guard facts.presence & header.bit != 0 else { return nil }
        let first = Int(known[Int(header.rawValue)])
        if start <= first { return first }
        guard isRepeated(header) else { return nil }
        for index in start..<max(start, headerCount)
        where bytes.extracting(field(at: index).name.offsets).equalsIgnoringASCIICase(header.name) {
            return index
        }
        return nil
    }

    /// False when the value of a known header holds no at sign, however it is written, and so no email address: whoever
    /// looks for one needn't look again.
    @inline(__always)
    package func mayHoldAtSign(_ header: KnownHeader) -> Bool {
        facts.withAtSigns & header.bit != 0
    }

    /// False when that is so of every known header.
    @inline(__always)
    package var mayHoldAtSign: Bool { facts.withAtSigns != 0 }

    /// The header field at a place in the order that they came in, from 0 up to `headerCount`.
    package func field(at index: Int) -> Field {
        precondition(index >= 0 && index < headerCount, "the request has fewer header fields")
        return fields[index].moved(by: fieldsStart)
    }

    /// The value of the first field of that name, compared without regard to case, or nil. O(fields).
    package func firstField(named name: StaticString, in bytes: Span<UInt8>) -> ByteRange? {
        for index in 0..<headerCount
        where bytes.extracting(field(at: index).name.offsets).equalsIgnoringASCIICase(name) {
            return field(at: index).value
        }
        return nil
    }

    /// Forgets the last request.
    mutating func reset() {
        method = .get
        query = nil
        host = nil
        body = .none
        keepsAlive = true
        expectsContinue = false
        facts = FieldFacts()
    }

    /// Takes the fields that a text had before, if it is remembered.
    mutating func recall(_ text: Span<UInt8>, at place: Int) -> Bool {
        memo.recall(text, at: place, facts: &facts, fields: &fields, known: &known)
    }

    /// Remembers the fields as those of a text.
    mutating func remember(_ text: Span<UInt8>, at place: Int) {
        memo.remember(text, at: place, facts: &facts, fields: fields, known: known)
    }

    /// Adds a field, whose places count from `fieldsStart`, and remembers where a known one stands.
    @inline(__always)
    mutating func append(_ field: Field, nameHash: UInt64, known header: KnownHeader?, mayHoldAtSign: Bool) {
        if let header {
            if facts.presence & header.bit == 0 {
                facts.presence |= header.bit
                if mayHoldAtSign { facts.withAtSigns |= header.bit }
                known[Int(header.rawValue)] = UInt8(truncatingIfNeeded: facts.count)
            } else {
                facts.repeated |= header.bit
            }
        }
        fields[facts.count] = field
        facts.count &+= 1
        let product = (facts.orderHash ^ nameHash) &* 0x9E37_79B9_7F4A_7C15
        facts.orderHash = product ^ (product &>> 32)
    }
}
