import LinuxSystem

/// A listening socket that a service manager opened before this process began, and holds beyond its end.
struct InheritedSocket: Equatable, Sendable, CustomStringConvertible {
    /// The descriptor.
    let number: Int32
    /// What the socket unit calls it (`FileDescriptorName=`): without that, the unit's own name.
    let name: String
    /// Where it listens.
    let address: SocketAddress

    /// Such as `socket 3 'tremolo.socket' on 0.0.0.0:80`.
    var description: String { "socket \(number) '\(name)' on \(address)" }
}

/// Sockets that were opened before the process began, passed on as sd_listen_fds(3) says: `LISTEN_PID` names the
/// process that they are for, `LISTEN_FDS` says how many there are from descriptor 3 on, `LISTEN_FDNAMES` what they are
/// called.
enum SocketActivation {
    /// Takes them. Call it once, before any other thread runs.
    ///
    /// - Throws: `EdgeError.inherited` for variables that can't be read and for what is no listening TCP socket.
    static func take(_ log: ServerLog) throws(EdgeError) -> [InheritedSocket] {
        let offer = try Offer(Environment.value, processID: Host.processID)
        for name in Offer.variables { Environment.remove(name) }
        if let other = offer.meantFor {
            log.write(
                .warning, "sockets-not-taken", ("LISTEN_PID", "\(other)"), ("process", "\(Host.processID)"),
                ("what", "sockets were passed on to another process: start tremolo by exec, with nothing between"))
        }
        var sockets: [InheritedSocket] = []
        for (number, name) in offer.descriptors { sockets.append(try socket(number, name)) }
        return sockets
    }

    private static func socket(_ number: Int32, _ name: String) throws(EdgeError) -> InheritedSocket {
        do throws(SystemError) {
            if try Sockets.isListening(number) {
                return InheritedSocket(number: number, name: name, address: try Sockets.localAddress(of: number))
            }
        } catch {
            throw .inherited(
                socket: "socket \(number) '\(name)'",
                reason: "\(error.reason): LISTEN_FDS must count the descriptors that are passed on")
        }
        throw .inherited(
            socket: "socket \(number) '\(name)'",
            reason: "it is no TCP socket that listens: the socket unit needs ListenStream= with a port, and Accept=no")
    }

    /// What the variables say.
    struct Offer {
        /// The names of the variables.
        static let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"]
        /// The first descriptor that is passed on.
        private static let firstNumber: Int32 = 3
        /// More than any configuration has addresses and workers.
        private static let countMax: Int32 = 4_096

        /// The descriptors that are for this process, with their names.
        let descriptors: [(number: Int32, name: String)]
        /// The process that they are for instead.
        let meantFor: Int32?

        /// - Throws: `EdgeError.inherited` for a variable that holds no number.
        init(_ variable: (String) -> String?, processID: Int32) throws(EdgeError) {
            guard let forText = variable("LISTEN_PID"), let countText = variable("LISTEN_FDS") else {
                (descriptors, meantFor) = ([], nil)
                return
            }
            guard let process = Int32(forText), process > 0 else {
                throw .inherited(socket: "LISTEN_PID", reason: "it is no process: leave such variables to systemd")
            }
            guard let count = Int32(countText), (0...Self.countMax).contains(count) else {
                throw .inherited(
                    socket: "LISTEN_FDS",
                    reason: "it is no number from 0 to \(Self.countMax): leave such variables to systemd")
            }
            guard process == processID else {
                (descriptors, meantFor) = ([], count > 0 ? process : nil)
                return
            }
            let names = variable("LISTEN_FDNAMES")?.split(separator: ":", omittingEmptySubsequences: false) ?? []
            descriptors = (0..<count).map { place in
                let index = Int(place)
                return (Self.firstNumber + place, index < names.count ? String(names[index]) : "unknown")
            }
            meantFor = nil
        }
    }
}
