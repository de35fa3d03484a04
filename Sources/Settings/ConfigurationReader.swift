import Bytes

/// What came of reading a configuration.
package struct ConfigurationReading: Equatable, Sendable {
    /// The settings and their origins, or nil when there is any problem.
    package let effective: EffectiveSettings?
    /// Everything that is wrong: what stands in the file first, in its order.
    package let problems: [ConfigurationProblem]
    /// What was understood, defaults in the place of what was not: for looking at the files that it names, and for
    /// nothing else. Nil when the file could not be read to its end.
    package let understood: EffectiveSettings?

    /// The configuration, or nil when there is any problem.
    package var configuration: Configuration? { effective?.configuration }

    /// What a command exits with that can't do without the configuration.
    package var exitCode: ExitCode {
        let areFlags = problems.allSatisfy { if case .flag = $0.origin { true } else { false } }
        return problems.isEmpty ? .done : areFlags ? .usage : .configuration
    }

    /// True when the value of a setting was given and is wrong.
    package func hasProblem(at setting: String) -> Bool {
        problems.contains { $0.setting == setting }
    }
}

/// A value that a flag gives for a top-level setting.
package struct FlagSetting: Equatable, Sendable {
    /// The setting's name in the configuration, such as `flushInterval`.
    package let setting: String
    /// What was given.
    package let text: String

    /// Makes a value for a top-level setting that takes one text.
    package init(_ setting: String, _ text: String) {
        self.setting = setting
        self.text = text
    }
}

/// Puts a configuration together from its sources and finds every problem in one pass.
///
/// Only a file that is not JSON5 at all ends the search early: behind a missing bracket everything would be a problem.
package struct ConfigurationReader: Sendable {
    private let checks: ConfigurationChecks

    /// Makes a reader that leaves to `checks` what this room can't judge.
    package init(checks: ConfigurationChecks = ConfigurationChecks()) {
        self.checks = checks
    }

    /// Reads a file's bytes over the defaults.
    ///
    /// - Parameter fileName: what problems call the file.
    package func read(_ bytes: Span<UInt8>, fileName: String) -> ConfigurationReading {
        read(bytes, fileName: fileName, environment: { _ in nil }, flags: [])
    }

    /// Reads a file's bytes, then the environment, then flags, each over what is there.
    ///
    /// - Parameters:
    ///   - bytes: the file's bytes; an empty file is a configuration of defaults.
    ///   - fileName: what problems call the file.
    ///   - environment: the value of a variable, nil when there is none. An empty value counts as none.
    ///   - flags: values of top-level settings that take one text; others are a bug of the caller and trap.
    package func read(
        _ bytes: Span<UInt8>, fileName: String, environment: (String) -> String?, flags: [FlagSetting]
    ) -> ConfigurationReading {
        var configuration = Configuration()
        var reading = SettingReading(checks: checks)
        readFile(bytes, fileName: fileName, into: &configuration, &reading)
        for setting in Configuration.schema where setting.isScalar {
            let variable = ValueOrigin.environmentName(of: setting.name)
            guard let text = environment(variable), !text.isEmpty else { continue }
            let value = SettingValue(content: .text(text), path: setting.name, origin: .environment(variable))
            setting.read(value, &configuration, &reading)
        }
        for flag in flags {
            guard let setting = Configuration.schema.first(where: { $0.name == flag.setting && $0.isScalar }) else {
                preconditionFailure("no top-level setting takes one text under this name")
            }
            let origin = ValueOrigin.flag(ValueOrigin.flagName(of: flag.setting))
            let value = SettingValue(content: .text(flag.text), path: setting.name, origin: origin)
            setting.read(value, &configuration, &reading)
        }
        ConfigurationRelations.check(configuration, &reading)
        let problems = reading.problemsInOrder
        let effective = EffectiveSettings(configuration: configuration, origins: reading.origins)
        return ConfigurationReading(
            effective: problems.isEmpty ? effective : nil, problems: problems,
            understood: reading.isWhole ? effective : nil)
    }

    private func readFile(
        _ bytes: Span<UInt8>, fileName: String, into configuration: inout Configuration,
        _ reading: inout SettingReading
    ) {
        guard bytes.count > 0 else { return }
        let start = ValueOrigin.file(name: fileName, place: TextPlace(line: 1, column: 1))
        guard bytes.count <= SettingsLimits.fileBytesMax else {
            reading.note(.fileTooLarge(bytesMax: SettingsLimits.fileBytesMax), setting: "", origin: start)
            reading.endsEarly()
            return
        }
        var duplicates: [JSON5Error] = []
        do throws(JSON5Error) {
            let root = try JSON5.parse(bytes, duplicates: &duplicates)
            let value = SettingValue(content: .json(root), path: "", origin: start.moved(to: root.place))
            reading.group(value, into: &configuration)
        } catch {
            reading.note(.syntax(error), setting: "", origin: start.moved(to: error.place))
            reading.endsEarly()
        }
        for duplicate in duplicates {
            reading.note(.syntax(duplicate), setting: "", origin: start.moved(to: duplicate.place))
        }
    }
}

extension SettingReading {
    /// The problems of the file in the order of their places, then the others as they were found.
    var problemsInOrder: [ConfigurationProblem] {
        let keyed = problems.enumerated().map { index, problem in
            guard case .file(_, let place) = problem.origin else { return (line: Int.max, column: index, problem) }
            return (line: place.line, column: place.column, problem)
        }
        return keyed.sorted { ($0.line, $0.column) < ($1.line, $1.column) }.map(\.2)
    }
}
