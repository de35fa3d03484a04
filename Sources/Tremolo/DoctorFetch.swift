import Bytes
import EdgeServer
import LinuxSystem

/// The way that the clicks of `tremolo doctor` take.
struct DoctorWay {
    /// An address to connect to in place of what the name stands for: a balancer that is not in DNS yet.
    var address: String?
    /// A file of certificates to trust in place of the system's, PEM.
    var certificates: String?
    /// How long an answer may take.
    var seconds: UInt64
}

/// One request of `tremolo doctor`, by whatever of this machine speaks TLS: curl, else openssl.
enum DoctorFetch {
    /// An answer, and what is known of the way there.
    struct Reply {
        var status = 0
        /// Header fields in order, names in small letters.
        var headers: [(name: String, value: String)] = []
        var body: [UInt8] = []
        /// The address that was connected to; nil where the program does not say.
        var remoteAddress: String?
        /// The address that this machine connected from.
        var localAddress: String?
        /// Such as `2` or `1.1`.
        var httpVersion: String?
        /// Seconds until the name was known, TLS stood, and the first byte came.
        var seconds: (name: Double, tls: Double, first: Double)?

        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    /// Why there is no answer.
    enum Failure: Error {
        /// Neither program is there.
        case noProgram
        /// The program's own words.
        case unreachable(String)
    }

    /// Asks for a target.
    ///
    /// - Parameters:
    ///   - origin: scheme, host and port.
    ///   - target: path and query, sent byte for byte.
    static func get(
        _ origin: DoctorOrigin, target: String, mark: String, by way: DoctorWay
    ) throws(Failure) -> Reply {
        let fields = [
            "User-Agent: tremolo-doctor", "Accept: */*", "\(DoctorMark.headerName): \(mark)",
        ]
        if let reply = try withCurl(origin, target, fields, way) { return reply }
        if let reply = try withOpenSSL(origin, target, fields, way) { return reply }
        throw .noProgram
    }

    // MARK: curl

    private static func withCurl(
        _ origin: DoctorOrigin, _ target: String, _ fields: [String], _ way: DoctorWay
    ) throws(Failure) -> Reply? {
        // What is asked for stands in standard input: everybody on the machine sees arguments.
        var configuration = "url = \(quoted(origin.text + target))\n"
        for field in fields { configuration += "header = \(quoted(field))\n" }
        if let address = way.address {
            configuration += "resolve = \(quoted("\(origin.host):\(origin.port):\(address)"))\n"
        }
        if let file = way.certificates { configuration += "cacert = \(quoted(file))\n" }
        let outcome = try run(
            "curl",
            [
                "-q", "-sS", "-i", "--path-as-is", "--globoff", "--max-time", "\(way.seconds)", "--write-out",
                "%{stderr}\n%{json}", "-K", "-",
            ], Array(configuration.utf8))
        guard let outcome else { return nil }
        let messages = String(decoding: outcome.errors, as: UTF8.self)
        guard outcome.status == 0, var reply = reply(in: outcome.output) else {
            throw .unreachable(firstLine(messages) ?? "curl ended with \(outcome.status)")
        }
        if let line = messages.split(separator: "\n").last,
            let facts = try? JSON5.parse(Array(line.utf8).span, dialect: .json)
        {
            reply.remoteAddress = facts["remote_ip"]?.string
            reply.localAddress = facts["local_ip"]?.string
            reply.httpVersion = facts["http_version"]?.string
            if let name = facts["time_namelookup"]?.number, let tls = facts["time_appconnect"]?.number,
                let first = facts["time_starttransfer"]?.number
            {
                reply.seconds = (name, tls, first)
            }
        }
        return reply
    }

    /// A text of curl's configuration.
    private static func quoted(_ text: String) -> String {
        "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    // MARK: openssl

    private static func withOpenSSL(
        _ origin: DoctorOrigin, _ target: String, _ fields: [String], _ way: DoctorWay
    ) throws(Failure) -> Reply? {
        guard origin.isSecure else { return nil }
        let lines = ["GET \(target) HTTP/1.1", "Host: \(origin.authority)"] + fields + ["Connection: close", "", ""]
        let outcome = try run(
            "timeout",
            [
                "\(way.seconds)", "openssl", "s_client", "-quiet", "-verify_return_error", "-verify_hostname",
                origin.host, "-servername", origin.host, "-connect",
                "\(DoctorOrigin.bracketed(way.address ?? origin.host)):\(origin.port)",
            ] + (way.certificates.map { ["-CAfile", $0] } ?? []), Array(lines.joined(separator: "\r\n").utf8))
        // 127: timeout(1) found no openssl.
        guard let outcome, outcome.status != 127 else { return nil }
        guard var reply = reply(in: outcome.output) else {
            throw .unreachable(
                firstLine(String(decoding: outcome.errors, as: UTF8.self)) ?? "openssl ended with \(outcome.status)")
        }
        reply.httpVersion = "1.1"
        return reply
    }

    // MARK: Answers

    private static func run(
        _ program: String, _ arguments: [String], _ input: [UInt8]
    ) throws(Failure) -> ChildProgram.Outcome? {
        do throws(SystemError) {
            return try ChildProgram.run(program, arguments, input: input)
        } catch {
            throw .unreachable("\(program): \(error.reason)")
        }
    }

    private static func firstLine(_ text: String) -> String? {
        text.split(separator: "\n").first.map(String.init)
    }

    /// The last answer in what a program wrote; interim ones come before it.
    static func reply(in bytes: [UInt8]) -> Reply? {
        var rest = bytes[...]
        while true {
            guard let end = headEnd(rest) else { return nil }
            let head = String(decoding: rest[..<end.head], as: UTF8.self)
            // What ends the last line stands half before the empty one.
            let lines = head.split(whereSeparator: { $0 == "\r\n" || $0 == "\n" || $0 == "\r" }).map(String.init)
            rest = rest[end.body...]
            guard let first = lines.first, first.hasPrefix("HTTP/") else { return nil }
            let words = first.split(separator: " ")
            guard words.count > 1, let status = Int(words[1]) else { return nil }
            guard !(100...199).contains(status) else { continue }
            var reply = Reply()
            reply.status = status
            reply.headers = lines.dropFirst().compactMap { line in
                guard let colon = line.firstIndex(of: ":") else { return nil }
                let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
                return (line[..<colon].lowercased(), String(value))
            }
            reply.body = Array(rest)
            return reply
        }
    }

    /// Where the first head ends, and where what follows begins.
    private static func headEnd(_ bytes: ArraySlice<UInt8>) -> (head: Int, body: Int)? {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "\n") {
                var next = index + 1
                if next < bytes.endIndex, bytes[next] == UInt8(ascii: "\r") { next += 1 }
                if next < bytes.endIndex, bytes[next] == UInt8(ascii: "\n") { return (index, next + 1) }
            }
            index += 1
        }
        return nil
    }
}
