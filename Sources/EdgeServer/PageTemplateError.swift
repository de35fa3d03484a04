/// Why a text is no template of a page. Lines are counted from 1.
package enum PageTemplateError: Error, Equatable, Sendable, CustomStringConvertible {
    /// It is longer than a small page.
    case tooLong
    /// It is not UTF-8.
    case notUTF8
    /// A place in double braces is none that there is.
    case unknown(name: String, line: Int)
    /// A part was begun and is not ended, or another begins inside of it.
    case notClosed(name: String, line: Int)
    /// A part is ended that was not begun.
    case notOpened(name: String, line: Int)
    /// The page lacks a place without which it misleads.
    case missing(name: String)
    /// A place stands more often than is written.
    case tooOften(name: String, most: Int)
    /// The page says nothing of a link, so there is nothing to put there.
    case notHere(name: String)
    /// The page lacks the button that unsubscribes, or its form leads elsewhere.
    case noUnsubscribeForm
    /// The page holds something that loads or runs.
    case active(what: String, line: Int)

    /// What is wrong and what to do.
    package var description: String {
        switch self {
        case .tooLong: "it is longer than \(PageTemplate.templateBytesMax) bytes: make it smaller"
        case .notUTF8: "it is not UTF-8: save it as UTF-8"
        case .unknown(let name, let line):
            "line \(line): there is no {{\(name.prefix(40))}}: write host, unicodeHost, url, #link, ^link, #unicode or "
                + "#again"
        case .notClosed(let name, let line):
            "line \(line): {{#\(name)}} is not ended: write {{/\(name)}} before another part begins"
        case .notOpened(let name, let line): "line \(line): {{\(name)}} ends what was not begun: remove it"
        case .missing(let name): "{{\(name)}} is missing: a person must see where the link leads, and be able to go on"
        case .tooOften(let name, let most): "{{\(name)}} stands there more than \(most) times: remove some"
        case .noUnsubscribeForm:
            "it needs the one form that unsubscribes, without an action: write <form method=\"post\"><input "
                + "type=\"hidden\" name=\"List-Unsubscribe\" value=\"One-Click\"><button>…</button></form>"
        case .notHere(let name): "{{\(name)}} means nothing on this page: remove it"
        case .active(let what, let line):
            "line \(line): \(what): a page neither runs nor loads anything; put styles into a <style> element"
        }
    }
}
