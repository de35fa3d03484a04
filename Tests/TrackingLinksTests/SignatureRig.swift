import Bytes
import Foundation
import TestSupport
import Testing
import TrackingLinks

/// Keys, and links signed and judged with them.
struct SignatureRig {
    /// Key 1 signs every section, key 2 the section 8772046 alone: those of the fixtures.
    static let secrets: [[UInt8]] = [Array(0..<32), Array(100..<132)]
    static let keys = [key(1, secrets[0]), key(2, secrets[1], section: "8772046")]
    static let table = SigningKeyTable(keys)

    /// A key of some secret.
    static func key(_ id: UInt32, _ secret: [UInt8], section: String? = nil) -> SigningKey {
        SigningKey(id: id, secret: secret.span, section: section)
    }

    /// Signs a link, or says why not.
    static func sign(
        _ url: String, scope: SignatureScope? = nil, expirySeconds: UInt64? = nil, key: SigningKey? = nil
    ) throws(SigningRefusal) -> String {
        var signer = key.map { LinkSigner(key: $0) } ?? LinkSigner(keys: table)
        let bytes = Array(url.utf8)
        return String(
            decoding: try signer.sign(bytes.span, scope: scope, expirySeconds: expirySeconds), as: UTF8.self)
    }

    /// Why a link is not signed; nil where it is.
    static func refusal(_ url: String, scope: SignatureScope? = nil, key: SigningKey? = nil) -> SigningRefusal? {
        do throws(SigningRefusal) {
            _ = try sign(url, scope: scope, key: key)
            return nil
        } catch {
            return error
        }
    }

    /// What a signature is worth, once the target was looked at where it needs to be.
    static func verdict(
        _ query: String, keys: SigningKeyTable = table, nowSeconds: UInt64 = 1_800_000_000
    ) -> SignatureVerdict {
        verdict(Array(query.utf8), keys: keys, nowSeconds: nowSeconds)
    }

    /// What the signature of an unsubscribe link is worth.
    static func personVerdict(
        _ query: String, keys: SigningKeyTable = table, nowSeconds: UInt64 = 1_800_000_000
    ) -> SignatureVerdict {
        personVerdict(Array(query.utf8), keys: keys, nowSeconds: nowSeconds)
    }

    /// The same of any bytes.
    static func personVerdict(
        _ given: [UInt8], keys: SigningKeyTable = table, nowSeconds: UInt64 = 1_800_000_000
    ) -> SignatureVerdict {
        var link = TrackingLink()
        let query = read(given, into: &link)
        var verifier = LinkVerifier()
        return verifier.judgePerson(of: link, in: query.span, keys: keys, nowSeconds: nowSeconds)
    }

    /// Reads a query as the edge does, and gives the bytes that the link's ranges lie in.
    private static func read(_ given: [UInt8], into link: inout TrackingLink) -> [UInt8] {
        var repair = QueryRepair(bytesMax: LinkLimits.queryBytesMax)
        link.read(query: given.span, repair: &repair)
        return link.isRepaired ? repair.query.toArray() : given
    }

    /// The same of any bytes.
    static func verdict(
        _ given: [UInt8], keys: SigningKeyTable = table, nowSeconds: UInt64 = 1_800_000_000
    ) -> SignatureVerdict {
        var link = TrackingLink()
        let query = read(given, into: &link)
        var verifier = LinkVerifier()
        let verdict = verifier.judge(link, of: query.span, keys: keys, nowSeconds: nowSeconds)
        guard verdict == .needsTarget else { return verdict }
        return location(of: link, query).map { verifier.judge(target: $0.span) } ?? .bad
    }

    /// The link's target as a redirect would carry it; nil for one that is not usable.
    static func location(of link: borrowing TrackingLink, _ query: [UInt8]) -> [UInt8]? {
        guard let range = link.value(of: .targetUrl) else { return nil }
        var buffer = ByteBuffer(capacity: query.count + 1)
        let raw = query.span.extracting(range.offsets)
        if link.targetIsRaw { buffer.append(raw) } else { PercentCoding.decode(raw, into: &buffer) }
        let text = buffer.toArray()
        var normalised = ByteBuffer(capacity: Target.maximumNormalisedCount(of: text.count))
        return (try? Target.read(text.span, into: &normalised)) == nil ? nil : normalised.toArray()
    }

    /// A signed link's query.
    static func query(of url: String) -> String {
        String(url.drop { $0 != "?" }.dropFirst().prefix { $0 != "#" })
    }
}

/// A link that was signed by the script beside `vectors.json`.
struct SignatureVector: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let key: UInt32
    let query: String
    let target: String?
    let expiry: UInt64?
    let codeBytes: Int
    let token: String
    let signed: String
    var testDescription: String { name }

    static let all = read("vectors")

    /// Unsubscribe links that were signed by it.
    static let unsubscribing = read("unsubscribe-vectors")

    private static func read(_ name: String) -> [SignatureVector] {
        guard let data = FileManager.default.contents(atPath: fixture("signatures/\(name).json")),
            let vectors = try? JSONDecoder().decode([SignatureVector].self, from: data)
        else { return [] }
        return vectors
    }
}
