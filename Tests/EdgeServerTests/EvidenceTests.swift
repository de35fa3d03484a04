import Engagement
import Foundation
import TestSupport
import Testing
import TrackingLinks

@testable import EdgeServer

@Suite("An event keeps the evidence of its own request, whatever was asked before")
struct EvidenceTests {
    @Test("Campaign fields have one order in links and in events, a place apart")
    func campaignFieldsAreAPlaceApart() throws {
        for number in TrackingField.sec.rawValue...TrackingField.pVa.rawValue {
            let field = try #require(TrackingField(rawValue: number))
            let name = try #require(EventField(rawValue: number - 1))
            #expect("\(field.name)" == name.name)
        }
    }

    /// What is known to hold no at sign is written as it is: that has to be known of every spelling.
    @Test(arguments: ["=40", "&commat;", "&#64;", "＠", "﹫", "%EF%BC%A0", "%3D40", "@", "%40"])
    func noSpellingOfAnAtSignIsTakenForPlain(_ sign: String) throws {
        let rig = try EdgeRig()
        let client = try rig.connect()
        let label = sign.utf8.map { $0 < 0x80 && $0 != UInt8(ascii: "&") ? String(UnicodeScalar($0)) : "%" + hex($0) }
        for _ in 0..<2 {
            for field in ["User-Agent", "Purpose", "Sec-Fetch-Mode"] {
                _ = try rig.exchange(
                    client,
                    "GET /tremop?sec=1&expVer=x/ann\(label.joined())secret.example HTTP/1.1\r\nHost: t.example\r\n"
                        + "Accept: a;q=0.4\r\n\(field): Some long name/1.0 ann\(sign)secret.example\r\n\r\n")
            }
        }
        let events = try rig.journaled().events
        #expect(events.count == 6)
        for event in events {
            let kept = [event.texts[.userAgent], event.texts[.purpose], event.texts[.secFetchMode]].compactMap { $0 }
            #expect(kept == ["Some long name/1.0 (email)"])
            #expect(event.texts[.expVer] == "x/(email)")
        }
    }

    private func hex(_ byte: UInt8) -> String { String(format: "%02X", Int(byte)) }

    /// Requests of a few clients and of many, in any order, on one worker; each event is held to what it was sent with.
    @Test(arguments: ["pseudonym", "raw", "none"]) func evidenceIsTheRequestsOwn(_ identity: String) throws {
        let rig = try EdgeRig("{ identity: \"\(identity)\", " + EdgeRig.sections.dropFirst())
        let client = try rig.connect()
        var random = SeededGenerator(seed: 71)
        var expected: [(agent: String?, language: String?, mode: String?)] = []
        for number in 0..<600 {
            // Some clients come again and again, some once; some name an address.
            let known = Int.random(in: 0..<12, using: &random)
            let isAlone = Int.random(in: 0..<4, using: &random) == 0
            var agent: String? = "Client/\(isAlone ? 1_000 + number : known)"
            if known % 5 == 0 { agent? += " (+mail me@client\(known).example)" }
            if known == 7 { agent = nil }
            let language = known % 2 == 0 ? "de-DE" : nil
            let mode = known % 3 == 0 ? "navigate" : nil
            var lines = ""
            if let agent { lines += "User-Agent: \(agent)\r\n" }
            if let language { lines += "Accept-Language: \(language),en;q=0.5\r\n" }
            if let mode { lines += "Sec-Fetch-Mode: \(mode)\r\n" }
            let person = Bool.random(using: &random) ? "&cuid=p\(number)%40m.example" : ""
            let target =
                Bool.random(using: &random)
                ? "/tremclk?sec=1&expId=\(number)\(person)&targetUrl=https%3A%2F%2Fwww.shop.example%2F\(number % 7)"
                : "/tremop?expId=\(number)&sec=1&va=%5B\(number)%5D\(person)"
            _ = try rig.exchange(client, "GET \(target) HTTP/1.1\r\nHost: trem.brand.example\r\n\(lines)\r\n")
            // Without an identifier nothing of identity `raw` is known to be wanted.
            let keepsAddresses = identity == "raw" && !person.isEmpty
            let kept =
                keepsAddresses ? agent : agent?.replacingOccurrences(of: "me@client\(known).example", with: "(email)")
            expected.append((kept, language, mode))
        }
        let events = try rig.journaled().events
        #expect(events.count == expected.count)
        for (number, event) in events.enumerated() {
            #expect(event.texts[.expId] == "\(number)")
            #expect(event.texts[.userAgent] == expected[number].agent, "event \(number)")
            #expect(event.texts[.acceptLanguage] == expected[number].language, "event \(number)")
            #expect(event.texts[.secFetchMode] == expected[number].mode, "event \(number)")
        }
    }
}
