import HTTPEngine
import TestSupport
import Testing

/// One request head and what must become of it.
struct HeadCase: CustomTestStringConvertible {
    let name: String
    let text: String
    let expected: ParseOutcome

    init(_ name: String, _ text: String, _ expected: ParseOutcome) {
        self.name = name
        self.text = text
        self.expected = expected
    }

    /// A head that is refused for one reason.
    init(_ name: String, _ text: String, refused: HTTPRejection) {
        self.init(name, text, .rejected(refused))
    }

    /// A head that is accepted as a whole, with `behind` bytes of something else behind it.
    init(_ name: String, accepted text: String, behind: Int = 0) {
        self.init(name, text, .complete(consumedBytes: text.utf8.count - behind))
    }

    var testDescription: String { name }
    var bytes: [UInt8] { Array(text.utf8) }
}

let acceptedHeads = [
    HeadCase(
        "a plain click",
        accepted: "GET /tremclk?sec=1&targetUrl=https%3A%2F%2Fa.example HTTP/1.1\r\nHost: t.example\r\n\r\n"),
    HeadCase("HEAD", accepted: "HEAD / HTTP/1.1\r\nHost: t.example\r\n\r\n"),
    HeadCase("HTTP/1.0 without Host", accepted: "GET / HTTP/1.0\r\n\r\n"),
    HeadCase("a higher minor version", accepted: "GET / HTTP/1.7\r\nHost: t.example\r\n\r\n"),
    HeadCase("an empty Host", accepted: "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    HeadCase("a Host with a port", accepted: "GET / HTTP/1.1\r\nHost: t.example:8080\r\n\r\n"),
    HeadCase("an IPv6 Host", accepted: "GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n"),
    HeadCase("empty lines before", accepted: "\r\n\r\nGET / HTTP/1.1\r\nHost: t.example\r\n\r\n"),
    HeadCase("a second request behind", accepted: "GET / HTTP/1.1\r\nHost: t.example\r\n\r\nGET /", behind: 5),
    HeadCase("an absolute target", accepted: "GET http://t.example/tremop?sec=1 HTTP/1.1\r\nHost: t.example\r\n\r\n"),
    HeadCase("an absolute target without path", accepted: "GET HTTPS://t.example?sec=1 HTTP/1.1\r\nHost: x\r\n\r\n"),
    HeadCase("the asterisk of OPTIONS", accepted: "OPTIONS * HTTP/1.1\r\nHost: t.example\r\n\r\n"),
    HeadCase("the authority of CONNECT", accepted: "CONNECT t.example:443 HTTP/1.1\r\nHost: t.example:443\r\n\r\n"),
    HeadCase(
        "merge tags in the target",
        accepted: "GET /tremclk?cuid=*|EMAIL|*&x={{a}}<%b%>[c] HTTP/1.1\r\nHost: t.example\r\n\r\n"),
    HeadCase(
        "raw UTF-8 in the target",
        accepted: "GET /tremclk?targetUrl=https://a.example/ü HTTP/1.1\r\nHost: t.example\r\n\r\n"),
    HeadCase("a fragment that a client sent", accepted: "GET /tremclk?a=b#c HTTP/1.1\r\nHost: t.example\r\n\r\n"),
    HeadCase("no space behind the colon", accepted: "GET / HTTP/1.1\r\nHost:t.example\r\n\r\n"),
    HeadCase("white space around a value", accepted: "GET / HTTP/1.1\r\nHost: \t t.example \t \r\n\r\n"),
    HeadCase("a tab inside a value", accepted: "GET / HTTP/1.1\r\nHost: t.example\r\nUser-Agent: a\tb\r\n\r\n"),
    HeadCase("an empty value", accepted: "GET / HTTP/1.1\r\nHost: t.example\r\nUser-Agent:\r\n\r\n"),
    HeadCase(
        "bytes past ASCII in a value", accepted: "GET / HTTP/1.1\r\nHost: t.example\r\nUser-Agent: Ünïcode\r\n\r\n"),
    HeadCase("a name of one byte", accepted: "GET / HTTP/1.1\r\nHost: t.example\r\nX: 1\r\n\r\n"),
    HeadCase(
        "a name of forty bytes",
        accepted: "GET / HTTP/1.1\r\nHost: t.example\r\nX-\(String(repeating: "a", count: 38)): 1\r\n\r\n"),
    HeadCase(
        "every byte of a token in a name",
        accepted: "GET / HTTP/1.1\r\nHost: t.example\r\n!#$%&'*+-.^_`|~09AZaz: 1\r\n\r\n"),
    HeadCase("a length", accepted: "POST / HTTP/1.1\r\nHost: t.example\r\nContent-Length: 5\r\n\r\n"),
    HeadCase("chunks", accepted: "POST / HTTP/1.1\r\nHost: t.example\r\nTransfer-Encoding: Chunked\r\n\r\n"),
    HeadCase(
        "100-continue",
        accepted: "POST / HTTP/1.1\r\nHost: t.example\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n"),
    HeadCase("an expectation in HTTP/1.0", accepted: "GET / HTTP/1.0\r\nExpect: miracles\r\n\r\n"),
]

private let host = "GET / HTTP/1.1\r\nHost: t.example\r\n"

let refusedHeads = [
    HeadCase(
        "a carriage return where a known name has a dash",
        "POST / HTTP/1.1\r\nHost: a\r\nContent\rLength: 5\r\n\r\n", refused: .malformedHeaderName),
    HeadCase(
        "the same in the name that frames chunks",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer\rEncoding: chunked\r\n\r\n", refused: .malformedHeaderName),
    HeadCase("a request line without version", "GET /\r\n\r\n", refused: .malformedRequestLine),
    HeadCase("a method alone", "GET\r\n\r\n", refused: .malformedRequestLine),
    HeadCase("no method", " / HTTP/1.1\r\n\r\n", refused: .malformedRequestLine),
    HeadCase("two spaces before the target", "GET  / HTTP/1.1\r\n\r\n", refused: .malformedRequestLine),
    HeadCase("two spaces before the version", "GET /  HTTP/1.1\r\n\r\n", refused: .malformedRequestLine),
    HeadCase("a space in the target", "GET /a b HTTP/1.1\r\n\r\n", refused: .malformedRequestLine),
    HeadCase("a space behind the version", "GET / HTTP/1.1 \r\n\r\n", refused: .malformedRequestLine),
    HeadCase("a tab as separator", "GET\t/ HTTP/1.1\r\n\r\n", refused: .malformedMethod),
    HeadCase("TLS on the plain port", "\u{16}\u{3}\u{1}\u{2}", refused: .malformedMethod),
    HeadCase("NUL in the method", "G\0T / HTTP/1.1\r\n\r\n", refused: .malformedMethod),
    HeadCase("a control byte in the target", "GET /\u{1} HTTP/1.1\r\n\r\n", refused: .malformedTarget),
    HeadCase("DEL in the target", "GET /\u{7F} HTTP/1.1\r\n\r\n", refused: .malformedTarget),
    HeadCase("a tab in the target", "GET /\t HTTP/1.1\r\n\r\n", refused: .malformedTarget),
    HeadCase("a target without a slash", "GET tremclk HTTP/1.1\r\n\r\n", refused: .malformedTarget),
    HeadCase("a target that is a query", "GET ?sec=1 HTTP/1.1\r\n\r\n", refused: .malformedTarget),
    HeadCase("the asterisk of GET", "GET * HTTP/1.1\r\n\r\n", refused: .malformedTarget),
    HeadCase("an authority for GET", "GET t.example:80 HTTP/1.1\r\n\r\n", refused: .malformedTarget),
    HeadCase("a path for CONNECT", "CONNECT /a HTTP/1.1\r\n\r\n", refused: .malformedTarget),
    HeadCase("another scheme", "GET ftp://t.example/ HTTP/1.1\r\n\r\n", refused: .malformedTarget),
    HeadCase("an absolute target without host", "GET http:///a HTTP/1.1\r\n\r\n", refused: .malformedTarget),
    HeadCase("user info", "GET http://a@t.example/ HTTP/1.1\r\n\r\n", refused: .userInfoInTarget),
    HeadCase("an absolute target with a bad host", "GET http://a\\b/ HTTP/1.1\r\n\r\n", refused: .malformedHost),
    HeadCase("a version in small letters", "GET / http/1.1\r\n\r\n", refused: .malformedRequestLine),
    HeadCase("a version of two digits", "GET / HTTP/11.1\r\n\r\n", refused: .malformedVersion),
    HeadCase("a version without a dot", "GET / HTTP/1-1\r\n\r\n", refused: .malformedVersion),
    HeadCase("a version without a number", "GET / HTTP/\r\n\r\n", refused: .malformedVersion),
    HeadCase("a version of two minor digits", "GET / HTTP/1.10\r\n\r\n", refused: .malformedRequestLine),
    HeadCase("HTTP/2 with prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", refused: .unsupportedVersion),
    HeadCase("HTTP/0.9 by name", "GET / HTTP/0.9\r\n\r\n", refused: .unsupportedVersion),
    HeadCase("an unknown method", "BREW / HTTP/1.1\r\nHost: t.example\r\n\r\n", refused: .unknownMethod),
    HeadCase("a method in small letters", "get / HTTP/1.1\r\nHost: t.example\r\n\r\n", refused: .unknownMethod),

    HeadCase(
        "a bare line feed behind the request line", "GET / HTTP/1.1\nHost: t.example\r\n\r\n", refused: .bareLineFeed),
    HeadCase("a bare line feed behind a header", "\(host)A: b\n\r\n", refused: .bareLineFeed),
    HeadCase("a bare line feed as the end", "\(host)\n", refused: .bareLineFeed),
    HeadCase("a bare line feed before", "\nGET / HTTP/1.1\r\n\r\n", refused: .bareLineFeed),
    HeadCase(
        "a bare carriage return behind the request line", "GET / HTTP/1.1\rHost: x\r\n\r\n",
        refused: .bareCarriageReturn),
    HeadCase("a bare carriage return in a value", "\(host)A: b\rc: d\r\n\r\n", refused: .bareCarriageReturn),
    HeadCase("a bare carriage return as the end", "\(host)\rA: b\r\n\r\n", refused: .bareCarriageReturn),
    HeadCase("two carriage returns", "\(host)A: b\r\r\n\r\n", refused: .bareCarriageReturn),
    HeadCase("a folded header", "\(host)A: b\r\n c\r\n\r\n", refused: .foldedHeader),
    HeadCase("a header folded with a tab", "\(host)A: b\r\n\tc\r\n\r\n", refused: .foldedHeader),
    HeadCase("white space before the first header", "GET / HTTP/1.1\r\n Host: x\r\n\r\n", refused: .foldedHeader),
    HeadCase("a space before the colon", "\(host)A : b\r\n\r\n", refused: .spaceBeforeColon),
    HeadCase("a tab before the colon", "\(host)A\t: b\r\n\r\n", refused: .spaceBeforeColon),
    HeadCase(
        "a space before the colon of a known name", "\(host)Content-Length : 4\r\n\r\n", refused: .spaceBeforeColon),
    HeadCase("an empty name", "\(host): b\r\n\r\n", refused: .malformedHeaderName),
    HeadCase("a name with a slash", "\(host)A/B: c\r\n\r\n", refused: .malformedHeaderName),
    HeadCase("a name past ASCII", "\(host)Ä: c\r\n\r\n", refused: .malformedHeaderName),
    HeadCase("a line without a colon", "\(host)abc\r\nD: e\r\n\r\n", refused: .malformedHeaderName),
    HeadCase("a last line without a colon", "\(host)abc\r\n\r\n", refused: .malformedHeaderName),
    HeadCase("NUL in a value", "\(host)A: b\0c\r\n\r\n", refused: .controlByteInHeaderValue),
    HeadCase("a vertical tab in a value", "\(host)A: b\u{B}c\r\n\r\n", refused: .controlByteInHeaderValue),
    HeadCase("DEL in a value", "\(host)A: b\u{7F}c\r\n\r\n", refused: .controlByteInHeaderValue),

    HeadCase("no Host", "GET / HTTP/1.1\r\nUser-Agent: x\r\n\r\n", refused: .missingHost),
    HeadCase("two Hosts", "\(host)Host: t.example\r\n\r\n", refused: .repeatedHost),
    HeadCase("a Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", refused: .malformedHost),
    HeadCase("a Host with a path", "GET / HTTP/1.1\r\nHost: a.example/b\r\n\r\n", refused: .malformedHost),
    HeadCase("a Host with user info", "GET / HTTP/1.1\r\nHost: a@b.example\r\n\r\n", refused: .malformedHost),
    HeadCase("a Host list", "GET / HTTP/1.1\r\nHost: a.example, b\"\r\n\r\n", refused: .malformedHost),
    HeadCase("a Host with a bad port", "GET / HTTP/1.1\r\nHost: a.example:8o\r\n\r\n", refused: .malformedHost),
    HeadCase("a Host with a long port", "GET / HTTP/1.1\r\nHost: a.example:123456\r\n\r\n", refused: .malformedHost),
    HeadCase("a Host that is a port", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n", refused: .malformedHost),
    HeadCase("an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", refused: .malformedHost),
    HeadCase("an empty bracket", "GET / HTTP/1.1\r\nHost: []\r\n\r\n", refused: .malformedHost),
    HeadCase(
        "a bad Host beside an absolute target", "GET http://a.example/ HTTP/1.1\r\nHost: \\\r\n\r\n",
        refused: .malformedHost),

    HeadCase(
        "length and chunks", "\(host)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        refused: .contentLengthWithTransferEncoding),
    HeadCase(
        "two equal lengths", "\(host)Content-Length: 5\r\nContent-Length: 5\r\n\r\n", refused: .repeatedContentLength),
    HeadCase("a list of lengths", "\(host)Content-Length: 5, 5\r\n\r\n", refused: .malformedContentLength),
    HeadCase("a negative length", "\(host)Content-Length: -1\r\n\r\n", refused: .malformedContentLength),
    HeadCase("a length with a plus", "\(host)Content-Length: +1\r\n\r\n", refused: .malformedContentLength),
    HeadCase("a hexadecimal length", "\(host)Content-Length: 0x5\r\n\r\n", refused: .malformedContentLength),
    HeadCase("an empty length", "\(host)Content-Length:\r\n\r\n", refused: .malformedContentLength),
    HeadCase(
        "a length past every number", "\(host)Content-Length: 99999999999999999999\r\n\r\n", refused: .bodyTooLong),
    HeadCase(
        "chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        refused: .transferEncodingInOldVersion),
    HeadCase(
        "two codings in two headers", "\(host)Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        refused: .malformedTransferEncoding),
    HeadCase("an empty coding", "\(host)Transfer-Encoding:\r\n\r\n", refused: .malformedTransferEncoding),
    HeadCase("identity", "\(host)Transfer-Encoding: identity\r\n\r\n", refused: .malformedTransferEncoding),
    HeadCase(
        "chunked not last", "\(host)Transfer-Encoding: chunked, gzip\r\n\r\n", refused: .malformedTransferEncoding),
    HeadCase("gzip and chunked", "\(host)Transfer-Encoding: gzip, chunked\r\n\r\n", refused: .unknownTransferEncoding),
    HeadCase(
        "chunked with a vertical tab", "\(host)Transfer-Encoding: \u{B}chunked\r\n\r\n",
        refused: .controlByteInHeaderValue),
    HeadCase("an unknown expectation", "\(host)Expect: miracles\r\n\r\n", refused: .unknownExpectation),
]
