import Bytes
import Engagement
import HTTPEngine
import Journal
import LinuxSystem
import Mail
import Settings
import Simulation
import Synchronization
import TrackingLinks

/// The grammars that take bytes from outside, as a fuzzer meets them.
///
/// A target must end for all bytes, without a trap, and what it says must be so: what is checked here traps on purpose.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// The head of a request.
    case head
    /// The query of a tracking link, and where it leads.
    case query
    /// The payload of an event.
    case event
    /// A segment of the journal: the bytes themselves, or changes of one that is whole.
    case segment
    /// A configuration.
    case configuration
    /// A mail's HTML, or a payload, whose links are wrapped.
    case mail
    /// A file of rules, and what they are asked about.
    case rules
    /// Comma-separated values.
    case table
    /// What a proxy says of a client: a PROXY header, and the values of forwarding headers.
    case proxy
    /// The body of a form, and its type.
    case form
    /// A stored text, and an identifier that is masked in it.
    case mask

    /// Gives the bytes to the grammar.
    package func run(_ bytes: Span<UInt8>) {
        switch self {
        case .head: Self.head(bytes)
        case .query: Self.query(bytes)
        case .event: Self.event(bytes)
        case .segment: Self.segment(bytes)
        case .mail: MailFuzzing.run(bytes)
        case .rules: RulesFuzzing.run(bytes)
        case .table: TableFuzzing.run(bytes)
        case .proxy: ProxyFuzzing.run(bytes)
        case .form: FormFuzzing.run(bytes)
        case .mask: MaskFuzzing.run(bytes)
        case .configuration:
            let reading = ConfigurationReader(checks: .init()).read(bytes, fileName: "fuzz.json5")
            precondition(reading.configuration != nil || !reading.problems.isEmpty, "it is refused without a reason")
        }
    }

    /// A head remembers the fields of those before it, as a worker's does.
    private static let sharedHead = Mutex(RequestHead())

    private static func head(_ bytes: Span<UInt8>) {
        sharedHead.withLock { head in
            guard case .complete(let consumed) = RequestParser.parse(bytes, limits: HTTPLimits(), into: &head) else {
                return
            }
            check(head, consumed, bytes)
        }
    }

    private static func check(_ head: borrowing RequestHead, _ consumed: Int, _ bytes: Span<UInt8>) {
        precondition(consumed > 0 && consumed <= bytes.count, "it takes more than there is")
        let parts = [head.target, head.path] + [head.query, head.host].compactMap { $0 }
        for part in parts { precondition(part.offsets.upperBound <= consumed, "a part lies outside of the head") }
        for index in 0..<head.headerCount {
            let field = head.field(at: index)
            let value = bytes.extracting(field.value.offsets)
            for place in value.indices {
                precondition(
                    value[place] != 0x0D && value[place] != 0x0A && value[place] != 0, "a value holds a line's end")
            }
        }
    }

    /// The edge's own host is one that no section lists.
    private static let edge: StaticString = "trem.example.com"
    private static let sections = SectionTable(
        sections: [("8781202", SectionPolicy(hosts: listed, otherwise: .ask))],
        unknown: SectionPolicy(otherwise: .ask, isKnown: false))
    private static let listed: HostList = {
        guard let hosts = try? HostList(patterns: ["www.mywebsite.com", "*.shop.example"]) else {
            preconditionFailure("the patterns are right")
        }
        return hosts
    }()

    private static let signingKeys = SigningKeyTable([
        SigningKey(id: 1, secret: [UInt8](repeating: 7, count: 32).span),
        SigningKey(id: 2, secret: [UInt8](repeating: 8, count: 32).span, section: "8781202"),
    ])

    /// A link that is signed is the one that was given and one field more, and one that is not has a reason.
    private static func sign(_ query: Span<UInt8>) {
        sign(query, path: "/tremclk?")
        sign(query, path: "/tremunsub?")
    }

    private static func sign(_ query: Span<UInt8>, path: String) {
        let url = Array(path.utf8) + query.toArray()
        var signer = LinkSigner(keys: signingKeys)
        do throws(SigningRefusal) {
            let once = try signer.sign(url.span)
            let twice = try signer.sign(once.span)
            precondition(once == twice, "a signature is not replaced by the same")
            let added = Array("tsig=".utf8).count + 28 + 1
            precondition(once.count <= url.count + added, "more than a field was added")
        } catch {
            precondition(!error.explanation.isEmpty, "it is refused without a reason")
        }
    }

    private static func query(_ given: Span<UInt8>) {
        sign(given)
        var link = TrackingLink()
        var repair = QueryRepair(bytesMax: LinkLimits.queryBytesMax)
        link.read(query: given, repair: &repair)
        if link.isRepaired {
            repair.query.withSpan { query($0, link) }
        } else {
            query(given, link)
        }
    }

    private static func query(_ bytes: Span<UInt8>, _ link: borrowing TrackingLink) {
        var verifier = LinkVerifier()
        let verdict = verifier.judge(link, of: bytes, keys: signingKeys, nowSeconds: 1)
        precondition(
            (verdict == .missing) == !link.present.contains(.tsig), "a signature is overlooked, or found where none is")
        _ = verifier.judge(target: bytes)
        let person = verifier.judgePerson(of: link, in: bytes, keys: signingKeys, nowSeconds: 1)
        precondition((person == .missing) == (verdict == .missing), "it is overlooked for the one and not the other")
        precondition(
            [verdict, person].count { $0 == .bad || $0 == .missing } > 0, "one signature is good for both")
        var scratch = LinkScratch()
        var output = ByteBuffer(capacity: 3 * LinkLimits.queryBytesMax)
        for field in TrackingField.allCases {
            output.removeAll()
            _ = link.decodeField(field, of: bytes, into: &output)
        }
        let decision = TargetPolicy.decide(
            .click, link, of: bytes, section: 0, in: sections, edge: Array("\(edge)".utf8).span,
            nowNanoseconds: 0, scratch: &scratch)
        guard decision.outcome == .redirected, let destination = decision.destination else { return }
        let location = scratch.url.withSpan(of: destination.offsets) { $0.toArray() }
        precondition(location.allSatisfy { (0x21...0x7E).contains($0) }, "a location could split a header")
        let text = String(decoding: location, as: UTF8.self)
        let schemes = ["http://", "https://"]
        guard let scheme = schemes.first(where: text.hasPrefix) else { preconditionFailure("another scheme: \(text)") }
        let authority = text.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        let host = authority.split(separator: ":", omittingEmptySubsequences: false).first ?? ""
        precondition(host == "www.mywebsite.com" || host.hasSuffix(".shop.example"), "it leads elsewhere: \(text)")
    }

    private static let builtInRules = RuleSet.builtIn

    private static func event(_ bytes: Span<UInt8>) {
        do throws(EngagementError) {
            let view = try EventView(bytes)
            let event = Event(view, in: bytes)
            precondition(event.lossyFields.allSatisfy { event.texts[$0] != nil }, "a field is lossy and not there")
            _ = Classifier(rules: builtInRules).judge(view, in: bytes)
        } catch {
            precondition(!"\(error)".isEmpty, "it is refused without a reason")
        }
    }

    private static let wholeSegment: [UInt8] = SegmentMaker.make()

    private static func segment(_ bytes: Span<UInt8>) {
        let disk = SimulatedDisk()
        var contents = bytes.toArray()
        if let first = contents.first, first & 1 == 1 {
            // Three bytes a change: where, and what stands there then.
            var changed = wholeSegment
            var place = 1
            while place + 3 < contents.count {
                let offset =
                    (Int(contents[place]) << 16 | Int(contents[place + 1]) << 8 | Int(contents[place + 2]))
                    % changed.count
                changed[offset] = contents[place + 3]
                place += 4
            }
            contents = changed
        }
        disk["s/1"] = contents
        do throws(JournalError) {
            let reader = try SegmentReader(path: "s/1", storage: disk)
            var next: UInt64 = 0
            while true {
                switch try reader.next() {
                case .record(let record):
                    precondition(record.sequence >= next, "a record comes twice")
                    next = record.sequence + 1
                case .damaged(let damage):
                    precondition(damage.firstSequence >= next, "damage of what was read")
                    next = damage.firstSequence + damage.missingSequences
                case .end(let end):
                    precondition(end.validBytes <= UInt64(contents.count), "it ends behind the file")
                    return
                }
            }
        } catch {
            precondition(!"\(error)".isEmpty, "it is refused without a reason")
        }
    }
}
