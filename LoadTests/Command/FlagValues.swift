import LoadEngine
import LoadReports
import Settings

/// The values of flags as what they mean.
struct FlagValues {
    let parsed: ParsedArguments

    init(_ parsed: ParsedArguments) {
        self.parsed = parsed
    }

    func text(_ flag: String) -> String? { parsed.value(flag) }

    func integer(_ flag: String, in range: ClosedRange<Int>) throws(LoadFailure) -> Int? {
        guard let text = parsed.value(flag) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw .usage(
                "--\(flag)", why: "'\(text)' is not one of its numbers",
                whatToDo: "write a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func number(_ flag: String, in range: ClosedRange<Double>) throws(LoadFailure) -> Double? {
        guard let text = parsed.value(flag) else { return nil }
        guard let value = Double(text), range.contains(value) else {
            let most = NumberText.grouped(UInt64(range.upperBound))
            throw .usage(
                "--\(flag)", why: "'\(text)' is not one of its numbers",
                whatToDo: "write a number from \(NumberText.short(range.lowerBound)) to \(most)")
        }
        return value
    }

    /// A time with its unit; a bare number is seconds.
    func nanoseconds(_ flag: String) throws(LoadFailure) -> UInt64? {
        guard let text = parsed.value(flag) else { return nil }
        let span: UInt64
        do throws(QuantityError) {
            span = try TimeSpan(text, bareSeconds: true).nanoseconds
        } catch {
            throw .usage("--\(flag)", why: "\(error)", whatToDo: "write it as in 10s or 250ms")
        }
        guard span <= 86_400_000_000_000 else {
            throw .usage("--\(flag)", why: "it is longer than a day", whatToDo: "give less")
        }
        return span
    }
}

/// The flags that name servers.
enum ServerFlags {
    static func servers(_ values: FlagValues, isSelfTest: Bool) throws(LoadFailure) -> [LoadServer] {
        let parsed = values.parsed
        guard let url = parsed.operands.first else {
            guard isSelfTest else {
                throw .usage(
                    "URL", why: "it is missing", whatToDo: "name the server, such as http://127.0.0.1:8080")
            }
            return []
        }
        if isSelfTest {
            throw .usage("--self-test", why: "it brings its own server", whatToDo: "leave the URL out")
        }
        let depth = parsed.value("expect").flatMap { CheckDepth(rawValue: $0) } ?? .full
        var servers = [try server(name: parsed.value("name") ?? "edge", url: url, depth: depth)]
        for text in parsed.values("against") { servers.append(try other(text)) }
        guard Set(servers.map(\.name)).count == servers.count else {
            throw .usage("--against", why: "two servers have the same name", whatToDo: "give each its own")
        }
        for text in parsed.values("server-pid") { try assign(text, to: &servers) }
        return servers
    }

    private static func server(name: String, url: String, depth: CheckDepth) throws(LoadFailure) -> LoadServer {
        guard let address = LoadServer.address(of: url) else {
            throw .usage(
                url, why: "it is no server's URL (names but localhost are not looked up)",
                whatToDo: "write http:// and an IP address and port, such as http://127.0.0.1:8080")
        }
        return LoadServer(name: name, url: url, address: address, depth: depth)
    }

    /// `NAME=URL`, with `,status` or `,full` behind it.
    private static func other(_ text: String) throws(LoadFailure) -> LoadServer {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            throw .usage("--against", why: "'\(text)' has no name", whatToDo: "write NAME=URL")
        }
        let words = parts[1].split(separator: ",", maxSplits: 1).map(String.init)
        guard let url = words.first, let depth = CheckDepth(rawValue: words.count > 1 ? words[1] : "full") else {
            throw .usage("--against", why: "'\(text)' has no such depth", whatToDo: "write NAME=URL,status")
        }
        return try server(name: parts[0], url: url, depth: depth)
    }

    private static func assign(_ text: String, to servers: inout [LoadServer]) throws(LoadFailure) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        let name = parts.count == 2 ? parts[0] : servers[0].name
        guard let process = parts.last.flatMap({ Int32($0) }), process > 0 else {
            throw .usage("--server-pid", why: "'\(text)' is no process", whatToDo: "write PID or NAME=PID")
        }
        guard let index = servers.firstIndex(where: { $0.name == name }) else {
            throw .usage("--server-pid", why: "no server is called '\(name)'", whatToDo: "use a name of --against")
        }
        guard ProcessSample.take(process) != nil else {
            throw .usage("--server-pid", why: "process \(process) can't be looked at", whatToDo: "name a running one")
        }
        servers[index].process = process
    }
}
