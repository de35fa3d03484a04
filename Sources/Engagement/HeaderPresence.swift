/// Which of sixteen common headers a request had: evidence that costs two bytes. Bits stand in events.
package struct HeaderPresence: OptionSet, Sendable, Equatable {
    /// The bits as they stand in an event.
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// `Host`.
    package static let host = HeaderPresence(rawValue: 1 << 0)
    /// `User-Agent`.
    package static let userAgent = HeaderPresence(rawValue: 1 << 1)
    /// `Accept`.
    package static let accept = HeaderPresence(rawValue: 1 << 2)
    /// `Accept-Language`.
    package static let acceptLanguage = HeaderPresence(rawValue: 1 << 3)
    /// `Accept-Encoding`.
    package static let acceptEncoding = HeaderPresence(rawValue: 1 << 4)
    /// `Referer`.
    package static let referer = HeaderPresence(rawValue: 1 << 5)
    /// `Connection`.
    package static let connection = HeaderPresence(rawValue: 1 << 6)
    /// `Cookie`.
    package static let cookie = HeaderPresence(rawValue: 1 << 7)
    /// `Upgrade-Insecure-Requests`.
    package static let upgradeInsecureRequests = HeaderPresence(rawValue: 1 << 8)
    /// `Cache-Control`.
    package static let cacheControl = HeaderPresence(rawValue: 1 << 9)
    /// `Pragma`.
    package static let pragma = HeaderPresence(rawValue: 1 << 10)
    /// `Sec-CH-UA`: every Chromium sends it over TLS.
    package static let secCHUA = HeaderPresence(rawValue: 1 << 11)
    /// `Range`.
    package static let range = HeaderPresence(rawValue: 1 << 12)
    /// `From`.
    package static let from = HeaderPresence(rawValue: 1 << 13)
    /// `Via`.
    package static let via = HeaderPresence(rawValue: 1 << 14)
    /// `X-Requested-With`: a browser inside an app names the app in it.
    package static let xRequestedWith = HeaderPresence(rawValue: 1 << 15)
}
