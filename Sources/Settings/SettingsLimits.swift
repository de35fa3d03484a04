/// The bounds that the configuration's own reading keeps, so that a wrong file is a message and not a stuck server.
package enum SettingsLimits {
    /// Bytes of a configuration file. A list of 100,000 hosts in each of several sections fits.
    package static let fileBytesMax = 32 << 20
    /// Bytes of a file that holds a secret.
    package static let secretFileBytesMax = 4_096
    /// Sections.
    package static let sectionsMax = 10_000
    /// Hosts of one section.
    package static let hostsMax = 100_000
    /// Query names that one section keeps of its links.
    package static let linkQueryNamesMax = 100
    /// Rules of one list of a section.
    package static let linkRulesMax = 10_000
    /// Keys of one section.
    package static let apiKeysMax = 16
    /// Listeners.
    package static let listenersMax = 64
    /// Trusted networks.
    package static let networksMax = 1_000
    /// Small files that the edge serves.
    package static let smallFilesMax = 32
    /// Bytes of the path of a request that asks for one, or for a probe.
    package static let pathBytesMax = 256
    /// Bytes of one of them: what Apple takes of a list of an app's links, and more than any other needs.
    package static let smallFileBytesMax = 128 << 10
    /// UTF-8 bytes of any text.
    package static let textBytesMax = 4_096
    /// Problems that are reported; what is behind them would bury the first ones.
    package static let problemsMax = 200
}
