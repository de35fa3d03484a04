import Bytes
import Engagement
import HTTPEngine
import Testing

@testable import EdgeServer

/// A header's value and what an event keeps of it.
struct DigestedHeader: CustomTestStringConvertible, Sendable {
    let value: String
    let kept: String?
    var testDescription: String { value }

    init(_ value: String, _ kept: String?) {
        self.value = value
        self.kept = kept
    }
}

@Suite("Of headers that say more than it needs an event keeps a part")
struct HeaderDigestTests {
    @Test(
        "Of a Referer its host",
        arguments: [
            DigestedHeader("https://Mail.Example/inbox?cuid=j%40m.example#x", "mail.example"),
            DigestedHeader("http://mail.example:8080/", "mail.example:8080"),
            DigestedHeader("HTTPS://mail.example", "mail.example"),
            DigestedHeader("https://user:secret@mail.example/", "mail.example"),
            DigestedHeader("https://a@b@mail.example/", "mail.example"),
            DigestedHeader("https://mail.example?x=a@b", "mail.example"),
            DigestedHeader("https://mail.example#a@b", "mail.example"),
            DigestedHeader("https://mail.example\\@evil.example", "mail.example"),
            DigestedHeader("https://[2001:DB8::1]:443/", "[2001:db8::1]:443"),
            DigestedHeader("android-app://com.mail.example/", nil), DigestedHeader("about:client", nil),
            DigestedHeader("mail.example", nil), DigestedHeader("/inbox", nil), DigestedHeader("https://", nil),
            DigestedHeader("https:///inbox", nil), DigestedHeader("https://user@/", nil), DigestedHeader("", nil),
        ])
    func referer(_ row: DigestedHeader) {
        var buffer = ByteBuffer(capacity: 64)
        let isKept = HeaderDigest.appendHost(ofReferer: Array(row.value.utf8).span, into: &buffer)
        #expect(isKept == (row.kept != nil))
        #expect(String(decoding: buffer.toArray(), as: UTF8.self) == row.kept ?? "")
    }

    @Test("A host that finds no room is not kept in part")
    func noRoom() {
        var buffer = ByteBuffer(capacity: 8)
        #expect(!HeaderDigest.appendHost(ofReferer: Array("https://mail.example/".utf8).span, into: &buffer))
        #expect(buffer.toArray() == [])
    }

    @Test(
        "Of an Accept-Language its first tag",
        arguments: [
            DigestedHeader("de-DE,de;q=0.8,en;q=0.5", "de-DE"), DigestedHeader("en", "en"),
            DigestedHeader("en;q=0.5", "en"), DigestedHeader("en , de", "en"), DigestedHeader("*", "*"),
            DigestedHeader("en\tx", "en"), DigestedHeader(",de", ""), DigestedHeader("", ""),
        ])
    func language(_ row: DigestedHeader) {
        let bytes = Array(row.value.utf8)
        let range = HeaderDigest.firstLanguage(bytes.span)
        #expect(String(decoding: bytes[range], as: UTF8.self) == row.kept)
    }

    @Test("The presence of each of sixteen headers is a bit of its own, and no other header is one")
    func presence() {
        #expect(HeaderPresence(knownHeaders: 0).rawValue == 0)
        #expect(HeaderPresence(knownHeaders: .max).rawValue == .max)
        #expect(HeaderPresence(knownHeaders: KnownHeader.host.bit).rawValue == 1)
        #expect(HeaderPresence(knownHeaders: KnownHeader.xRequestedWith.bit).rawValue == 1 << 15)
        #expect(HeaderPresence(knownHeaders: KnownHeader.authorization.bit | KnownHeader.origin.bit).rawValue == 0)
        var seen: UInt16 = 0
        for bit in 0..<64 {
            let one = HeaderPresence(knownHeaders: 1 << UInt64(bit)).rawValue
            #expect(one.nonzeroBitCount <= 1 && seen & one == 0)
            seen |= one
        }
        #expect(seen == .max)
    }
}
