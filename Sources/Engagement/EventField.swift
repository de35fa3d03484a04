/// The fields of variable length in an event and in admin records. Raw values are the tags of `FORMAT.md`.
package enum EventField: UInt8, Sendable, Equatable, Hashable, CaseIterable {
    case sec = 1
    case expId = 2
    case expVer = 3
    case expVisitId = 4
    case mech = 5
    case smech = 6
    case va = 7
    case pExpId = 8
    case pExpVer = 9
    case pExpVisitId = 10
    case pMech = 11
    case pSmech = 12
    case pVa = 13
    case cuidType = 14
    /// The identifier itself; only with identity `raw`.
    case cuid = 15
    /// The link's label, `tlink`.
    case label = 16
    /// Where the link asked to go, in stored form.
    case target = 17
    /// The destination after the section's rules, in stored form; missing where it is the target.
    case link = 18
    /// Where the recipient was sent, in stored form; missing where it is the link.
    case location = 19
    case userAgent = 32
    case secPurpose = 33
    case purpose = 34
    case xMoz = 35
    case xPurpose = 36
    case dnt = 37
    case secGPC = 38
    case secFetchSite = 39
    case secFetchMode = 40
    case secFetchDest = 41
    case secFetchUser = 42
    /// The host of `Referer`, lower-cased, with its port where one is given.
    case refererHost = 43
    /// The first language tag of `Accept-Language`.
    case acceptLanguage = 44
    /// The label of the listed network that the whole address lies in.
    case network = 45
    /// The reason of a frozen class.
    case frozenReason = 48
    /// The version of the rule set that gave a frozen class.
    case frozenRules = 49
    /// The client family of an event whose user agent was dropped.
    case frozenClient = 50
    /// The kind of device of an event whose user agent was dropped.
    case frozenDevice = 51
    /// The country of an event whose address was dropped, ISO 3166-1 alpha-2.
    case frozenCountry = 52

    /// The tag behind which an event of this version has no field it knows.
    static let lastEventTag: UInt8 = 52

    /// The most bytes of the field that are kept; what is longer is cut there, and marked.
    package var limitBytes: Int {
        switch self {
        case .target, .link, .location: 2_048
        case .userAgent: 512
        default: 256
        }
    }

    /// The key that `events` prints the field under: the tracking fields' own spelling, camelCase for the rest.
    package var name: String {
        switch self {
        case .label: "tlink"
        default: "\(self)"
        }
    }
}
