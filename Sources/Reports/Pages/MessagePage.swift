/// A page that says one thing: why there is nothing else to see, or what an action came to.
package struct MessagePage: Sendable {
    private let title: String
    private let sentences: [String]
    private let frame: PageFrame

    /// - Parameter sentences: what happened, why, and what to do.
    package init(_ title: String, _ sentences: [String], frame: PageFrame) {
        self.title = title
        self.sentences = sentences
        self.frame = frame
    }

    /// The document, UTF-8.
    package func bytes() -> [UInt8] {
        let paragraphs = sentences.map { "<p>\(TerminalText.escape($0))</p>" as Markup }
        return frame.document(
            title: title, content: "<h1>\(title)</h1><section class=\"card\">\(paragraphs.joined())</section>")
    }
}
