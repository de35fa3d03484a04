/// The answer that a request must get.
package struct ExpectedAnswer: Equatable, Sendable {
    /// What the body must be.
    package enum Body: Equatable, Sendable {
        /// Anything, as long as its length is as said: nobody reads the body of a redirect.
        case any
        /// A GIF of one pixel, 43 bytes, as image/gif.
        case pixel
        /// A page that contains these bytes.
        case page(containing: [UInt8])
    }

    /// The status.
    package var status: Int
    /// The whole `Location`, or nil where there must be none.
    package var location: [UInt8]?
    /// The body of an answer to GET.
    package var body = Body.any
    /// True when the request is a HEAD: the answer has no body, whatever its Content-Length.
    package var isHead = false
    /// True when an acknowledged request is recorded as an event.
    package var isRecorded = true
    /// True when the server must close the connection behind the answer.
    package var mustClose = false

    /// An expectation.
    package init(status: Int, location: String? = nil, body: Body = .any, isHead: Bool = false) {
        self.status = status
        self.location = location.map { Array($0.utf8) }
        self.body = body
        self.isHead = isHead
    }
}

/// How much of an answer is checked.
package enum CheckDepth: String, CaseIterable, Sendable {
    /// Status, Location, Content-Length and body.
    case full
    /// The status, and that the answer is as long as it says: for servers that answer the same to everyone.
    case status
}
