/// One file of a rule set, as it was read: the rules live in `Config/rules`, and reading files is not this room's work.
package struct RuleFile: Equatable, Sendable {
    /// The file's name without its folder: it stands in messages and decides the order.
    package let name: String
    /// All of it.
    package let bytes: [UInt8]

    /// A file's name and contents.
    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}
