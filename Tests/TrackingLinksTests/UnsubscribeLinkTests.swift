import Bytes
import TestSupport
import Testing
import TrackingLinks

@Suite("The signature of an unsubscribe link holds for one person of one section, and for nothing else")
struct UnsubscribeLinkTests {
    @Test("What another program signed from the format's page alone is good", arguments: SignatureVector.unsubscribing)
    func vectors(_ vector: SignatureVector) throws {
        #expect(SignatureRig.personVerdict(vector.signed) == .good(.person))
        guard vector.codeBytes == LinkSignature.codeBytes else { return }
        guard !vector.query.contains("%00") else {
            // A code holds for any text. A link is given out for what can be somebody's alone.
            #expect(SignatureRig.refusal("/tremunsub?" + vector.query) == .controlInPerson)
            return
        }
        let signed = try SignatureRig.sign("/tremunsub?" + vector.query, expirySeconds: vector.expiry)
        #expect(signed == "/tremunsub?" + vector.signed)
    }

    @Test func thereAreVectors() {
        #expect(SignatureVector.unsubscribing.count == 4)
    }

    private static let person = "cuid=ann%40mail.example&sec=8781202"
    private static let token = "tsig=FAEAAAB6H-axnnGEY_WkeH0Y9Al4"

    @Test(arguments: [
        ChangedLink("as it was signed", "\(person)&\(token)", .good(.person)),
        ChangedLink("without a signature", person, .missing),
        ChangedLink("an empty signature", "\(person)&tsig=", .bad),
        ChangedLink("other order", "\(token)&sec=8781202&cuid=ann%40mail.example", .good(.person)),
        ChangedLink("another encoding", "cuid=%61nn@mail.example&sec=%38781202&\(token)", .good(.person)),
        ChangedLink("ampersands of HTML", "cuid=ann%40mail.example&amp;sec=8781202&amp;\(token)", .good(.person)),
        ChangedLink("what linkifiers glue on", "\(person)&\(token)%3E,", .good(.person)),
        ChangedLink(
            "fields that are not covered", "\(person)&cuidType=he&expId=4&utm_source=x&\(token)&tlink=a", .good(.person)
        ),
        ChangedLink("another person", "cuid=bob%40mail.example&sec=8781202&\(token)", .bad),
        ChangedLink("another spelling of the person", "cuid=Ann%40mail.example&sec=8781202&\(token)", .bad),
        ChangedLink("a person that is cut", "cuid=ann%40mail.exampl&sec=8781202&\(token)", .bad),
        ChangedLink("no person", "sec=8781202&\(token)", .bad),
        ChangedLink("an empty person", "cuid=&sec=8781202&\(token)", .bad),
        ChangedLink("two persons", "\(person)&cuid=bob%40mail.example&\(token)", .bad),
        ChangedLink("another section", "cuid=ann%40mail.example&sec=8781203&\(token)", .bad),
        ChangedLink("no section", "cuid=ann%40mail.example&\(token)", .bad),
        ChangedLink("two sections", "\(person)&sec=8781202&\(token)", .bad),
        ChangedLink("two signatures", "\(person)&\(token)&\(token)", .bad),
        ChangedLink("what moves from one field to the other", "cuid=ann%40mail.example8&sec=781202&\(token)", .bad),
        ChangedLink(
            "more fields than are read",
            "\(person)&\(token)\(String(repeating: "&a", count: LinkLimits.fieldCountMax))", .bad),
    ])
    func change(_ row: ChangedLink) {
        #expect(SignatureRig.personVerdict(row.query) == row.verdict)
    }

    @Test("No signature of one scope passes for one of another, whatever its flags are made to say")
    func scopes() throws {
        let fields = "cuid=ann%40mail.example&sec=8781202&targetUrl=https%3A%2F%2Fa.example%2F"
        for scope in [SignatureScope.link, .target] {
            let signed = SignatureRig.query(of: try SignatureRig.sign("/tremclk?" + fields, scope: scope))
            #expect(SignatureRig.verdict(signed) == .good(scope))
            for flags in 0..<16 {
                let other = try Self.withFlags(UInt8(flags), signed)
                #expect(SignatureRig.personVerdict(other) == .bad, "\(scope), \(flags)")
            }
        }
        let signed = SignatureRig.query(of: try SignatureRig.sign("/tremunsub?" + fields))
        #expect(SignatureRig.personVerdict(signed) == .good(.person))
        for flags in 0..<16 {
            let other = try Self.withFlags(UInt8(flags), signed)
            #expect(SignatureRig.verdict(other) == .bad, "\(flags)")
            #expect(SignatureRig.personVerdict(other) == (flags == 4 ? .good(.person) : .bad), "\(flags)")
        }
    }

    /// A link with other flags in its token.
    private static func withFlags(_ flags: UInt8, _ query: String) throws -> String {
        let token = try #require(query.firstMatch(of: /tsig=([^&]*)/)?.output.1)
        let text = Array(token.utf8)
        let decoded = Base64.decode(text.span, alphabet: .url)
        var bytes = try #require(decoded)
        bytes[0] = 0x10 | flags
        return query.replacing(token, with: Base64.encode(bytes.span, alphabet: .url))
    }

    @Test("It expires, and one that was changed is bad all the same")
    func expiry() throws {
        let signed = SignatureRig.query(
            of: try SignatureRig.sign("/tremunsub?" + Self.person, expirySeconds: 1_893_456_000))
        #expect(SignatureRig.personVerdict(signed, nowSeconds: 1_893_455_999) == .good(.person))
        #expect(SignatureRig.personVerdict(signed, nowSeconds: 1_893_456_000) == .expired)
        #expect(SignatureRig.personVerdict(signed.replacing("ann", with: "bob"), nowSeconds: .max) == .bad)
    }

    @Test("A key of one section signs and verifies its people alone")
    func sections() throws {
        let mine = SignatureRig.query(of: try SignatureRig.sign("/tremunsub?cuid=a&sec=8772046"))
        #expect(mine.contains("tsig=FAIAAA") && SignatureRig.personVerdict(mine) == .good(.person))
        #expect(SignatureRig.refusal("/tremunsub?cuid=a&sec=1", key: SignatureRig.keys[1]) == .otherSection)
        let unbound = SignatureRig.key(2, SignatureRig.secrets[1])
        let forged = SignatureRig.query(of: try SignatureRig.sign("/tremunsub?cuid=a&sec=8781202", key: unbound))
        #expect(SignatureRig.personVerdict(forged) == .bad)
    }

    @Test(arguments: [
        SignedPlace("https://t.example/tremunsub?cuid=a&sec=1", "https://t.example/tremunsub?cuid=a&sec=1&TSIG"),
        SignedPlace("/tremunsub/?cuid=a&sec=1&#f", "/tremunsub/?cuid=a&sec=1&TSIG#f"),
        SignedPlace("/tremunsub?tsig=old&cuid=%2B49%20151&sec=1", "/tremunsub?TSIG&cuid=%2B49%20151&sec=1"),
        SignedPlace("/tremunsub?cuid=a&sec=1&utm={{x}}", "/tremunsub?cuid=a&sec=1&utm={{x}}&TSIG"),
    ])
    func place(_ row: SignedPlace) throws {
        let signed = try SignatureRig.sign(row.url)
        let parts = row.signed.split(separator: "TSIG", omittingEmptySubsequences: false)
        #expect(signed.hasPrefix(parts[0] + "tsig=F") && signed.hasSuffix(parts[1]), "\(signed)")
        #expect(try SignatureRig.sign(signed, scope: .person) == signed, "signing again changes nothing")
        #expect(SignatureRig.personVerdict(SignatureRig.query(of: signed)) == .good(.person))
    }

    @Test(arguments: [
        Refused("nobody", "/tremunsub?sec=1", .noPerson),
        Refused("an empty person", "/tremunsub?cuid=&sec=1", .noPerson),
        Refused("no section", "/tremunsub?cuid=a", .noSection),
        Refused("no query", "/tremunsub", .noSection),
        Refused("an unfilled person", "/tremunsub?cuid={{email}}&sec=1", .unfilledField(.cuid)),
        Refused("a person that is unfilled in part", "/tremunsub?cuid=a%40{{host}}&sec=1", .unfilledField(.cuid)),
        Refused("an unfilled tag with a separator", "/tremunsub?cuid=<% a & b %>&sec=1", .unfilledField(.cuid)),
        Refused("an encoded tag", "/tremunsub?cuid=%7B%7Bemail%7D%7D&sec=1", .unfilledField(.cuid)),
        Refused("an unfilled section", "/tremunsub?cuid=a&sec=*|SEC|*", .unfilledField(.sec)),
        Refused("two persons", "/tremunsub?cuid=a&cuid=b&sec=1", .repeatedField(.cuid)),
        Refused("two sections", "/tremunsub?cuid=a&sec=1&sec=1", .repeatedField(.sec)),
        Refused("two signatures", "/tremunsub?cuid=a&sec=1&tsig=a&tsig=b", .repeatedField(.tsig)),
        Refused(
            "too long a person", "/tremunsub?sec=1&cuid=\(String(repeating: "%61", count: 1_025))", .overlongPerson),
        Refused("a line's end in a person", "/tremunsub?cuid=a%0Ab&sec=1", .controlInPerson),
        Refused("a line's end behind a person", "/tremunsub?cuid=a%40b.example%0D%0A&sec=1", .controlInPerson),
        Refused("a zero in a person", "/tremunsub?cuid=%00&sec=1", .controlInPerson),
        Refused("a control character past ASCII", "/tremunsub?cuid=a%C2%85b&sec=1", .controlInPerson),
        Refused("the scope of the link", "/tremunsub?cuid=a&sec=1", scope: .link, .unsubscribeLinkInOtherScope),
        Refused("the scope of the target", "/tremunsub?cuid=a&sec=1", scope: .target, .unsubscribeLinkInOtherScope),
        Refused("a click", "/tremclk?cuid=a&sec=1", scope: .person, .trackingLinkInPersonScope),
        Refused("an open", "/tremop?cuid=a&sec=1", scope: .person, .trackingLinkInPersonScope),
        Refused("a longer path", "/tremunsubs?cuid=a&sec=1", .notTrackingLink),
        Refused("ampersands of HTML", "/tremunsub?cuid=a&amp;sec=1", .noSection),
    ])
    func refusals(_ row: Refused) {
        #expect(SignatureRig.refusal(row.url, scope: row.scope) == row.refusal)
    }

    @Test("A person whom the section's kind knows nothing of is not signed; who is asked about is as a server reads it")
    func nobodies() throws {
        var signer = LinkSigner(key: SignatureRig.keys[0]) { identifier, section in
            identifier.toString() == "an n" && section.toString() == "1"
        }
        for (cuid, isSigned) in [("%61n%20n", true), ("%20", false)] {
            let url = Array("/tremunsub?cuid=\(cuid)&sec=%31".utf8)
            var refusal: SigningRefusal?
            do throws(SigningRefusal) {
                _ = try signer.sign(url.span)
            } catch {
                refusal = error
            }
            #expect(refusal == (isSigned ? nil : .nobody))
        }
        let click = Array("/tremclk?cuid=%20&sec=1".utf8)
        #expect(throws: Never.self) { _ = try signer.sign(click.span) }
    }

    @Test("The longest person that is somebody is signed")
    func longest() throws {
        let url = "/tremunsub?sec=1&cuid=" + String(repeating: "%61", count: 1_024)
        #expect(SignatureRig.personVerdict(SignatureRig.query(of: try SignatureRig.sign(url))) == .good(.person))
    }

    @Test("Whatever its fields hold, it holds for what they say and not for how they are written")
    func property() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        var tried = 0
        while tried < 300 {
            var link = RandomLink(using: &random)
            link.fields.removeAll { $0.name == "cuid" }
            let count = Int.random(in: 1...60, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            // No sign of a merge tag, and no control character: 0xC2 begins those past ASCII.
            let isLeft = { (byte: UInt8) in
                byte < 0x20 || byte == 0x7F || byte == 0xC2 || "{*$<%['\">),.".utf8.contains(byte)
            }
            link.fields.append(("cuid", bytes.map { isLeft($0) ? UInt8(ascii: "x") : $0 }))
            link.fields.shuffle(using: &random)
            let url = Array("/tremunsub?".utf8) + link.query(using: &random)
            var signer = LinkSigner(keys: SignatureRig.table)
            let signed = try signer.sign(url.span)
            let read = Array(signed.dropFirst("/tremunsub?".utf8.count))
            let range = TrackingLink.read(query: read.span).value(of: .tsig)
            let place = try #require(range)
            link.fields.append(("tsig", Array(read[place.offsets])))
            func verdict(_ link: RandomLink) -> SignatureVerdict {
                SignatureRig.personVerdict(link.query(using: &random))
            }
            tried += 1
            for _ in 0..<3 {
                link.fields.shuffle(using: &random)
                #expect(verdict(link) == .good(.person), "seed \(seed), \(tried)")
            }
            for index in link.fields.indices {
                var other = link
                if other.fields[index].value.isEmpty {
                    other.fields[index].value = [UInt8(ascii: "0")]
                } else {
                    let place = Int.random(in: other.fields[index].value.indices, using: &random)
                    other.fields[index].value[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
                }
                let isCovered = ["cuid", "sec", "tsig"].contains(link.fields[index].name)
                // A change of the target's beginning may make it reach over what stands behind it.
                guard isCovered || link.fields[index].name != "targetUrl" else { continue }
                #expect(
                    verdict(other) == (isCovered ? .bad : .good(.person)),
                    "seed \(seed), \(tried), \(link.fields[index].name)")
            }
        }
    }

    @Test("Judging it allocates nothing")
    func allocations() {
        let links = [
            "\(Self.person)&\(Self.token)", "\(Self.person)&\(Self.token)%27", Self.person,
            "cuid=\(String(repeating: "%41", count: 9_000))&sec=%38&\(Self.token)",
        ].map { Array($0.utf8) }
        let keys = SignatureRig.table
        var link = TrackingLink()
        var verifier = LinkVerifier()
        var good = 0
        func judge(_ query: [UInt8]) {
            link.read(query: query.span)
            if verifier.judgePerson(of: link, in: query.span, keys: keys, nowSeconds: 1) == .good(.person) { good += 1 }
        }
        for query in links {
            judge(query)
            #expect(allocationCount { judge(query) } == 0)
        }
        #expect(good == 4)
    }

    @Test("It is explained as what it is, with the answer to both of what may come")
    func explanation() {
        let sections = SectionTable(
            sections: [("8781202", SectionPolicy(otherwise: .ask))],
            unknown: SectionPolicy(otherwise: .ask, isKnown: false),
            signingKeys: SignatureRig.table)
        func explained(_ url: String) -> LinkExplanation {
            LinkExplanation(of: url, sections: sections, nowNanoseconds: 0)
        }
        let good = explained("https://t.example/tremunsub/?\(Self.person)&amp;\(Self.token)#x")
        #expect(good.personVerdict == .good(.person) && good.section == "8781202" && good.decision == nil)
        #expect(good.identifier == Array("ann@mail.example".utf8) && good.resource == nil)
        #expect(good.repairs.contains(.lostFragment) && good.repairedQuery != nil)
        #expect(explained("/tremunsub?\(Self.person)").personVerdict == .missing)
        #expect(explained("/tremunsub?cuid=%7B%7Ba%7D%7D&sec=1").identifier == nil)
        #expect(explained("/tremunsub?cuid=a&sec=1").section == nil)
        let click = explained("/tremclk?\(Self.person)&\(Self.token)")
        #expect(click.personVerdict == nil && click.decision != nil)
        #expect(LinkExplanation.isUnsubscribeLink(" https://t.example/tremunsub?a#b"))
        #expect(!LinkExplanation.isUnsubscribeLink("https://t.example/tremclk#/tremunsub"))
    }
}
