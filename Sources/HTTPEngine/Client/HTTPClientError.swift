package import LinuxSystem

/// Why a request of this process's own was not answered.
package enum HTTPClientError: Error, Equatable, Sendable {
    /// The request can't be sent as it is; why.
    case unsendable(String)
    /// No connection could be made.
    case unreachable(SystemError)
    /// The connection broke, or its peer was silent for too long. What was asked may have been done.
    case broken(SystemError)
    /// The peer closed the connection before it had answered. What was asked may have been done.
    case closed
    /// The whole of it took too long. What was asked may have been done.
    case overdue
    /// What came is no answer in HTTP/1.1; why.
    case malformed(String)
    /// The answer has more bytes than were asked for.
    case tooLong(limitBytes: Int)
}

extension HTTPClientError: CustomStringConvertible {
    /// The reason.
    package var description: String {
        switch self {
        case .unsendable(let why): why
        case .unreachable(let error), .broken(let error): error.reason
        case .closed: "the connection was closed before there was an answer"
        case .overdue: "there was no answer in time"
        case .malformed(let why): "the answer is no HTTP: \(why)"
        case .tooLong(let limit): "the answer has more than \(limit) bytes"
        }
    }
}
