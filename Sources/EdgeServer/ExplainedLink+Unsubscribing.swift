import Settings
import TrackingLinks

extension ExplainedLink {
    /// The resource's name for a person and a program.
    static let unsubscribeName = "unsubscribe"

    /// The explanation of an unsubscribe link, in the order in which it is handled.
    func parts(of unsubscribing: Unsubscribing) -> [Part] {
        let facts = explanation
        let configured: (String, String) = ("configured", facts.sectionIsConfigured ? "yes" : "no")
        return [
            linkPart(Self.unsubscribeName), fieldsPart,
            Part(title: "repairs and notes", lines: facts.notes.map { ($0.name, $0.text) }),
            Part(title: "section", lines: [configured] + consentLines(unsubscribing)),
            Part(title: "signature", lines: [("verdict", Self.text(of: unsubscribing.verdict))]),
            Part(title: "person", lines: [("named", unsubscribing.namesSomebody ? "yes" : "no: it names nobody")]),
            Part(title: "response", lines: unsubscribeLines(unsubscribing)),
        ].filter { !$0.lines.isEmpty }
    }

    /// Says where the section goes on following whoever has unsubscribed.
    private func consentLines(_ unsubscribing: Unsubscribing) -> [(label: String, value: String)] {
        let ignoring = [("clicks", unsubscribing.clicks), ("opens", unsubscribing.opens)]
            .filter { $0.1 == .ignore }.map(\.0)
        guard !ignoring.isEmpty else { return [] }
        let kinds = ignoring.joined(separator: " and ")
        return [("consent", "\"ignore\" for \(kinds): an opt-out is recorded, and they keep their person all the same")]
    }

    private func unsubscribeLines(_ unsubscribing: Unsubscribing) -> [(label: String, value: String)] {
        var lines = [("status", status.map { "\($0)" } ?? "")]
        lines += headers.map { ($0.name, $0.value) }
        if isTooLong { return lines + [("page", "says that the link is too long (requestLineLimit)")] }
        guard unsubscribing.isGood else { return lines + [("page", "says that the link does not work")] }
        return lines + [
            ("page", "has a button; looking at it changes nothing"),
            ("POST", "List-Unsubscribe=One-Click opts the person out at once"),
        ]
    }
}
