import Bytes

/// One small file that the edge serves beside links and pixels: `static: { "/path": "file" }`.
package struct SmallFileSettings: Equatable, Sendable {
    /// The path of a request, compared byte for byte: `RequestPath`.
    package let path: String
    /// The file, relative to the working directory or absolute.
    package let file: String

    /// Names a file.
    package init(path: String, file: String) {
        (self.path, self.file) = (path, file)
    }
}

extension SettingKind where Value == [SmallFileSettings] {
    /// Files by the paths of requests.
    static let smallFiles = SettingKind(isScalar: false) { value, reading in
        guard let members = reading.members(value) else { return nil }
        guard members.count <= SettingsLimits.smallFilesMax else {
            return reading.note(.tooMany(SettingsLimits.smallFilesMax), at: value)
        }
        var files: [SmallFileSettings] = []
        for member in members {
            let path = "\(value.path).\(member.key)"
            if let why = reading.problem(ofPath: member.key) {
                reading.note(.refused(why: why), setting: path, origin: value.origin.moved(to: member.keyPlace))
            }
            let file = SettingValue(
                content: .json(member.value), path: path, origin: value.origin.moved(to: member.value.place))
            reading.remember(file)
            if let name = reading.printableText(file) {
                files.append(SmallFileSettings(path: member.key, file: name))
            }
        }
        return files.count == members.count ? files : nil
    } encode: { files in
        .group(files.map { SettingText.Member(name: $0.path, value: .quoted($0.file)) })
    }
}
