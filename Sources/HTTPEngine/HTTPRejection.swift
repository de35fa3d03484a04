/// Why a request is not served: one case for each rule that it breaks. The connection ends after the answer.
///
/// Raw values are stable, for counters. The sections are those of RFC 9112 where nothing else is said.
package enum HTTPRejection: UInt8, Error, Equatable, Sendable, CaseIterable {
    // MARK: The request line
    /// The request line is not a method, a target and a version, one space between each (section 3).
    case malformedRequestLine = 0
    /// The method holds a byte that no token may hold (section 3.1, RFC 9110 section 5.6.2).
    case malformedMethod = 1
    /// The method is well-formed and unknown (RFC 9110 section 9.1).
    case unknownMethod = 2
    /// The target has none of the four forms, or one that its method doesn't allow (section 3.2).
    case malformedTarget = 3
    /// An absolute target carries user info (RFC 9110 section 4.2.4).
    case userInfoInTarget = 4
    /// The version is not `HTTP/`, a digit, a dot and a digit (section 2.3).
    case malformedVersion = 5
    /// The major version is not 1 (RFC 9110 section 15.6.6).
    case unsupportedVersion = 6
    /// The request line is longer than `HTTPLimits.requestLineLimitBytes` (section 3).
    case requestLineTooLong = 7

    // MARK: Header fields
    /// The head is longer than `HTTPLimits.headLimitBytes` (RFC 6585 section 5).
    case headTooLong = 8
    /// There are more header fields than `HTTPLimits.headerCountMax` (RFC 6585 section 5).
    case tooManyHeaders = 9
    /// A header's name is empty or holds a byte that no token may hold (section 5, RFC 9110 section 5.1).
    case malformedHeaderName = 10
    /// White space stands between a header's name and its colon (section 5.1).
    case spaceBeforeColon = 11
    /// A header goes on in a second line, or the first header begins with white space (sections 5.2 and 2.2).
    case foldedHeader = 12
    /// A carriage return without a line feed (section 2.2).
    case bareCarriageReturn = 13
    /// A line feed without a carriage return. RFC 9112 lets a server accept it; this one doesn't (section 2.2).
    case bareLineFeed = 14
    /// A header's value holds NUL or another control byte (RFC 9110 section 5.5).
    case controlByteInHeaderValue = 15
    /// An HTTP/1.1 request without Host (section 3.2).
    case missingHost = 16
    /// More than one Host (section 3.2).
    case repeatedHost = 17
    /// The Host, or the authority of the target, is no host with an optional port (section 3.2).
    case malformedHost = 18

    // MARK: The body
    /// Content-Length is not one number (section 6.3, RFC 9110 section 8.6).
    case malformedContentLength = 19
    /// More than one Content-Length, even an equal one (section 6.3).
    case repeatedContentLength = 20
    /// Both Content-Length and Transfer-Encoding (section 6.1).
    case contentLengthWithTransferEncoding = 21
    /// Transfer-Encoding is repeated, empty, or doesn't end in chunked (section 6.3).
    case malformedTransferEncoding = 22
    /// A transfer coding other than chunked (section 6.1).
    case unknownTransferEncoding = 23
    /// Transfer-Encoding in an HTTP/1.0 request (section 6.1).
    case transferEncodingInOldVersion = 24
    /// A chunk's size, line end or trailer is malformed or too long (section 7.1).
    case malformedChunk = 25
    /// The body is longer than the handler asked for (RFC 9110 section 15.5.14).
    case bodyTooLong = 26
    /// Expect asks for something other than 100-continue (RFC 9110 section 10.1.1).
    case unknownExpectation = 27

    // MARK: Time
    /// The head didn't come in `HTTPLimits.headTimeoutNanoseconds` (RFC 9110 section 15.5.9).
    case headTimeout = 28
    /// The body didn't come in `HTTPLimits.bodyTimeoutNanoseconds` (RFC 9110 section 15.5.9).
    case bodyTimeout = 29

    /// The status that answers it.
    package var status: HTTPStatus {
        switch self {
        case .unknownMethod, .unknownTransferEncoding: .notImplemented
        case .unsupportedVersion: .versionNotSupported
        case .requestLineTooLong: .targetTooLong
        case .headTooLong, .tooManyHeaders: .headTooLarge
        case .bodyTooLong: .contentTooLarge
        case .unknownExpectation: .expectationFailed
        case .headTimeout, .bodyTimeout: .requestTimeout
        case .malformedRequestLine, .malformedMethod, .malformedTarget, .userInfoInTarget, .malformedVersion,
            .malformedHeaderName, .spaceBeforeColon, .foldedHeader, .bareCarriageReturn, .bareLineFeed,
            .controlByteInHeaderValue, .missingHost, .repeatedHost, .malformedHost, .malformedContentLength,
            .repeatedContentLength, .contentLengthWithTransferEncoding, .malformedTransferEncoding,
            .transferEncodingInOldVersion, .malformedChunk:
            .badRequest
        }
    }
}
