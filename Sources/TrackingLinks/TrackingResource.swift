import Bytes

/// What a request path asks for: the two resources that the links of a mail point at.
package enum TrackingResource: UInt8, Sendable, CaseIterable {
    /// A link was followed; the answer is a redirect or a page.
    case click = 1
    /// An image was loaded; the answer is a 1x1 transparent image.
    case open = 2

    /// The resource at a request path, or nil where the path is neither of the two.
    ///
    /// The path is compared byte for byte, with or without one trailing slash: links in payloads carry the slash, the
    /// tracking variable of a template does not.
    ///
    /// - Parameter path: the path as it stood in the request, without the question mark.
    package init?(path: Span<UInt8>) {
        if path.equals("/tremclk") || path.equals("/tremclk/") {
            self = .click
        } else if path.equals("/tremop") || path.equals("/tremop/") {
            self = .open
        } else {
            return nil
        }
    }

    /// The name in events and reports: `click` or `open`.
    package var name: StaticString {
        switch self {
        case .click: "click"
        case .open: "open"
        }
    }

    /// The path that links are made with, without a trailing slash.
    package var path: StaticString {
        switch self {
        case .click: "/tremclk"
        case .open: "/tremop"
        }
    }
}
