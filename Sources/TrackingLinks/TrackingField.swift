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

    /// How many fields there are.
    package static let count = 17

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
        }
    }

    /// The field of a name, or nil where no field has it. The length decides first, so that few bytes are compared.
    package init?(name: Span<UInt8>) {
        switch name.count {
        case 2 where name.equals("va"): self = .va
        case 3 where name.equals("sec"): self = .sec
        case 3 where name.equals("pVa"): self = .pVa
        case 4 where name.equals("cuid"): self = .cuid
        case 4 where name.equals("mech"): self = .mech
        case 5 where name.equals("expId"): self = .expId
        case 5 where name.equals("smech"): self = .smech
        case 5 where name.equals("pMech"): self = .pMech
        case 5 where name.equals("tlink"): self = .tlink
        case 6 where name.equals("expVer"): self = .expVer
        case 6 where name.equals("pExpId"): self = .pExpId
        case 6 where name.equals("pSmech"): self = .pSmech
        case 7 where name.equals("pExpVer"): self = .pExpVer
        case 8 where name.equals("cuidType"): self = .cuidType
        case 9 where name.equals("targetUrl"): self = .targetUrl
        case 10 where name.equals("expVisitId"): self = .expVisitId
        case 11 where name.equals("pExpVisitId"): self = .pExpVisitId
        default: return nil
        }
    }
}
