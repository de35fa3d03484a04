extension LinkBuilder {
    /// The value of `targetUrl` for a target, percent-encoded so that nothing at its end can pass for a sign that was
    /// glued on (`GluedTail`).
    ///
    /// A final full stop is written as `%2E`. A final quote or `>` becomes its own escape in the URL first (`%27`,
    /// which stands in the link as `%2527`): to a browser that is the same URL, and no linkifier writes it.
    package static func encodedTarget(_ target: [UInt8]) -> [UInt8] {
        guard let last = target.last else { return [] }
        switch last {
        case UInt8(ascii: "."): return encoded(target.dropLast()) + Array("%2E".utf8)
        case UInt8(ascii: "'"): return encoded(target.dropLast()) + Array("%2527".utf8)
        case UInt8(ascii: "\""): return encoded(target.dropLast()) + Array("%2522".utf8)
        case UInt8(ascii: ">"): return encoded(target.dropLast()) + Array("%253E".utf8)
        default: return encoded(target)
        }
    }
}
