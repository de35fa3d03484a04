import Bytes
import Engagement
import HTTPEngine

/// A call of the consent API as it came: a copy, because it is judged elsewhere.
struct ConsentEvent: Sendable {
    /// What is reported.
    let status: ConsentStatus
    /// What the caller shows as `dy-api-key`; nil without one.
    let key: [UInt8]?
    /// The JSON body.
    let body: [UInt8]

    /// The most bytes of a body.
    static let bodyBytesMax = 1_024
    private static let keyBytesMax = 512

    /// What a path is to the consent API.
    enum Resource {
        /// Events that report a status.
        case event(ConsentStatus)
        /// Nothing, below the API's own path or another spelling of that.
        case unknown
        /// Nothing of the API.
        case elsewhere
    }

    /// What stands at a path.
    static func resource(path: Span<UInt8>) -> Resource {
        guard path.hasPrefixIgnoringASCIICase("/v2/userdata/") else { return .elsewhere }
        if path.equals("/v2/userdata/channels/Email/opt-in") { return .event(.optedIn) }
        if path.equals("/v2/userdata/channels/Email/opt-out") { return .event(.optedOut) }
        return .unknown
    }

    /// True where `Content-Encoding` says that the body is not what it is of itself (RFC 9110, 8.4).
    static func isEncoded(_ head: borrowing RequestHead, in bytes: Span<UInt8>) -> Bool {
        for place in 0..<head.headerCount {
            let field = head.field(at: place)
            guard bytes.extracting(field.name.offsets).equalsIgnoringASCIICase("content-encoding") else { continue }
            let coding = bytes.extracting(field.value.offsets)
            if !coding.isEmpty, !coding.equalsIgnoringASCIICase("identity") { return true }
        }
        return false
    }

    /// Copies a call.
    init(_ status: ConsentStatus, _ head: borrowing RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>) {
        self.status = status
        key = head.firstField(named: "dy-api-key", in: bytes).map {
            bytes.extracting($0.offsets).extracting(first: min(Int($0.count), Self.keyBytesMax)).toArray()
        }
        self.body = body.toArray()
    }

    /// Whom a body names, or what is wrong with it.
    enum Reading {
        case identifier(IdentifierType, value: String)
        case bad(String)
    }

    /// Reads the body: `{"identifier": {"type": "email", "value": "..."}}`. Nothing of it stands in a reason.
    func read() -> Reading {
        let root: JSON5Value
        do throws(JSON5Error) {
            root = try JSON5.parse(body.span, dialect: .json)
        } catch {
            return .bad("the body is no JSON: \(body.isEmpty ? "it is empty" : "see \(error.place)")")
        }
        guard root.members != nil else { return .bad("the body is no object") }
        guard let identifier = root["identifier"], identifier.members != nil else {
            return .bad("'identifier' is missing or no object")
        }
        guard let name = identifier["type"]?.string else { return .bad("'identifier.type' is missing or no text") }
        let type: IdentifierType
        switch name {
        case "email": type = .email
        case "phoneNumber": type = .phone
        case "custom": type = .other
        default: return .bad("'identifier.type' is none of email, phoneNumber, custom")
        }
        guard let value = identifier["value"]?.string else { return .bad("'identifier.value' is missing or no text") }
        return .identifier(type, value: value)
    }
}

/// The answers to calls of the consent API: a status, and a JSON object that says what is wrong.
enum ConsentEventAnswer {
    /// The change is on the disk and in force.
    static let accepted = answer(.accepted, "{\"status\":\"accepted\"}\n")
    /// The change can't be recorded, or nobody knows whether it is.
    static let notRecorded = answer(
        .serviceUnavailable, error("the change could not be recorded for certain: repeat it"), retryAfter: true)
    /// Too many calls wait.
    static let busy = answer(.serviceUnavailable, error("too many calls wait: repeat it in a while"), retryAfter: true)
    /// The key is missing or wrong.
    static let noKey = answer(.unauthorized, error("the header dy-api-key is missing or wrong"))
    /// The caller calls too often.
    static let tooOften = answer(.tooManyRequests, error("too many calls: repeat it in a while"), retryAfter: true)

    /// The body has too many bytes.
    static let bodyTooLong = bad("the body has more than \(ConsentEvent.bodyBytesMax) bytes")

    /// The body comes in chunks that are none.
    static let malformedChunks = bad("the body's chunks are malformed")

    /// The body is compressed, or encoded otherwise.
    static let encodedBody = bad("the header Content-Encoding is there, and a body that is encoded is not read")

    /// The path is none of the two.
    static let unknownPath = answer(
        .notFound,
        error("the path is none of /v2/userdata/channels/Email/opt-in and /opt-out, written just so"))

    /// The body can't be meant.
    static func bad(_ reason: String) -> ConsentDesk.Answer { answer(.badRequest, error(reason)) }

    private static func error(_ reason: String) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("error")
        writer.string(reason)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }

    private static func answer(_ status: HTTPStatus, _ body: String, retryAfter: Bool = false) -> ConsentDesk.Answer {
        let body = Array(body.utf8)
        return { response in
            response.begin(status)
            if retryAfter { response.header("Retry-After", "1") }
            response.finish(contentType: "application/json", body: body.span)
        }
    }
}
