/// What a section chose for a target whose host it does not list. The raw values are the setting's words.
package enum UnlistedPolicy: String, Sendable, CaseIterable {
    /// A page shows the host and links to it, so that a person goes on knowingly.
    case ask
    /// The section's fallback, or a refusal where it has none.
    case fallback
    /// A small page that leads nowhere.
    case refuse
    /// A redirect that is marked, for a campaign whose hosts are still being collected. A host that can't be listed
    /// is asked about all the same.
    case observe
}
