import Bytes
import Engagement
import TrackingLinks

/// The clicks and opens of a sender's campaigns, one after the other, as the edge would have recorded them.
///
/// People come in an order that is shuffled anew each time that all have come: the hardest one for whoever keeps sets
/// of them. Half of the events are clicks. An event belongs to the campaign that was sent last, each campaign before
/// that half as likely; half of a campaign's clicks go to its first link, a quarter to its second. Some 400 user agents
/// of people, mail programs' proxies and scripts fetch.
struct CampaignTraffic: ~Copyable {
    private let plan: JournalPlan
    private let eventKey: EventKey
    private let personKey: SectionPersonKey
    private var random: SplitMix64
    private var shuffle: Shuffle
    private let shuffleSeed: UInt64
    private var writer = EventWriter()
    private var text = ByteBuffer(capacity: 256)
    private var identifier = ByteBuffer(capacity: Identifier.bytesMax(normalising: 256))
    private let agents: [[UInt8]]
    private let campaigns: [[UInt8]]
    private let links: [[UInt8]]
    /// Clicks so far.
    private(set) var clicks: UInt64 = 0

    /// The section of `Config/tremolo.json5` that they belong to.
    private static let section = "8781202"

    init(_ plan: JournalPlan, keys: KeySet, seed: UInt64) {
        self.plan = plan
        eventKey = keys.currentEventKey
        let section = Array(Self.section.utf8)
        personKey = keys.personKey(section: section.span)
        random = SplitMix64(seed: seed)
        shuffleSeed = seed
        shuffle = Shuffle(count: plan.people, seed: seed)
        agents = Self.makeAgents()
        campaigns = (0..<plan.campaigns).map { Array("\(510_000 + $0)".utf8) }
        links = (0..<plan.links).map { Array("https://www.mywebsite.com/products/offer-\($0)/details.html".utf8) }
    }

    /// Appends the payload of the event with that number.
    mutating func append(_ number: UInt64, atNanoseconds time: UInt64, into buffer: inout ByteBuffer) {
        let isClick = random.next() & 1 == 0
        let agent = agents[agentNumber()]
        var facts = EventFacts(
            timeNanoseconds: time, kind: isClick ? .click : .open, outcome: isClick ? .redirected : .pixel, reason: 0)
        facts.method = .get
        facts.httpVersion = 11
        facts.flags = .identifierGiven
        facts.headerPresence = [.host, .userAgent, .accept, .acceptLanguage, .acceptEncoding, .connection]
        facts.headerOrderHash = 0x5DEE_CE66_D1CE_4E5B
        facts.subject = subject(of: number)
        putAddress(into: &facts)
        writer.begin(facts, into: &buffer)
        appendCampaign(number, into: &buffer)
        if isClick {
            clicks += 1
            let link = links[min(oneSided(), links.count - 1)]
            writer.append(.target, link.span, into: &buffer)
        }
        writer.append(.userAgent, agent.span, into: &buffer)
        if isClick {
            append(.secFetchSite, "none", into: &buffer)
            append(.secFetchMode, "navigate", into: &buffer)
            append(.secFetchDest, "document", into: &buffer)
        }
        append(.acceptLanguage, random.next() & 3 == 0 ? "de-DE" : "en-US", into: &buffer)
    }

    private mutating func appendCampaign(_ number: UInt64, into buffer: inout ByteBuffer) {
        let sent = Int(plan.campaigns * number / max(1, plan.events))
        let campaign = campaigns[max(0, sent - oneSided())]
        append(.sec, Self.section, into: &buffer)
        writer.append(.expId, campaign.span, into: &buffer)
        append(.expVer, "1", into: &buffer)
        append(.expVisitId, "", into: &buffer)
        append(.mech, "0", into: &buffer)
        append(.smech, "", into: &buffer)
        append(.va, random.next() & 1 == 0 ? "a" : "b", into: &buffer)
        append(.cuidType, "ihe", into: &buffer)
    }

    private mutating func append(_ field: EventField, _ value: String, into buffer: inout ByteBuffer) {
        text.removeAll()
        text.append(value)
        text.withSpan { writer.append(field, $0, into: &buffer) }
    }

    private mutating func subject(of number: UInt64) -> EventSubject? {
        let place = number % plan.people
        if place == 0 { shuffle = Shuffle(count: plan.people, seed: shuffleSeed &+ number) }
        text.removeAll()
        text.append("recipient")
        text.appendDecimal(shuffle.number(at: place))
        text.append("@mail.example.com")
        identifier.removeAll()
        guard let range = text.withSpan({ Identifier.normalise($0, as: .email, into: &identifier) }) else { return nil }
        let person = identifier.withSpan(of: range) { personKey.person(of: $0) }
        return eventKey.subject(of: person)
    }

    private mutating func putAddress(into facts: inout EventFacts) {
        let address = random.next()
        var bytes = InlineArray<4, UInt8>(repeating: 0)
        for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: address >> UInt64(8 * index)) }
        facts.address = NetworkAddress(networkBytes: bytes.span)?.cut(ipv4Prefix: 24, ipv6Prefix: 48)
        facts.addressHash = AddressHash(keyDay: 20_458, value: address)
    }

    /// 0 half of the time, 1 a quarter of it, and so on.
    private mutating func oneSided() -> Int { random.next().trailingZeroBitCount }

    /// A few user agents make most requests.
    private mutating func agentNumber() -> Int {
        let one = random.next(below: agents.count)
        return min(one, random.next(below: agents.count))
    }

    /// Each template with forty versions in place of `#`.
    private static func makeAgents() -> [[UInt8]] {
        (0..<40).flatMap { version in
            agentTemplates.map { template in
                var agent: [UInt8] = []
                for byte in template.utf8 {
                    if byte == UInt8(ascii: "#") { agent += "\(version)".utf8 } else { agent.append(byte) }
                }
                return agent
            }
        }
    }

    private static let agentTemplates = [
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_# like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1#.0.0.0 "
            + "Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.# "
            + "Safari/605.1.15",
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1#.0.0.0 "
            + "Mobile Safari/537.36",
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "Mozilla/5.0 (X11; Linux x86_64; rv:1#.0) Gecko/20100101 Firefox/1#.0",
        "Mozilla/5.0",
        "Mozilla/5.0 (iPad; CPU OS 16_# like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.# "
            + "Mobile/15E148 Safari/604.1",
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0.4#)",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:1#.0) Gecko/20100101 Thunderbird/1#.1.0",
        "Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.# "
            + "Chrome/115.0.0.0 Mobile Safari/537.36",
        "python-requests/2.#.0",
        "Mozilla/5.0 (compatible; YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html)",
    ]
}
