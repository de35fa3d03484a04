import Bytes
import EdgeServer
import LinuxSystem

/// The clicks that `tremolo doctor` sends, and what it finds out by them.
struct DoctorRun {
    /// How a thing is.
    enum Verdict: String {
        /// As it should be.
        case ok
        /// Nothing is wrong, but look at it.
        case note
        /// Something on the way changes clicks, or loses who clicked.
        case problem
    }

    /// One thing that was looked at.
    struct Finding {
        let subject: String
        let verdict: Verdict
        let detail: String
    }

    let origin: DoctorOrigin
    let key: HMACSHA256Key
    let section: String
    /// Where clicks lead: a URL of a host that the section lists, or any.
    let destination: String
    let way: DoctorWay
    /// Waits until the edge has closed what idles, to see whether something is left for it to close.
    let waitsForIdle: Bool
    private(set) var findings: [Finding] = []

    init(
        origin: DoctorOrigin, key: HMACSHA256Key, section: String, destination: String, way: DoctorWay,
        waitsForIdle: Bool
    ) {
        self.origin = origin
        self.key = key
        self.section = section
        self.destination = destination
        self.way = way
        self.waitsForIdle = waitsForIdle
    }

    /// An answer of the edge, and what arrived there.
    struct Seen {
        let reply: DoctorFetch.Reply
        let arrival: DoctorArrival
    }

    /// Looks at everything.
    ///
    /// - Returns: false when the edge was not reached at all.
    mutating func run() throws(DoctorFetch.Failure) -> Bool {
        let campaign = "sec=\(section)&expId=tremolo-doctor&cuid="
        let encoded = Self.encoded(destination)
        let click = "/tremclk?\(campaign)&targetUrl=\(encoded)"
        guard let first = try send("click", click) else { return false }
        lookAtWay(first)
        lookAtClient(first)
        lookAtCaching("no-store", first)
        let again = try send("no-cache", click)
        if again != nil {
            add("no-cache", .ok, "the same link is asked for again at the edge, not answered from a cache")
        }
        _ = try expect(
            "slash form", "/tremclk/?\(campaign)&targetUrl=\(encoded)", "the form with a slash arrives as it is")
        let raw = "\(destination)a//b/./c?x=1&y=%2F%E2%82%AC;z='(1)"
        _ = try expect(
            "raw target", "/tremclk?\(campaign)&targetUrl=\(raw)", "a target that is not encoded arrives byte for byte")
        let long = Self.encoded(destination + String(repeating: "a", count: 2_000))
        let padding = String(repeating: "x", count: max(0, 7_800 - long.utf8.count - campaign.utf8.count))
        _ = try expect(
            "long link", "/tremclk?\(campaign)&padding=\(padding)&targetUrl=\(long)", "a link of 7,800 bytes arrives")
        if let pixel = try send("pixel", "/tremop/?\(campaign)") {
            let isImage = pixel.reply.header("content-type") == "image/gif" && pixel.reply.body.count == 43
            add(
                "pixel", isImage ? .ok : .problem,
                isImage
                    ? "the image arrives as it is sent"
                    : "the image arrives changed (\(pixel.reply.body.count) bytes): turn off what optimises images"
            )
        }
        if waitsForIdle { try lookAtIdleTime(click) } else { lookAtIdleTime(first) }
        return true
    }

    mutating func add(_ subject: String, _ verdict: Verdict, _ detail: String) {
        findings.append(Finding(subject: subject, verdict: verdict, detail: detail))
    }

    /// Sends one marked request and takes the edge's answer; anything else is a finding.
    mutating func send(_ subject: String, _ target: String) throws(DoctorFetch.Failure) -> Seen? {
        let nonce: UInt64
        do throws(SystemError) {
            nonce = try SystemRandom.uint64()
        } catch {
            throw .unreachable("random bytes: \(error.reason)")
        }
        let mark = DoctorMark.make(
            key: key, nowSeconds: SystemClock.realtimeNanoseconds() / 1_000_000_000, nonce: nonce)
        let reply = try DoctorFetch.get(origin, target: target, mark: mark, by: way)
        guard let text = reply.header("\(DoctorMark.answerName)".lowercased()) else {
            add(subject, .problem, Self.withoutArrival(reply))
            return nil
        }
        guard let arrival = DoctorArrival(text) else {
            add(subject, .problem, "the edge's answer is changed on the way: \(DoctorMark.answerName) can't be read")
            return nil
        }
        guard mark.contains(".\(arrival.nonce).") else {
            add(subject, .problem, "the answer is that to an earlier click: something on the way stores it")
            return nil
        }
        let hash = "\(SHA256Digest.hash(target.utf8.span))"
        guard arrival.targetHash == hash else {
            add(
                subject, .problem,
                "the link arrives changed (\(arrival.targetBytes) bytes for \(target.utf8.count)): forward it as it "
                    + "is, without normalising paths, decoding or appending")
            return nil
        }
        return Seen(reply: reply, arrival: arrival)
    }

    private mutating func expect(_ subject: String, _ target: String, _ words: String) throws(DoctorFetch.Failure)
        -> Seen?
    {
        let seen = try send(subject, target)
        if seen != nil { add(subject, .ok, words) }
        return seen
    }

    /// What an answer means that is not the edge's, or the edge's to a click without a good mark.
    private static func withoutArrival(_ reply: DoctorFetch.Reply) -> String {
        let who = reply.header("x-robots-tag") != nil ? "an edge" : "something else than an edge"
        let mark =
            "An edge that has the same keys and a clock that is right within \(DoctorMark.secondsMax / 60) minutes "
            + "says what arrived; a proxy must pass on the field \(DoctorMark.headerName), and the answer's"
        return "\(who) answered with status \(reply.status) and did not say what arrived. \(mark)"
    }

    // MARK: What is looked at

    private mutating func lookAtWay(_ seen: Seen) {
        let (reply, arrival) = (seen.reply, seen.arrival)
        var way = reply.remoteAddress.map { "\(origin.host) is \($0)" } ?? "\(origin.host) answers"
        if let version = reply.httpVersion { way += ", HTTP/\(version)" }
        if origin.isSecure { way += ", the certificate is good" }
        way += ", edge \(arrival.version)"
        add("way", .ok, way)
        if let seconds = reply.seconds {
            let text =
                "name \(Self.milliseconds(seconds.name)), "
                + "TLS \(Self.milliseconds(max(0, seconds.tls - seconds.name))), "
                + "answer \(Self.milliseconds(max(0, seconds.first - max(seconds.tls, seconds.name))))"
            add("time", seconds.first > 2 ? .note : .ok, text)
        }
        let isExpected = reply.status == 302
        add(
            "click", isExpected ? .ok : .note,
            isExpected
                ? "redirected to the target; nothing was recorded"
                : "the edge decided '\(arrival.outcome)' (status \(reply.status)): name a section and a host that it "
                    + "lists with --sec and --target to see a redirect; nothing was recorded")
        if isExpected, arrival.outcome == "redirected", reply.header("location") != destination {
            add("location", .problem, "the redirect's Location is changed on the way: turn off its rewriting")
        }
    }

    private mutating func lookAtClient(_ seen: Seen) {
        let arrival = seen.arrival
        let address = arrival.address ?? "none"
        switch arrival.addressBy {
        case "connection" where arrival.isFromProxy, "missing":
            add(
                "address", .problem,
                "the trusted proxy names no client (\(address)): have it write X-Forwarded-For or a PROXY header"
            )
        case "unreadable", "contradicted":
            add(
                "address", .problem,
                "the proxy's forwarding headers are \(arrival.addressBy): have it replace both kinds")
        case "connection":
            let isOwn = seen.reply.localAddress == arrival.address
            add(
                "address", isOwn || seen.reply.localAddress == nil ? .ok : .note,
                isOwn
                    ? "the edge sees this machine's address"
                    : "the edge sees \(address), the peer of its connection: if that "
                        + "is a proxy's, list it in trustedProxies")
        default:
            add("address", .ok, "the edge sees \(address), by \(arrival.addressBy)")
        }
        let wanted = origin.isSecure ? "https" : "http"
        if arrival.scheme == wanted {
            add("scheme", .ok, "\(wanted) arrives")
        } else if arrival.isFromProxy {
            add("scheme", .problem, "it arrives as \(arrival.scheme): have the proxy write X-Forwarded-Proto")
        } else {
            add("scheme", .note, "it is not told: nobody in front is trusted")
        }
        let host = arrival.host ?? "none"
        // The port is nothing that the edge looks at.
        let isSame = [origin.authority, DoctorOrigin.bracketed(origin.host)].contains(host.lowercased())
        add(
            "host", isSame ? .ok : .problem,
            isSame
                ? "the host arrives" : "the edge is asked for '\(host)' and not for '\(origin.authority)': forward Host"
        )
    }

    private mutating func lookAtCaching(_ subject: String, _ seen: Seen) {
        let value = seen.reply.header("cache-control") ?? "missing"
        add(
            subject, value.contains("no-store") ? .ok : .problem,
            value.contains("no-store")
                ? "Cache-Control arrives"
                : "Cache-Control is '\(value)' here: pass it on, and cache nothing of this host")
    }

    /// A value as it stands in a query.
    private static func encoded(_ text: String) -> String {
        var buffer = ByteBuffer(capacity: 3 * text.utf8.count)
        PercentCoding.encode(text.utf8.span, into: &buffer)
        return buffer.withSpan { $0.toString() }
    }

    private static func milliseconds(_ seconds: Double) -> String { "\(Int((seconds * 1_000).rounded())) ms" }
}
