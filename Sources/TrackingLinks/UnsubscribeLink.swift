import Bytes

/// The link by which the person of a mail unsubscribes: by machine, as RFC 8058 has it, or with a button on a page.
///
/// It is no tracking link: nothing is counted, and it leads nowhere. Its `sec` and `cuid` say who unsubscribes from
/// what; a signature of the scope `person` proves that the sender of the mail made it.
package enum UnsubscribeLink {
    /// The path that links are made with, without a trailing slash.
    package static let path: StaticString = "/tremunsub"

    /// The field of the form that unsubscribes (RFC 8058, 3.2).
    package static let formField: StaticString = "List-Unsubscribe"
    /// What that field holds.
    package static let formValue: StaticString = "One-Click"

    /// True for the path of such a link, compared byte for byte, with or without one trailing slash.
    package static func isPath(_ path: Span<UInt8>) -> Bool {
        path.equals("/tremunsub") || path.equals("/tremunsub/")
    }
}
