/// By which columns sealed people are counted, beside section, kind and time. Raw values stand in the store.
struct PeopleGrouping: OptionSet, Hashable {
    let rawValue: UInt8

    static let experience = PeopleGrouping(rawValue: 1)
    static let version = PeopleGrouping(rawValue: 2)
    static let variation = PeopleGrouping(rawValue: 4)
    static let link = PeopleGrouping(rawValue: 8)

    /// A whole section, and each of its links.
    static let ofSections: [PeopleGrouping] = [[], .link]
    /// An experience and its parts, and each of their links.
    static let ofExperiences: [PeopleGrouping] = [
        [.experience], [.experience, .version], [.experience, .variation], [.experience, .version, .variation],
        [.experience, .link], [.experience, .version, .link], [.experience, .variation, .link], .finest,
    ]
    /// All columns: what others are made of.
    static let finest: PeopleGrouping = [.experience, .version, .variation, .link]

    /// The columns of a question, and its experience. Sealed counts answer those that contain an experience or neither
    /// version nor variation.
    init(_ question: ReportQuestion) {
        self = []
        if question.experience != nil { insert(.experience) }
        for column in question.by {
            switch column {
            case .expId: insert(.experience)
            case .expVer: insert(.version)
            case .va: insert(.variation)
            case .link: insert(.link)
            default: break
            }
        }
    }

    init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// True when counts are kept by it.
    var isKept: Bool { contains(.experience) || isDisjoint(with: [.version, .variation]) }
}

/// Whose people one sealed count is about. A word of `any` is any word.
struct PeopleGroup: Hashable {
    static let any: Int64 = -1

    var grouping: PeopleGrouping
    var kind: Int64
    var experience = any
    var version = any
    var variation = any
    var link = any

    /// The group of a leaf.
    init(_ grouping: PeopleGrouping, kind: Int64, experience: Int64, version: Int64, variation: Int64, link: Int64) {
        self.grouping = grouping
        self.kind = kind
        if grouping.contains(.experience) { self.experience = experience }
        if grouping.contains(.version) { self.version = version }
        if grouping.contains(.variation) { self.variation = variation }
        if grouping.contains(.link) { self.link = link }
    }
}
