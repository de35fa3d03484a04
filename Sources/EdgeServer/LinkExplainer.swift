import Bytes
import HTTPEngine
package import Engagement
package import Settings
import TrackingLinks

/// Explains tracking links as this configuration's server would answer them, without one: what `tremolo explain` asks.
package struct LinkExplainer {
    private let sections: SectionTable
    private let pages: RecipientPages
    private let requestLineLimitBytes: Int

    /// Makes an explainer.
    ///
    /// - Parameter signingKeys: those that signatures of links are judged with.
    package init(_ configuration: Configuration, signingKeys: [KeyFile]) throws(EdgeError) {
        sections = try EdgeSections.table(configuration, signingKeys: signingKeys)
        pages = try PageFolder.read(configuration.pages)
        requestLineLimitBytes = Int(configuration.requestLineLimit.bytes)
    }

    /// Explains a link.
    ///
    /// - Parameter url: a whole URL, or a request target such as `/tremclk?sec=1`.
    package func explain(_ url: String, nowNanoseconds: UInt64) -> ExplainedLink {
        let explanation = LinkExplanation(of: url, sections: sections, nowNanoseconds: nowNanoseconds)
        guard let decision = explanation.decision else { return ExplainedLink(explanation, headLines: []) }
        let isTooLong = explanation.requestTargetBytes + Self.restOfRequestLineBytes > requestLineLimitBytes
        var url = ByteBuffer(capacity: max(1, explanation.decisionURL.count))
        url.append(explanation.decisionURL.span)
        let response = ResponseWriter.response(atNanoseconds: nowNanoseconds) { response in
            var answers = EdgeAnswers()
            if isTooLong { return response.respond(answers.fixed.lineTooLong) }
            let languages: [UInt8] = []
            answers.answer(decision, url: url, languages.span, pages, into: &response)
        }
        return ExplainedLink(explanation, headLines: Self.headLines(of: response))
    }

    /// `GET`, two spaces and `HTTP/1.1`.
    private static let restOfRequestLineBytes = 13

    /// The status line and the headers.
    private static func headLines(of response: [UInt8]) -> [String] {
        var lines: [String] = []
        for line in response.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            guard line.count > 1 else { break }
            lines.append(String(decoding: line.dropLast(), as: UTF8.self))
        }
        return lines
    }
}
