/// One line of a rule set that names the program or the device behind a user agent.
struct FamilyRule: Equatable, Sendable {
    let pattern: TextPattern
    /// The word that reports print.
    let name: String
}
