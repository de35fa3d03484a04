import Foundation
import HTTPEngine
import LinuxSystem
import Settings
import Testing

@testable import EdgeServer

@Suite("Sockets that a service manager passes on are taken for what they are")
struct SocketActivationTests {
    private func offer(_ variables: [String: String]) throws(EdgeError) -> SocketActivation.Offer {
        try SocketActivation.Offer({ variables[$0] }, processID: 42)
    }

    @Test("Descriptors count from 3, and have the names that there are")
    func numbersAndNames() throws {
        let named = try offer(["LISTEN_PID": "42", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "edge:admin"])
        #expect(named.descriptors.map(\.number) == [3, 4, 5])
        #expect(named.descriptors.map(\.name) == ["edge", "admin", "unknown"])
        #expect(try offer(["LISTEN_PID": "42", "LISTEN_FDS": "1"]).descriptors.map(\.name) == ["unknown"])
    }

    @Test("Nothing is taken that is for nobody or for another process")
    func notMeant() throws {
        #expect(try offer([:]).descriptors.isEmpty && offer(["LISTEN_FDS": "2"]).descriptors.isEmpty)
        #expect(try offer(["LISTEN_PID": "42", "LISTEN_FDS": "0"]).meantFor == nil)
        let other = try offer(["LISTEN_PID": "41", "LISTEN_FDS": "2"])
        #expect(other.descriptors.isEmpty && other.meantFor == 41)
    }

    @Test(
        "Variables that hold no number are named",
        arguments: [
            ("LISTEN_PID", ["LISTEN_PID": "", "LISTEN_FDS": "1"]),
            ("LISTEN_PID", ["LISTEN_PID": "-1", "LISTEN_FDS": "1"]),
            ("LISTEN_PID", ["LISTEN_PID": "99999999999999999999", "LISTEN_FDS": "1"]),
            ("LISTEN_FDS", ["LISTEN_PID": "42", "LISTEN_FDS": "x"]),
            ("LISTEN_FDS", ["LISTEN_PID": "42", "LISTEN_FDS": "-1"]),
            ("LISTEN_FDS", ["LISTEN_PID": "42", "LISTEN_FDS": "2147483647"]),
        ])
    func unreadable(_ name: String, _ variables: [String: String]) {
        let error = #expect(throws: EdgeError.self) { try offer(variables) }
        #expect("\(error.map { "\($0)" } ?? "")".hasPrefix("\(name): "))
    }

    // MARK: Which socket serves what

    private func socket(_ number: Int32, _ name: String, _ address: String) throws -> InheritedSocket {
        InheritedSocket(number: number, name: name, address: try #require(SocketAddress(address)))
    }

    private func plan(_ sockets: [InheritedSocket], _ configuration: String = "{}") throws -> ListenerPlan {
        try ListenerPlan(sockets, try #require(readConfiguration(configuration)))
    }

    private func refusal(_ sockets: [InheritedSocket], _ configuration: String = "{}") throws -> String {
        let error = #expect(throws: EdgeError.self) { try plan(sockets, configuration) }
        return error.map { "\($0)" } ?? ""
    }

    @Test("By its address, whatever it is called; what has no socket is left to be bound")
    func byAddress() throws {
        let two = "{ listen: ['127.0.0.1:8080', '[::1]:8080'] }"
        let plan = try plan(
            [
                socket(3, "tremolo.socket", "[::1]:8080"), socket(4, "edge", "[::1]:8080"),
                socket(5, "x", "127.0.0.1:8081"),
            ],
            two)
        #expect(plan.edge.map { $0.map(\.number) } == [[], [3, 4]])
        #expect(plan.admin?.number == 5)
        let none = try self.plan([], two)
        #expect(none.edge == [[], []] && none.admin == nil)
    }

    @Test("One that is called edge takes the place of the only address that is left; one called admin is that")
    func byName() throws {
        let edge = try [socket(3, "edge", "0.0.0.0:80"), socket(4, "edge", "0.0.0.0:80")]
        #expect(try plan(edge).edge == [edge])
        #expect(try plan([socket(3, "admin", "127.0.0.1:9")]).admin?.number == 3)
        #expect(try plan([socket(3, "admin", "127.0.0.1:8080")]).edge == [[]])
    }

    @Test("What serves nothing is named, with what to do")
    func unmatched() throws {
        let stray = try socket(3, "tremolo.socket", "0.0.0.0:80")
        let words = try refusal([stray])
        #expect(
            words.hasPrefix("socket 3 'tremolo.socket' on 0.0.0.0:80: neither listen (127.0.0.1:8080) nor admin ")
                && words.contains("FileDescriptorName=edge"), "\(words)")
        let edge = try socket(3, "edge", "0.0.0.0:80")
        // Two addresses for one place, one address for two places, and a name that is none beside one that is.
        #expect(try refusal([edge, socket(4, "edge", "[::]:80")]).hasPrefix("socket 3"))
        #expect(try refusal([edge], "{ listen: ['127.0.0.1:1', '127.0.0.1:2'] }").hasPrefix("socket 3"))
        #expect(try refusal([edge, socket(4, "other", "0.0.0.0:81")]).hasPrefix("socket 4 'other'"))
        #expect(
            try refusal([socket(3, "admin", "127.0.0.1:1"), socket(4, "admin", "127.0.0.1:2")]).hasPrefix("socket 4"))
    }

    @Test("An admin listener that others reach needs its token, also as a socket")
    func adminToken() throws {
        let open = try socket(3, "admin", "0.0.0.0:8081")
        #expect(try refusal([open]).contains("needs a token"))
        #expect(try plan([open], "{ adminToken: '0123456789abcdef' }").admin == open)
    }

    @Test("More sockets than a worker takes are refused")
    func tooMany() throws {
        let many = try (3..<68).map { try socket($0, "edge", "0.0.0.0:80") }
        #expect(try refusal(many, "{ workers: 1 }").contains("64 sockets at most"))
        #expect(try plan(many, "{ workers: 2 }").edge == [many])
        // Also where the last address has no socket.
        let two = "{ workers: 1, listen: ['0.0.0.0:80', '127.0.0.1:1'] }"
        #expect(try refusal(Array(many.dropLast()), two).contains("64 sockets at most"))
    }
}

/// Sockets that listen, as another process would have opened them.
private func opened(_ count: Int, on address: SocketAddress) throws -> [InheritedSocket] {
    var sockets: [InheritedSocket] = []
    var place = address
    for _ in 0..<count {
        let listener = try ListenerSocket(listeningOn: place)
        place = listener.address
        let copy = dup(listener.rawValue)
        try #require(copy >= 0)
        sockets.append(InheritedSocket(number: copy, name: "edge", address: place))
    }
    return sockets
}

@Suite("Each worker has an inherited socket, and each socket a worker")
struct InheritedListenerTests {
    @Test(arguments: [(1, 3), (2, 3), (3, 3), (5, 3), (3, 1)])
    func shares(_ sockets: Int, _ workers: Int) throws {
        let inherited = try opened(sockets, on: .internet(.loopback, port: 0))
        let configuration = try #require(readConfiguration("{ workers: \(workers), admin: '127.0.0.1:0' }"))
        let listeners = try EdgeListeners(configuration, inherited: inherited)
        #expect(listeners.edge.count == workers && listeners.edge.allSatisfy { !$0.isEmpty })
        let all = listeners.edge.flatMap { $0 }
        #expect(Set(all.map(ObjectIdentifier.init)).count == sockets)
        #expect(all.count == max(sockets, workers))
        #expect(all.allSatisfy { $0.outlivesProcess && $0.address == inherited[0].address })
        // A socket of several workers wakes one of them.
        for listener in all where all.filter({ $0 === listener }).count > 1 { #expect(listener.isShared) }
        #expect(!listeners.admin.outlivesProcess)
        for socket in inherited { #expect(fcntl(socket.number, F_GETFD) == FD_CLOEXEC) }
    }

    @Test("A port that an inherited socket has is not asked for, and what is no listening socket is seen as that")
    func kinds() throws {
        let inherited = try opened(1, on: .internet(.loopback, port: 0))
        #expect(try Sockets.isListening(inherited[0].number))
        #expect(throws: SystemError.self) { try ListenerSocket.requireFree(inherited[0].address) }
        let folder = try FileDescriptor.open("/", [.read, .directory])
        #expect(try !Sockets.isListening(folder.rawValue))
        let connected = try ClientSocket(connectingTo: inherited[0].address, timeoutMilliseconds: 5_000)
        #expect(try !Sockets.isListening(connected.rawValue))
        #expect(throws: SystemError.self) { try Sockets.isListening(-1) }
        close(inherited[0].number)
    }
}
