import Bytes
import Engagement
import HTTPEngine
import Journal
import LinuxSystem
import Synchronization
import TestSupport
import Testing
import TrackingLinks

@testable import EdgeServer

/// A worker of two sections, and links that were signed for it.
struct UnsubscribeRig {
    let rig: EdgeRig
    let client: EdgeClient
    static let secret = [UInt8](repeating: 7, count: 32)
    /// What the clock of a rig says, in seconds.
    static let nowSeconds: UInt64 = 1_795_428_000

    init(storage: any JournalStorage = LinuxStorage(), waitingMax: Int = 1_024) throws {
        rig = try EdgeRig(
            "{ sections: { \"1\": { consent: \"honourOptOut\" }, \"2\": { identifier: \"phone\" } } }",
            storage: storage, signingKeys: [try Self.keyFile()], consentWaitingMax: waitingMax)
        client = try rig.connect()
    }

    /// The key of every section.
    static func keyFile() throws -> KeyFile {
        try #require(KeyFile(purpose: .signing, id: 1, createdNanoseconds: 1, secret: secret))
    }

    /// The target of a signed link.
    static func link(_ fields: String = "cuid=ann%40mail.example&sec=1", expirySeconds: UInt64? = nil) throws -> String
    {
        var signer = LinkSigner(key: SigningKey(id: 1, secret: secret.span))
        let url = Array("/tremunsub?\(fields)".utf8)
        return String(decoding: try signer.sign(url.span, expirySeconds: expirySeconds), as: UTF8.self)
    }

    static let form = "List-Unsubscribe=One-Click"

    /// Posts a form, and waits for the answer, which another thread gives.
    func post(
        _ target: String, _ body: String = form, type: String? = "application/x-www-form-urlencoded",
        _ lines: String = "", on other: EdgeClient? = nil
    ) throws -> String {
        let client = other ?? self.client
        client.send(Self.request(target, body, type: type, lines))
        return try answer(on: client)
    }

    static func request(_ target: String, _ body: String, type: String?, _ lines: String = "") -> String {
        let typeLine = type.map { "Content-Type: \($0)\r\n" } ?? ""
        return "POST \(target) HTTP/1.1\r\nHost: t.example\r\n\(typeLine)\(lines)Content-Length: \(body.utf8.count)\r\n"
            + "\r\n\(body)"
    }

    func answer(on client: EdgeClient) throws -> String {
        let deadline = SystemClock.monotonicNanoseconds() + 30_000_000_000
        while SystemClock.monotonicNanoseconds() < deadline {
            let text = client.receive()
            if !text.isEmpty { return text }
            // A late answer wakes the worker.
            try rig.worker.runOneTurn(waitingAtMost: 100, at: rig.time)
        }
        Issue.record("no answer came")
        return ""
    }

    func get(_ target: String, _ lines: String = "", method: String = "GET") throws -> String {
        try rig.exchange(client, "\(method) \(target) HTTP/1.1\r\nHost: t.example\r\n\(lines)\r\n")
    }

    /// What is in force for an address.
    func status(_ address: String = "ann@mail.example") throws -> ConsentStatus? {
        let keys = try KeyFolder.readOrMake(rig.folder.path + "/keys", journalIsEmpty: true)
        let finder = PersonFinder(type: .email, key: keys.personKey(section: "1".utf8.span))
        let person = finder.person(Array(address.utf8).span)
        return rig.book.status(of: try #require(person), in: "1")
    }

    /// Words of people that stand in the journal.
    func records() throws -> [ConsentRecord] {
        var records: [ConsentRecord] = []
        try AdminRecords.forEach(in: DataFolder(path: rig.folder.path), onTrouble: { Issue.record("\($0)") }) {
            record, payload, _ throws(EngagementError) in
            if record.kind == .consent { records.append(try ConsentRecord(payload, version: record.version)) }
        }
        return records
    }
}

@Suite("People unsubscribe with a link that was signed for them; whoever only looks at it changes nothing")
struct UnsubscribeTests {
    private let unsubscribe: UnsubscribeRig

    init() throws {
        unsubscribe = try UnsubscribeRig()
    }

    @Test("A GET, however often and with whatever a scanner sends, shows a page with a button and changes nothing")
    func looking() throws {
        for target in [try UnsubscribeRig.link(), try UnsubscribeRig.link().replacing("unsub?", with: "unsub/?")] {
            for lines in [
                "", "Sec-Purpose: prefetch\r\n", "Purpose: prefetch\r\nX-Moz: prefetch\r\n", "Cookie: a=b\r\n",
            ] {
                let answer = try unsubscribe.get(target, lines)
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(answer.contains("<form method=\"post\"><input type=\"hidden\" name=\"List-Unsubscribe\" "))
                #expect(!answer.contains("did not work"))
                let head = answer.lowercased()
                for line in [
                    "form-action 'self'; frame-ancestors 'none'", "default-src 'none'", "referrer-policy: no-referrer",
                    "cache-control: no-store, private", "x-robots-tag: noindex", "x-content-type-options: nosniff",
                ] {
                    #expect(head.contains(line), "\(line)")
                }
                for secret in ["ann", "mail.example", "tsig", "cuid", "set-cookie", "location:", "action=\""] {
                    #expect(!head.contains(secret), "\(secret)")
                }
            }
        }
        let head = try unsubscribe.get(try UnsubscribeRig.link(), method: "HEAD")
        #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.hasSuffix("\r\n\r\n"))
        #expect(try unsubscribe.status() == nil)
        #expect(try unsubscribe.records().isEmpty && unsubscribe.rig.journaled().events.isEmpty)
        #expect(unsubscribe.rig.counters.value(.unsubscribeShown) == 9)
    }

    @Test("A POST of the form opts out, on the disk before it is answered, in every spelling of the person")
    func doing() throws {
        let hash = SHA256Digest.hash("ann@mail.example".utf8.span).description
        #expect(try unsubscribe.status() == nil)
        let answer = try unsubscribe.post(try UnsubscribeRig.link("cuid=%20Ann%40Mail.example&sec=1"))
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("<h1>You have unsubscribed</h1>"))
        #expect(answer.contains("form-action 'none'") && answer.contains("Referrer-Policy: no-referrer"))
        #expect(!answer.lowercased().contains("set-cookie") && !answer.contains("ann@"))
        #expect(try unsubscribe.status() == .optedOut && unsubscribe.status(hash) == .optedOut)
        #expect(try unsubscribe.status("bob@mail.example") == nil)
        let records = try unsubscribe.records()
        #expect(records.count == 1 && records.first?.source == .unsubscribeLink && records.first?.section == "1")
        #expect(unsubscribe.rig.counters.value(.unsubscribeDone) == 1)
        #expect(try unsubscribe.rig.journaled().events.isEmpty)
    }

    @Test(
        "The form comes as RFC 8058 lets it, and the link as mail leaves it",
        arguments: [
            (
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\n"
                    + "One-Click\r\n--b--\r\n"
            ),
            (nil, UnsubscribeRig.form), ("application/x-www-form-urlencoded; charset=UTF-8", UnsubscribeRig.form),
        ] as [(String?, String)])
    func forms(_ type: String?, _ body: String) throws {
        let target = try UnsubscribeRig.link().replacing("&", with: "&amp;") + "%3E"
        let answer = try unsubscribe.post(target, body, type: type)
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(try unsubscribe.status() == .optedOut)
    }

    @Test(
        "A POST of anything else shows the button again and changes nothing",
        arguments: [
            ("", "application/x-www-form-urlencoded"), ("List-Unsubscribe=No", "application/x-www-form-urlencoded"),
            (UnsubscribeRig.form, "text/plain"), ("{}", "application/json"),
            (UnsubscribeRig.form, "multipart/form-data; boundary=x"),
        ])
    func otherForms(_ body: String, _ type: String) throws {
        let answer = try unsubscribe.post(try UnsubscribeRig.link(), body, type: type)
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n") && answer.contains("That did not work"))
        #expect(answer.contains("<form method=\"post\">") && answer.contains("form-action 'self'"))
        #expect(try unsubscribe.status() == nil && unsubscribe.records().isEmpty)
        #expect(unsubscribe.rig.counters.value(.unsubscribeNoForm) == 1)
    }

    @Test("A body past 1 KiB, or of bad chunks, is no form: the button again, and the end of the connection")
    func refusedBodies() throws {
        let link = try UnsubscribeRig.link()
        let most = UnsubscribeRig.form + "&a=" + String(repeating: "x", count: 995)
        #expect(most.utf8.count == 1_024)
        let chunked = "POST \(link) HTTP/1.1\r\nHost: t.example\r\nTransfer-Encoding: chunked\r\n\r\n"
        let long = "401\r\n\(most)x\r\n0\r\n\r\n"
        for request in [
            UnsubscribeRig.request(link, most + "x", type: "application/x-www-form-urlencoded"), chunked + long,
            chunked + "1b\r\n\(UnsubscribeRig.form)\r\n0\r\n\r\n", chunked + "x\r\n",
        ] {
            let client = try unsubscribe.rig.connect()
            client.send(request)
            let answer = try unsubscribe.answer(on: client)
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n") && answer.contains("Connection: close\r\n"))
            #expect(answer.contains("That did not work") && answer.contains("<form method=\"post\">"), "\(request)")
        }
        #expect(unsubscribe.rig.counters.value(.unsubscribeNoForm) == 4)
        let client = try unsubscribe.rig.connect()
        client.send(chunked.replacing("ann", with: "bob") + long)
        #expect(try unsubscribe.answer(on: client).hasPrefix("HTTP/1.1 404"))
        #expect(try unsubscribe.status() == nil && unsubscribe.records().isEmpty)
        #expect(try unsubscribe.post(link, most).hasPrefix("HTTP/1.1 200"))
    }

    /// Links that are no good, by what is wrong with them.
    static func badLinks() throws -> [(name: String, target: String)] {
        let good = try UnsubscribeRig.link()
        var signer = LinkSigner(key: SigningKey(id: 1, secret: [UInt8](repeating: 9, count: 32).span))
        let unsigned = Array("/tremunsub?cuid=ann%40mail.example&sec=1".utf8)
        let forged = String(decoding: try signer.sign(unsigned.span), as: UTF8.self)
        var own = LinkSigner(key: SigningKey(id: 1, secret: UnsubscribeRig.secret.span))
        let click = Array("/tremclk?cuid=ann%40mail.example&sec=1".utf8)
        let clicked = String(decoding: try own.sign(click.span), as: UTF8.self)
        return [
            ("another person", good.replacing("ann", with: "bob")),
            ("another section", good.replacing("sec=1", with: "sec=2")),
            ("no signature", good.replacing(/&tsig.*/, with: "")), ("a changed signature", good + "A"),
            ("expired", try UnsubscribeRig.link(expirySeconds: UnsubscribeRig.nowSeconds)),
            ("another key", forged), ("a click's signature", clicked.replacing("tremclk", with: "tremunsub")),
            ("a section that is not configured", try UnsubscribeRig.link("cuid=ann%40mail.example&sec=3")),
            ("nobody of the section's kind", try UnsubscribeRig.link("cuid=ann%40mail.example&sec=2")),
            ("a blank", try UnsubscribeRig.link("cuid=%20%20&sec=1")), ("nothing", "/tremunsub"),
        ]
    }

    @Test("A link that is no good is the same small page for everybody, and changes nothing")
    func badLinks() throws {
        for (name, target) in try Self.badLinks() {
            let shown = try unsubscribe.get(target)
            #expect(shown.hasPrefix("HTTP/1.1 404 Not Found\r\n") && !shown.contains("<form"), "\(name)")
            #expect(shown.contains("This link does not work") && !shown.contains("ann"), "\(name)")
            let answer = try unsubscribe.post(target)
            #expect(answer.hasPrefix("HTTP/1.1 404 Not Found\r\n"), "\(name)")
        }
        for address in ["ann@mail.example", "bob@mail.example"] { #expect(try unsubscribe.status(address) == nil) }
        #expect(try unsubscribe.records().isEmpty)
        let count = try UInt64(Self.badLinks().count)
        #expect(unsubscribe.rig.counters.value(.unsubscribeRefused) == 2 * count)
    }

    @Test("A person's signature is none of a click or an open")
    func clicks() throws {
        let rig = try EdgeRig(
            """
            { sections: { "1": { hosts: ["www.shop.example"], signatures: "require", otherwise: "refuse" } } }
            """,
            signingKeys: [try UnsubscribeRig.keyFile()])
        let client = try rig.connect()
        let target = "&targetUrl=https%3A%2F%2Fwww.shop.example%2F"
        let link = try UnsubscribeRig.link().replacing("tremunsub", with: "tremclk") + target
        #expect(try rig.exchange(client, browserRequest(link)).hasPrefix("HTTP/1.1 404"))
        #expect(try rig.journaled().events.first?.reason == "\(DecisionReason.badSignature.name)")
    }

    @Test("Other methods are told what there is")
    func methods() throws {
        let answer = try unsubscribe.get(try UnsubscribeRig.link(), method: "DELETE")
        #expect(answer.hasPrefix("HTTP/1.1 405") && answer.contains("Allow: GET, HEAD, POST\r\n"))
        #expect(unsubscribe.rig.counters.value(.unsubscribeMethodNotAllowed) == 1)
        #expect(try unsubscribe.get("/tremunsubs").hasPrefix("HTTP/1.1 404"))
        #expect(unsubscribe.rig.counters.value(.elsewhereNotFound) == 1)
    }

    @Test("Who says it a hundred times is answered each time, and recorded a few times")
    func repeated() throws {
        let link = try UnsubscribeRig.link()
        for _ in 0..<100 { #expect(try unsubscribe.post(link).hasPrefix("HTTP/1.1 200")) }
        // Five at once and one a minute: a hundred answers take less than some minutes.
        let records = try unsubscribe.records().count
        #expect((5..<20).contains(records))
        // Somebody else is not held back.
        #expect(
            try unsubscribe.post(try UnsubscribeRig.link("cuid=bob%40mail.example&sec=1")).hasPrefix("HTTP/1.1 200"))
        #expect(try unsubscribe.records().count == records + 1)
    }

    @Test("Where the disk fails, nobody is told that it is done, and the button is there again")
    func failingDisk() throws {
        let storage = WatchedStorage()
        let unsubscribe = try UnsubscribeRig(storage: storage)
        let link = try UnsubscribeRig.link()
        storage.failure.withLock { $0 = .noSpace(in: .pwrite) }
        let answer = try unsubscribe.post(link)
        #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n") && answer.contains("Retry-After: 1\r\n"))
        #expect(answer.contains("That did not work") && answer.contains("<form method=\"post\">"))
        #expect(try unsubscribe.status() == nil)
        storage.failure.withLock { $0 = nil }
        #expect(try unsubscribe.post(link).hasPrefix("HTTP/1.1 200"))
        #expect(try unsubscribe.status() == .optedOut)
        #expect(unsubscribe.rig.counters.value(.unsubscribeUnavailable) == 1)
    }

    @Test("While the disk hangs, so many wait, and whoever comes then is told to come again; clicks go on")
    func hangingDisk() throws {
        let gate = DiskGate()
        let storage = WatchedStorage()
        let unsubscribe = try UnsubscribeRig(storage: storage, waitingMax: 3)
        // A click first: the gate is then for the consent's own shard alone.
        let click = "/tremclk?cuid=a&sec=1&targetUrl=https%3A%2F%2Fa.example%2F"
        #expect(try unsubscribe.get(click).hasPrefix("HTTP/1.1 200"))
        storage.beforeWrite.withLock { [gate] in $0 = { _ in gate.pass() } }
        gate.set(shut: true)
        defer { gate.set(shut: false) }
        let clients = try (0..<5).map { _ in try unsubscribe.rig.connect() }
        func send(_ number: Int) throws {
            let link = try UnsubscribeRig.link("cuid=p\(number)%40mail.example&sec=1")
            clients[number].send(UnsubscribeRig.request(link, UnsubscribeRig.form, type: nil))
            try unsubscribe.rig.turns()
        }
        try send(0)
        try eventually("the disk holds whoever writes") { gate.holds }
        for number in 1..<5 { try send(number) }
        let refused = clients[4].receive()
        #expect(refused.hasPrefix("HTTP/1.1 503") && refused.contains("Retry-After: 1\r\n"))
        #expect(clients[..<4].allSatisfy { $0.receive().isEmpty })
        // Whoever looks is answered meanwhile.
        #expect(try unsubscribe.get(try UnsubscribeRig.link()).hasPrefix("HTTP/1.1 200"))
        gate.set(shut: false)
        for client in clients[..<4] { #expect(try unsubscribe.answer(on: client).hasPrefix("HTTP/1.1 200")) }
        #expect(try unsubscribe.status("p4@mail.example") == nil && unsubscribe.status("p3@mail.example") == .optedOut)
    }

    @Test("Many at once are all answered")
    func manyAtOnce() throws {
        let clients = try (0..<50).map { _ in try unsubscribe.rig.connect() }
        for (number, client) in clients.enumerated() {
            let link = try UnsubscribeRig.link("cuid=p\(number)%40mail.example&sec=1")
            client.send(UnsubscribeRig.request(link, UnsubscribeRig.form, type: nil))
        }
        for client in clients { #expect(try unsubscribe.answer(on: client).hasPrefix("HTTP/1.1 200")) }
        for number in 0..<50 { #expect(try unsubscribe.status("p\(number)@mail.example") == .optedOut) }
    }

    @Test("Looking allocates nothing")
    func allocations() throws {
        for target in [try UnsubscribeRig.link(), "/tremunsub?x"] {
            let request = browserRequest(target)
            var allocations = 0
            for round in 0..<12 {
                unsubscribe.client.send(request)
                let made = try allocationCount { try unsubscribe.rig.turns() }
                if round >= 4 { allocations += made }
                #expect(unsubscribe.client.receive().hasPrefix("HTTP/1.1 \(target.contains("cuid") ? 200 : 404)"))
            }
            #expect(allocations == 0, "\(target)")
        }
    }
}

@Suite("Whoever repeats a word is held back, and nobody else")
struct RepeatedWordsTests {
    private func speaker(_ number: UInt64) -> RepeatedWords.Speaker {
        var bytes = ByteBuffer(capacity: 16)
        bytes.appendLittleEndian(number)
        bytes.appendLittleEndian(UInt64(0))
        return RepeatedWords.Speaker(section: "1", person: bytes.withSpan { Bytes16(in: $0, at: 0) })
    }

    @Test("Five words at once and one a minute are taken")
    func rate() {
        var words = RepeatedWords()
        let minute: UInt64 = 60_000_000_000
        let first = (0..<8).map { _ in words.isTooMuch(speaker(1), nowNanoseconds: minute) }
        #expect(first == [false, false, false, false, false, true, true, true])
        let next = [
            words.isTooMuch(speaker(2), nowNanoseconds: minute),
            words.isTooMuch(speaker(1), nowNanoseconds: 2 * minute + 1),
            words.isTooMuch(speaker(1), nowNanoseconds: 2 * minute + 2),
        ]
        #expect(next == [false, false, true])
    }

    @Test("Memory is bounded, and room is made by whoever has been silent")
    func bound() {
        var words = RepeatedWords()
        let minute: UInt64 = 60_000_000_000
        // Nobody is held back whom there is no room for.
        let speakers = (0..<4_096).map { speaker(UInt64($0)) } + (0..<20).map { _ in speaker(9_999) }
        let isHeld = speakers.map { words.isTooMuch($0, nowNanoseconds: minute) }
        #expect(!isHeld.contains(true))
        let later = 10 * minute
        let taken = (0..<7).map { _ in words.isTooMuch(speaker(9_999), nowNanoseconds: later) }
        #expect(taken == [false, false, false, false, false, true, true])
    }
}
