/// What responses carry where nobody says otherwise.
package enum HTTPDefaults {
    /// No answer is the same for the next one who asks, and none belongs into an index.
    package static let headers = [
        HeaderLine(name: "Cache-Control", value: "no-store, private"),
        HeaderLine(name: "X-Robots-Tag", value: "noindex"),
    ]
}
