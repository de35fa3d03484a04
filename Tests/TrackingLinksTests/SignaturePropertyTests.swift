import Bytes
import TestSupport
import Testing
import TrackingLinks

/// Random links: fields in any order, with any bytes, encoded in any way.
struct RandomLink {
    /// Names with their decoded values, in the order of the link.
    var fields: [(name: String, value: [UInt8])] = []

    init(using random: inout SeededGenerator) {
        let names = TrackingField.allCases.filter { $0 != .targetUrl && $0 != .tsig }.map { "\($0.name)" }
        for name in names.shuffled(using: &random) where name == "sec" || Bool.random(using: &random) {
            let count = Int.random(in: name == "sec" ? 1...12 : 0...40, using: &random)
            fields.append((name, (0..<count).map { _ in Self.byte(using: &random) }))
        }
        if Bool.random(using: &random) {
            fields.append(("targetUrl", Array("https://www.mywebsite.com/a?b=\(random.next())&c".utf8)))
        }
    }

    /// Any byte but those that merge tags begin with, because a link that holds one may not be signed, and those that
    /// are taken for glued on at a link's end.
    private static func byte(using random: inout SeededGenerator) -> UInt8 {
        let byte = UInt8.random(in: 0...255, using: &random)
        return "{*$<%['\">),.".utf8.contains(byte) ? UInt8(ascii: "x") : byte
    }

    /// The query, each byte that needs it percent-encoded and others at random, in hex of either case.
    func query(using random: inout SeededGenerator) -> [UInt8] {
        var query: [UInt8] = []
        for (name, value) in fields {
            if !query.isEmpty { query.append(UInt8(ascii: "&")) }
            query += Array(name.utf8) + [UInt8(ascii: "=")]
            for byte in value { query += Self.encoded(byte, using: &random) }
        }
        return query
    }

    static func encoded(_ byte: UInt8, using random: inout SeededGenerator) -> [UInt8] {
        // A literal `http` at a target's beginning makes it raw; a percent sign alone might begin an escape.
        let mayStand = (0x21...0x7E).contains(byte) && !"&#%=:".utf8.contains(byte)
        if mayStand, random.next() % 4 != 0 { return [byte] }
        let digits = Array((random.next() % 2 == 0 ? "0123456789abcdef" : "0123456789ABCDEF").utf8)
        return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}

@Suite("Whatever a link holds, its signature holds for what it says and not for how it is written")
struct SignaturePropertyTests {
    private static let signedNames = Set(
        TrackingField.allCases.filter {
            (TrackingField.sec.rawValue...TrackingField.pVa.rawValue).contains($0.rawValue)
        }
        .map { "\($0.name)" })

    private func sign(_ link: RandomLink, using random: inout SeededGenerator) throws -> RandomLink {
        var signer = LinkSigner(keys: SignatureRig.table)
        let url = Array("/tremclk?".utf8) + link.query(using: &random)
        let signed = try signer.sign(url.span)
        let read = Array(signed.dropFirst("/tremclk?".utf8.count))
        let place = TrackingLink.read(query: read.span).value(of: .tsig)
        let token = Array(read[try #require(place).offsets])
        var changed = link
        changed.fields.append(("tsig", token))
        return changed
    }

    @Test func signedOnce() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for round in 0..<300 {
            let link = RandomLink(using: &random)
            let hasTarget = link.fields.contains { $0.name == "targetUrl" }
            let good = SignatureVerdict.good(hasTarget ? .target : .link)
            let signed = try sign(link, using: &random)
            func verdict(_ link: RandomLink) -> SignatureVerdict {
                SignatureRig.verdict(link.query(using: &random))
            }
            // Another order, another encoding.
            for _ in 0..<3 {
                var other = signed
                other.fields.shuffle(using: &random)
                #expect(verdict(other) == good, "seed \(seed), round \(round)")
            }
            // What is not covered may come, go and change.
            var unsigned = signed
            unsigned.fields.removeAll { ["cuid", "cuidType", "tlink"].contains($0.name) && random.next() % 2 == 0 }
            for index in unsigned.fields.indices where ["cuid", "tlink"].contains(unsigned.fields[index].name) {
                unsigned.fields[index].value = Array("somebody".utf8)
            }
            unsigned.fields.insert(("utm_source", Array("x".utf8)), at: 0)
            #expect(verdict(unsigned) == good, "seed \(seed), round \(round)")
            // Any byte of what is covered may not.
            for index in signed.fields.indices {
                let isCovered =
                    Self.signedNames.contains(signed.fields[index].name) || ["tsig"].contains(signed.fields[index].name)
                var other = signed
                if other.fields[index].value.isEmpty {
                    other.fields[index].value = [UInt8(ascii: "0")]
                } else {
                    let place = Int.random(in: other.fields[index].value.indices, using: &random)
                    other.fields[index].value[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
                }
                if isCovered {
                    #expect(verdict(other) == .bad, "seed \(seed), round \(round), \(other.fields[index].name)")
                }
                other = signed
                let removed = other.fields.remove(at: index)
                if Self.signedNames.contains(removed.name) { #expect(verdict(other) == .bad, "seed \(seed)") }
            }
        }
    }

    private static func bytes(_ text: [UInt8]) -> [UInt8]? { Base64.decode(text.span, alphabet: .url) }

    @Test("Each bit of a token is needed, and each length but the whole is bad")
    func everyBit() throws {
        for expiry in [nil, UInt64(1_893_456_000)] {
            let signed = SignatureRig.query(
                of: try SignatureRig.sign("/tremclk?sec=8781202&expId=1", expirySeconds: expiry))
            let before = "sec=8781202&expId=1&tsig="
            let text = Array(signed.dropFirst(before.count).utf8)
            let token = try #require(Self.bytes(text))
            for bit in 0..<token.count * 8 {
                var changed = token
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                let query = before + Base64.encode(changed.span, alphabet: .url)
                #expect(SignatureRig.verdict(query) == .bad, "bit \(bit)")
            }
            for count in 0..<text.count {
                let query = before + String(decoding: text[..<count], as: UTF8.self)
                #expect(SignatureRig.verdict(query) == .bad, "\(count) characters")
            }
        }
    }

    @Test("Whole bytes of the code, 16 to 32 of them, are accepted, and no other number")
    func truncation() throws {
        let whole = try #require(SignatureVector.all.first { $0.codeBytes == 32 })
        let token = try #require(Self.bytes(Array(whole.token.utf8)))
        for count in 10...token.count + 1 {
            let cut = count <= token.count ? Array(token[..<count]) : token + [0]
            let query = whole.signed.replacing(whole.token, with: Base64.encode(cut.span, alphabet: .url))
            let isWhole = (26...42).contains(count)
            #expect(SignatureRig.verdict(query) == (isWhole ? .good(.target) : .bad), "\(count) bytes")
        }
    }
}
