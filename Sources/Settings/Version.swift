/// What this program calls itself.
package enum Version {
    /// The version, as `--version` and `tremolo_build_info` say it.
    package static let text = "0.1.0"
}
