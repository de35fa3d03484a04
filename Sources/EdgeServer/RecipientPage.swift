package import Bytes
import TrackingLinks

/// The small pages that a recipient may see in place of a redirect, and their headers.
///
/// They carry no script and no outside resource, are readable on a phone, and never say what went wrong inside. What a
/// client sent stands in them escaped. Their address holds a person's identifier, so they forbid a referrer.
package enum RecipientPage {
    /// The most bytes that a page takes: a target has at most 8,192 bytes and its host at most 255, each at most 8 when
    /// escaped, beside 4 KiB of the page's own.
    package static let bytesMax = 98_304

    /// The page that asks a person whether to go on to a host that the section does not list.
    ///
    /// - Parameters:
    ///   - host: the host as the link names it.
    ///   - port: the port, where it is not the scheme's own.
    ///   - location: the whole normalised target, or no bytes when the host can't be shown to be what it seems: then
    ///     the page has no link.
    package static func writeAsk(
        host: Span<UInt8>, port: UInt16?, location: Span<UInt8>, into page: inout ByteBuffer
    ) {
        page.append(opening)
        page.append("<title>Continue to another site?</title>")
        page.append(styleElement)
        page.append("<main><h1>Continue to another site?</h1><p>This link leads to</p><p class=\"host\" dir=\"ltr\">")
        HTMLEscaping.append(host, into: &page)
        if let port {
            page.append(UInt8(ascii: ":"))
            page.appendDecimal(UInt64(port))
        }
        page.append("</p><p>The sender of the mail does not list this site as its own. Go on only if you know it.</p>")
        if !location.isEmpty {
            page.append("<p><a class=\"go\" rel=\"noreferrer noopener nofollow\" href=\"")
            HTMLEscaping.append(location, into: &page)
            page.append("\">Continue</a></p>")
        } else {
            page.append("<p>Its name can be mistaken for another, so there is no link here.</p>")
        }
        page.append(closing)
    }

    /// The page for a link that leads nowhere, or nowhere that the section allows.
    package static func writeRefused(into page: inout ByteBuffer) {
        page.append(opening)
        page.append("<title>This link does not work</title>")
        page.append(styleElement)
        page.append(
            """
            <main><h1>This link does not work</h1><p>It may have been damaged on its way. Please look for the page on \
            the sender's own site, or reply to the mail and ask.</p>
            """
        )
        page.append(closing)
    }

    /// The page for a path that is no tracking resource.
    package static func writeNotFound(into page: inout ByteBuffer) {
        page.append(opening)
        page.append("<title>Nothing here</title>")
        page.append(styleElement)
        page.append("<main><h1>Nothing here</h1><p>There is no page at this address.</p>")
        page.append(closing)
    }

    /// The page for a request that is too long to be read: a link that grew on its way, or cookies that piled up.
    package static func writeTooLong(into page: inout ByteBuffer) {
        page.append(opening)
        page.append("<title>This link is too long</title>")
        page.append(styleElement)
        page.append(
            """
            <main><h1>This link is too long</h1><p>It can't be followed as it stands. Please look for the page on the \
            sender's own site, or reply to the mail and ask.</p>
            """
        )
        page.append(closing)
    }

    /// What `/` says: that the host exists for links in mail.
    package static func writeRoot(into page: inout ByteBuffer) {
        page.append(opening)
        page.append("<title>Links in mail</title>")
        page.append(styleElement)
        page.append("<main><h1>Links in mail</h1><p>This address serves the links of email that you asked for.</p>")
        page.append(closing)
    }

    /// The value of `Content-Security-Policy` for every page: nothing but the page's own style (CSP Level 3, §6.6.2).
    package static let contentSecurityPolicy: [UInt8] = {
        let digest = SHA256Digest.hash(Array(style.utf8).span)
        let source = digest.withSpan { Base64.encode($0) }
        return Array(
            """
            default-src 'none'; style-src 'sha256-\(source)'; base-uri 'none'; form-action 'none'; \
            frame-ancestors 'none'
            """
            .utf8)
    }()

    private static let opening: StaticString =
        """
        <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, \
        initial-scale=1"><meta name="robots" content="noindex">
        """
    private static let closing: StaticString = "</main></body></html>"
    private static let style =
        """
        :root{color-scheme:light dark}\
        body{font:1rem/1.5 system-ui,sans-serif;margin:0;padding:1.5rem}\
        main{max-width:32rem;margin:10vh auto 0}\
        h1{font-size:1.4rem;line-height:1.25}\
        .host{font:600 1.1rem/1.4 ui-monospace,monospace;overflow-wrap:anywhere;border-left:.25rem solid;\
        padding-left:.75rem}\
        .go{display:inline-block;padding:.7rem 1.4rem;border:2px solid;border-radius:.5rem;color:inherit;\
        text-decoration:none;font-weight:600}
        """
    private static let styleElement: [UInt8] = Array("<style>\(style)</style></head><body>".utf8)
}

extension ByteBuffer {
    fileprivate mutating func append(_ bytes: [UInt8]) {
        append(bytes.span)
    }
}
