import Bytes

/// A query field that a tracking link may carry.
///
/// The raw values index tables and stand in stored data: they never change, new fields come behind the last.
package enum TrackingField: UInt8, Sendable, CaseIterable {
    /// Customer unique identifier of the recipient: an address, its hash, a phone number or any other text.
    case cuid = 0
    /// Kind of identifier in `cuid`, an open set (`ihe`, `he`, `id`).
    case cuidType
    /// Section: the account that owns the campaign.
    case sec
    /// Experience: the campaign.
    case expId
    /// Version of the experience.
    case expVer
    /// Visit of the experience: empty or a signed 64-bit decimal, handled as text.
    case expVisitId
    /// How the variation was chosen.
    case mech
    /// The sub-mechanism: `0` to `4`, a list, empty or the text `null`.
    case smech
    /// Variations: empty or a JSON array of integers.
    case va
    /// `expId` of the parent experience.
    case pExpId
    /// `expVer` of the parent experience.
    case pExpVer
    /// `expVisitId` of the parent experience.
    case pExpVisitId
    /// `mech` of the parent experience.
    case pMech
    /// `smech` of the parent experience.
    case pSmech
    /// `va` of the parent experience.
    case pVa
    /// Clicks only: where the recipient wanted to go.
    case targetUrl
    /// A label of this link, so that one URL used twice in a mail is counted apart.
    case tlink
    /// The link's signature.
    case tsig
    /// What the sender says of the recipient's consent: `true`, or anything else for a refusal.
    case activeConsentAccepted

    /// How many fields there are.
    package static let count = 19

    /// The name in the query, which is also the name in events and reports. Names are case-sensitive.
    package var name: StaticString {
        switch self {
        case .cuid: "cuid"
        case .cuidType: "cuidType"
        case .sec: "sec"
        case .expId: "expId"
        case .expVer: "expVer"
        case .expVisitId: "expVisitId"
        case .mech: "mech"
        case .smech: "smech"
        case .va: "va"
        case .pExpId: "pExpId"
        case .pExpVer: "pExpVer"
        case .pExpVisitId: "pExpVisitId"
        case .pMech: "pMech"
        case .pSmech: "pSmech"
        case .pVa: "pVa"
        case .targetUrl: "targetUrl"
        case .tlink: "tlink"
        case .tsig: "tsig"
        case .activeConsentAccepted: "active_consent_accepted"
        }
    }

    /// The field of the name in `range` of `query`, or nil where no field has it. Names are compared as words of eight
    /// bytes.
    @inline(__always)
    init?(nameIn query: Span<UInt8>, _ range: Range<Int>) {
        guard range.count <= 16 else {
            guard Self.isActiveConsentAccepted(query, range) else { return nil }
            self = .activeConsentAccepted
            return
        }
        guard let field = Self.field(Name(query, range), count: range.count) else { return nil }
        self = field
    }

    /// The one name that is longer than two words.
    private static func isActiveConsentAccepted(_ query: Span<UInt8>, _ range: Range<Int>) -> Bool {
        range.count == 23 && query.extracting(range).equals("active_consent_accepted")
    }

    /// A name of at most 16 bytes as two little-endian words, zeros behind its end.
    private struct Name: Equatable {
        let first: UInt64
        let second: UInt64

        @inline(__always)
        init(_ query: Span<UInt8>, _ range: Range<Int>) {
            first = query.word(at: range.lowerBound, to: range.upperBound)
            second = range.count > 8 ? query.word(at: range.lowerBound + 8, to: range.upperBound) : 0
        }

        /// A literal's words: the compiler works them out.
        @inline(__always)
        init(_ literal: StaticString) {
            var words: (UInt64, UInt64) = (0, 0)
            for offset in 0..<literal.utf8CodeUnitCount {
                let byte = UInt64(unsafe literal.utf8Start[offset]) &<< UInt64(8 &* (offset & 7))
                if offset < 8 { words.0 |= byte } else { words.1 |= byte }
            }
            (first, second) = words
        }
    }

    /// The length decides first, so that few names are compared.
    @inline(__always)
    private static func field(_ name: Name, count: Int) -> TrackingField? {
        switch count {
        case 2 where name == Name("va"): .va
        case 3 where name == Name("sec"): .sec
        case 3 where name == Name("pVa"): .pVa
        case 4 where name == Name("cuid"): .cuid
        case 4 where name == Name("mech"): .mech
        case 4 where name == Name("tsig"): .tsig
        case 5 where name == Name("expId"): .expId
        case 5 where name == Name("smech"): .smech
        case 5 where name == Name("pMech"): .pMech
        case 5 where name == Name("tlink"): .tlink
        case 6 where name == Name("expVer"): .expVer
        case 6 where name == Name("pExpId"): .pExpId
        case 6 where name == Name("pSmech"): .pSmech
        case 7 where name == Name("pExpVer"): .pExpVer
        case 8 where name == Name("cuidType"): .cuidType
        case 9 where name == Name("targetUrl"): .targetUrl
        case 10 where name == Name("expVisitId"): .expVisitId
        case 11 where name == Name("pExpVisitId"): .pExpVisitId
        default: nil
        }
    }
}
