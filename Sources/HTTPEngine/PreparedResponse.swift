import Bytes

/// A response that is the same for everyone: its headers and body as the bytes to send, made once.
package struct PreparedResponse: ~Copyable, Sendable {
    /// The status.
    package let status: HTTPStatus
    /// Headers from Content-Type on, the empty line, the body.
    let bytes: [UInt8]
    /// Bytes before the body.
    let headCount: Int

    /// Prepares a response.
    ///
    /// - Parameters:
    ///   - contentType: of the body; nil for a response without one.
    ///   - headers: further headers. Names and values come from the program or its configuration; control bytes in them
    ///     become spaces.
    ///   - body: the body; must be empty where `contentType` is nil or the status forbids one.
    package init(
        status: HTTPStatus, contentType: String?, headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        precondition(
            body.isEmpty || (contentType != nil && !status.forbidsBody), "a body has a type and a status that allows it"
        )
        var text: [UInt8] = []
        if let contentType { Self.append("Content-Type", contentType, to: &text) }
        for header in headers { Self.append(header.name, header.value, to: &text) }
        if !status.forbidsBody { Self.append("Content-Length", String(body.count), to: &text) }
        text += [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
        self.status = status
        headCount = text.count
        bytes = text + body
    }

    private static func append(_ name: String, _ value: String, to text: inout [UInt8]) {
        text += HeaderLine(name: name, value: value).bytes
    }
}

/// A redirect without its `Location`: what is the same for everyone, made once.
package struct PreparedRedirect: ~Copyable, Sendable {
    /// The status.
    package let status: HTTPStatus
    /// The status line.
    let head: [UInt8]
    /// Headers behind `Location`, and the empty line.
    let tail: [UInt8]

    /// Prepares a redirect without a body.
    ///
    /// - Parameter headers: further headers, from the program or its configuration.
    package init(status: HTTPStatus, headers: [HeaderLine]) {
        self.status = status
        head = Array("\(status.statusLine)".utf8)
        let length = HeaderLine(name: "Content-Length", value: "0")
        tail = (headers + [length]).flatMap(\.bytes) + [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
    }
}

/// One header as the line that stands in a response.
package struct HeaderLine: Equatable, Sendable {
    /// Name, colon, value and line end.
    package let bytes: [UInt8]

    /// Makes the line; control bytes in the name or value become spaces.
    package init(name: String, value: String) {
        let text = Array("\(name): \(value)".utf8).map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 }
        bytes = text + [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
    }
}
