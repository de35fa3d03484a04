import Bytes
import LinuxSystem
import LoadEngine

/// Request heads as `tremolo-load` makes them, for programs that send what they are given: each ends in an empty line.
enum RequestHeads {
    /// So many heads of a scenario, the same at every call.
    static func made(of scenario: Scenario, count: Int = 4_096) -> [String] {
        let plan = RequestPlan(scenario)
        var maker = RequestMaker(plan, seed: 1)
        let visits = VisitIDs(salt: 1, lane: 0)
        return (0..<count).map { number in
            var buffer = ByteBuffer(capacity: plan.requestBytesMax)
            _ = maker.write(visit: visits[UInt64(number)], into: &buffer)
            return buffer.withSpan { $0.toString() }
        }
    }

    /// The resource that a head asks for: what stands between the method and the version.
    static func resource(of head: String) -> Substring {
        head.split(separator: " ", maxSplits: 2).dropFirst().first ?? ""
    }

    /// The head with another resource.
    static func head(_ head: String, askingFor resource: String) -> String {
        let parts = head.split(separator: " ", maxSplits: 2)
        return parts.count == 3 ? "\(parts[0]) \(resource) \(parts[2])" : head
    }

    /// Asks a server for each, one after the other on one connection.
    ///
    /// - Returns: how many answers lead elsewhere than expected, or nowhere.
    static func wrongAnswers(to heads: [(head: String, location: String)], port: Int) throws(SystemError) -> Int {
        let socket = try ClientSocket(
            connectingTo: .internet(.loopback, port: UInt16(port)), timeoutMilliseconds: 5_000)
        var wrong = 0
        for (head, location) in heads {
            try socket.sendAll(Array(head.utf8).span)
            var buffer = ByteBuffer(capacity: 1 << 16)
            var answer = ""
            while !answer.hasSuffix("\r\n\r\n"), try socket.receive(into: &buffer) > 0 {
                answer = buffer.withSpan { $0.toString() }
            }
            if !redirects(answer, to: location) { wrong += 1 }
        }
        return wrong
    }

    /// True when the head of an answer leads exactly there.
    static func redirects(_ answer: String, to location: String) -> Bool {
        answer.hasPrefix("HTTP/1.1 302 ") && answer.contains("\r\nLocation: \(location)\r\n")
    }
}
