import LinuxSystem

/// Where the configuration is looked for.
package enum ConfigurationFile {
    /// The variable that names the file.
    package static let variable = "TREMOLO_CONFIG"

    /// Where a file may stand that nobody named, in this order.
    package static let standardPaths = ["Config/tremolo.json5", "/etc/tremolo/tremolo.json5"]

    /// The file that counts: the one that was named by flag, else by environment, else the first standard one that is
    /// there; nil when there is none, which means defaults. A file that was named counts even if it is not there.
    ///
    /// - Parameters:
    ///   - flag: what `--config` says, or nil.
    ///   - environment: the value of a variable, or nil. An empty value counts as none.
    ///   - exists: whether a file is there.
    package static func find(
        flag: String?, environment: (String) -> String?, exists: (String) -> Bool = Files.exists
    ) -> String? {
        if let flag { return flag }
        if let named = environment(variable), !named.isEmpty { return named }
        return standardPaths.first(where: exists)
    }

    /// Finds the file, reads it and puts the configuration together.
    ///
    /// - Parameters:
    ///   - flag: what `--config` says, or nil.
    ///   - flags: values of top-level settings that other flags give.
    ///   - reader: judges the values.
    /// - Throws: `.configurationFile` when the file that counts can't be read.
    package static func load(
        flag: String?, flags: [FlagSetting], reader: ConfigurationReader,
        environment: (String) -> String? = Environment.value
    ) throws(SettingsError) -> ConfigurationReading {
        let path = find(flag: flag, environment: environment)
        var bytes: [UInt8] = []
        if let path {
            do throws(SystemError) {
                bytes = try Files.readAll(path, limitBytes: SettingsLimits.fileBytesMax)
            } catch {
                throw .configurationFile(path: path, error)
            }
        }
        return reader.read(bytes.span, fileName: path ?? "", environment: environment, flags: flags)
    }
}
