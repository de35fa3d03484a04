import LoadEngine

/// Collects what happens, in any order, until the story is put together.
struct StoryWriter {
    /// A request before it has its place in the story.
    struct Draft {
        var seconds: Double
        var address: UInt32
        var agent: String
        var mail: LifeMail
        /// The place of a link in the mail, the hidden one behind the last; nil for the pixel.
        var link: Int?
        var truth: Truth
        var isHead = false
        var damage: LinkDamage?
        /// Further header fields, each with its line end.
        var headers = ""
    }

    private(set) var drafts: [Draft] = []

    /// Adds a request.
    mutating func add(_ draft: Draft) { drafts.append(draft) }

    /// All requests in the order of time, each with its place as `expVisitId`, less those after the end.
    func requests(endSeconds: Double) -> [LifeRequest] {
        let ordered = drafts.enumerated().filter { $0.element.seconds < endSeconds }.sorted {
            ($0.element.seconds, $0.offset) < ($1.element.seconds, $1.offset)
        }
        return ordered.enumerated().map { place, draft in Self.request(draft.element, visit: place) }
    }

    private static func request(_ draft: Draft, visit: Int) -> LifeRequest {
        let path: String
        var status = 200
        if let link = draft.link {
            path = LifeLink.click(draft.mail, link, visit: visit, damage: draft.damage)
            // The last target's host is not listed: a page asks.
            if link != LifeCampaign.targets.count - 1 { status = 302 }
        } else {
            path = LifeLink.open(draft.mail, visit: visit)
        }
        let head =
            "\(draft.isHead ? "HEAD" : "GET") \(path) HTTP/1.1\r\nHost: mail.shop.example\r\n"
            + "User-Agent: \(draft.agent)\r\n\(draft.headers)\r\n"
        return LifeRequest(
            timeNanoseconds: UInt64(draft.seconds * 1e9), address: draft.address,
            kind: draft.link == nil ? .open : .click, bytes: Array(head.utf8), isHead: draft.isHead, status: status,
            truth: draft.truth)
    }
}

/// Addresses of 127/8, a range for each trade.
enum LifeAddress {
    static func home(_ person: Int) -> UInt32 { 0x7F01_0001 + UInt32(person) }
    static func mobile(_ person: Int) -> UInt32 { 0x7F20_0001 + UInt32(person) }
    static func office(_ company: Int) -> UInt32 { 0x7F40_0001 + UInt32(company) << 8 }
    static func gateway(_ company: Int, _ machine: Int) -> UInt32 {
        0x7F60_0001 + UInt32(company) << 8 + UInt32(machine)
    }
    static func provider(_ machine: Int) -> UInt32 { 0x7F80_0001 + UInt32(machine) }
    static func shared(_ crowd: Int) -> UInt32 { 0x7F90_0001 + UInt32(crowd) }
    static func passedOn(_ person: Int, _ place: Int) -> UInt32 { 0x7FA0_0001 + UInt32(person) << 2 + UInt32(place) }
}
