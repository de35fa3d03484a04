import Mail
import Settings
import TrackingLinks

/// Where the link of `wrap --decoy` leads: a page of the section's, so that nobody is lost whose client shows it.
enum WrapDecoy {
    /// Nil where nobody asked for it.
    static func target(
        _ context: CommandContext, _ source: WrapSource, _ options: MailWrapper.Options
    ) throws(CommandFailure) -> [UInt8]? {
        guard context.arguments.has("decoy") else { return nil }
        if case .json = source.kind {
            throw .usage(
                "--decoy", why: "a payload has no place for a link that no person sees",
                whatToDo: "wrap the mail's HTML with it")
        }
        let id = options.fields.values[.sec] ?? ""
        let section = try context.configuration().section(id)
        let host = section?.hosts.first { !$0.hasPrefix("*.") }
        guard let target = section?.fallback ?? host.map({ "https://\($0)/" }) else {
            throw CommandFailure(
                .configuration,
                Message(
                    "--decoy", why: "the section has no page that the link could lead to",
                    whatToDo: "give the section a fallback, or a host without '*.', in the configuration"))
        }
        return Array(target.utf8)
    }
}
