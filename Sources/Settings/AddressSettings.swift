/// How much of a client's address is kept in an event; the rest of it is cut off before anything is written.
package struct AddressSettings: Equatable, Sendable {
    /// Leading bits of an IPv4 address, 0 to 32.
    package var ipv4Prefix = 24
    /// Leading bits of an IPv6 address, 0 to 128.
    package var ipv6Prefix = 48

    /// The defaults.
    package init() {}
}

extension AddressSettings: SettingsGroup {
    static let schema: [Setting<AddressSettings>] = [
        Setting("ipv4Prefix", \.ipv4Prefix, .wholeNumber(0...32)),
        Setting("ipv6Prefix", \.ipv6Prefix, .wholeNumber(0...128)),
    ]
}

/// What of a recipient's identity an event keeps.
package enum IdentitySetting: String, CaseIterable, Sendable {
    /// A keyed pseudonym that ends with its key.
    case pseudonym
    /// The identifier as the link carried it.
    case raw
    /// Nothing: people are not counted.
    case none
}
