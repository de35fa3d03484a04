/// The header fields that the engine finds while it parses, so that nobody searches for them again.
///
/// Their order is that of bits: whoever keeps some of the bits relies on it, and the sixteen that events keep come
/// first. Names that are not here are found with `RequestHead.firstField(named:in:)`. At most 64 cases, a bit each.
package enum KnownHeader: UInt8, Sendable, CaseIterable {
    case host
    case userAgent
    case accept
    case acceptLanguage
    case acceptEncoding
    case referer
    case connection
    case cookie
    case upgradeInsecureRequests
    case cacheControl
    case pragma
    case secCHUA
    case range
    case from
    case via
    case xRequestedWith
    case acceptCharset
    case contentLength
    case contentType
    case transferEncoding
    case authorization
    case origin
    case dnt
    case secGPC
    case purpose
    case xPurpose
    case xMoz
    case secPurpose
    case secFetchSite
    case secFetchMode
    case secFetchDest
    case secFetchUser
    case secCHUAMobile
    case secCHUAPlatform
    case priority
    case xForwardedFor
    case xForwardedProto
    case xForwardedHost
    case forwarded
    case ifNoneMatch
    case ifModifiedSince
    case te
    case trailer
    case expect
    case upgrade
    case keepAlive
    case proxyConnection
    case xRealIP
    case saveData
    case tremoloDoctor

    /// The name as the field's definition spells it.
    package var name: StaticString {
        switch self {
        case .host: "Host"
        case .userAgent: "User-Agent"
        case .accept: "Accept"
        case .acceptLanguage: "Accept-Language"
        case .acceptEncoding: "Accept-Encoding"
        case .acceptCharset: "Accept-Charset"
        case .referer: "Referer"
        case .connection: "Connection"
        case .contentLength: "Content-Length"
        case .contentType: "Content-Type"
        case .transferEncoding: "Transfer-Encoding"
        case .authorization: "Authorization"
        case .origin: "Origin"
        case .cookie: "Cookie"
        case .cacheControl: "Cache-Control"
        case .pragma: "Pragma"
        case .upgradeInsecureRequests: "Upgrade-Insecure-Requests"
        case .dnt: "DNT"
        case .secGPC: "Sec-GPC"
        case .purpose: "Purpose"
        case .xPurpose: "X-Purpose"
        case .xMoz: "X-Moz"
        case .secPurpose: "Sec-Purpose"
        case .secFetchSite: "Sec-Fetch-Site"
        case .secFetchMode: "Sec-Fetch-Mode"
        case .secFetchDest: "Sec-Fetch-Dest"
        case .secFetchUser: "Sec-Fetch-User"
        case .secCHUA: "Sec-CH-UA"
        case .secCHUAMobile: "Sec-CH-UA-Mobile"
        case .secCHUAPlatform: "Sec-CH-UA-Platform"
        case .priority: "Priority"
        case .xForwardedFor: "X-Forwarded-For"
        case .xForwardedProto: "X-Forwarded-Proto"
        case .xForwardedHost: "X-Forwarded-Host"
        case .forwarded: "Forwarded"
        case .via: "Via"
        case .ifNoneMatch: "If-None-Match"
        case .ifModifiedSince: "If-Modified-Since"
        case .range: "Range"
        case .from: "From"
        case .te: "TE"
        case .trailer: "Trailer"
        case .expect: "Expect"
        case .upgrade: "Upgrade"
        case .keepAlive: "Keep-Alive"
        case .proxyConnection: "Proxy-Connection"
        case .xRequestedWith: "X-Requested-With"
        case .xRealIP: "X-Real-IP"
        case .saveData: "Save-Data"
        case .tremoloDoctor: "Tremolo-Doctor"
        }
    }

    /// The bit of this header in `RequestHead.headerPresence`.
    @inline(__always)
    package var bit: UInt64 { 1 &<< UInt64(rawValue) }
}
