/// What this program calls itself.
package enum Version {
    /// The version, as `--version` and `tremolo_build_info` say it.
    package static let text = "0.1.0"
    /// The day on which this version began, for the head of the manual page.
    package static let date = "2026-11-23"
}
