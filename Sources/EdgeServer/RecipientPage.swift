package import Bytes

/// The small pages that a recipient may see in place of a redirect, and their headers.
///
/// They carry no script and no outside resource, are readable on a phone, and never say what went wrong inside. What a
/// client sent stands in them escaped. Their address holds a person's identifier, so they forbid a referrer.
package enum RecipientPage {
    /// The page that asks a person whether to go on to a host that the section does not list.
    static let ask = builtIn(
        .ask, title: "Continue to another site?",
        """
        <p>This link leads to</p><p class="host" dir="ltr">{{host}}</p>\
        {{#unicode}}<p>which a browser may show as <bdi dir="ltr">{{unicodeHost}}</bdi> Letters of other alphabets \
        can look like those that you know.</p>{{/unicode}}\
        <p>The sender of the mail does not list this site as its own. Go on only if you know it.</p>\
        {{#link}}<p><a class="go" rel="noreferrer noopener nofollow" href="{{url}}">Continue</a></p>{{/link}}\
        {{^link}}<p>Its name can be mistaken for another, so there is no link here.</p>{{/link}}
        """)

    /// The page for a link that leads nowhere, or nowhere that the section allows.
    static let refused = builtIn(
        .refused, title: "This link does not work",
        """
        <p>It may have been damaged on its way. Please look for the page on the sender's own site, or reply to the \
        mail and ask.</p>
        """)

    /// The page with the button that unsubscribes. Its form is sent to the page's own address, so that nothing of the
    /// link has to stand in it.
    static let unsubscribe = builtIn(
        .unsubscribe, title: "Unsubscribe?",
        """
        {{#again}}<p>That did not work. Please press the button again.</p>{{/again}}\
        <p>Press the button, and you are unsubscribed from the mail that led you here.</p>\
        <form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">\
        <button class="go">Unsubscribe</button></form>
        """)

    /// The page for whoever has unsubscribed.
    static let unsubscribed = builtIn(
        .unsubscribed, title: "You have unsubscribed",
        """
        <p>It is recorded. A mail that is on its way may still arrive.</p>
        """)

    /// The built-in page for a purpose.
    static func builtIn(_ purpose: PageTemplate.Purpose) -> PageTemplate {
        switch purpose {
        case .ask: ask
        case .refused: refused
        case .unsubscribe: unsubscribe
        case .unsubscribed: unsubscribed
        }
    }

    private static func builtIn(_ purpose: PageTemplate.Purpose, title: String, _ text: String) -> PageTemplate {
        let page = "\(opening)<title>\(title)</title>" + String(decoding: styleElement, as: UTF8.self)
        do throws(PageTemplateError) {
            return try PageTemplate(Array("\(page)<main><h1>\(title)</h1>\(text)\(closing)".utf8), for: purpose)
        } catch {
            preconditionFailure("the built-in page can't be used: \(error)")
        }
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

    /// The page for a link that an address asks for too often.
    package static func writeTooMany(into page: inout ByteBuffer) {
        page.append(opening)
        page.append("<title>Please try again in a moment</title>")
        page.append(styleElement)
        page.append(
            """
            <main><h1>Please try again in a moment</h1><p>Very many links are being opened from your network just now. \
            This one will work again soon.</p>
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

    /// The value of `Content-Security-Policy` for every built-in page.
    package static let contentSecurityPolicy: [UInt8] = ask.contentSecurityPolicy

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
        .host{font:600 1.1rem/1.4 ui-monospace,monospace;border-left:.25rem solid;padding-left:.75rem}\
        bdi{display:block;font-family:ui-monospace,monospace}\
        .host,bdi{overflow-wrap:anywhere;word-break:break-all}\
        .go{display:inline-block;padding:.7rem 1.4rem;border:2px solid;border-radius:.5rem;color:inherit;\
        background:none;font:inherit;text-decoration:none;font-weight:600;cursor:pointer}
        """
    private static let styleElement: [UInt8] = Array("<style>\(style)</style></head><body>".utf8)
}

extension ByteBuffer {
    fileprivate mutating func append(_ bytes: [UInt8]) {
        append(bytes.span)
    }
}
