import Bytes

/// One small file that the edge serves beside links and pixels: `static: { "/path": "file" }`.
package struct SmallFileSettings: Equatable, Sendable {
    /// The path of a request, compared byte for byte: absolute, printable ASCII, at most
    /// `SettingsLimits.smallFilePathBytesMax` bytes.
    package let path: String
    /// The file, relative to the working directory or absolute.
    package let file: String

    /// Names a file.
    package init(path: String, file: String) {
        (self.path, self.file) = (path, file)
    }

    /// What is wrong with the path of a request, or nil.
    ///
    /// A path is refused that no client would send as it stands: clients resolve dots, encode what is no character of a
    /// path (RFC 3986, 3.3), and end it at `?` or `#`. Percent-encoding is refused too: nobody can tell which of
    /// several spellings a client chooses.
    static func problem(ofPath path: String) -> String? {
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.count > 1 else {
            return "the path of a request begins with '/' and a name: write it as in \"/.well-known/assetlinks.json\""
        }
        guard path.utf8.count <= SettingsLimits.smallFilePathBytesMax else {
            return "the path is longer than \(SettingsLimits.smallFilePathBytesMax) bytes: make it shorter"
        }
        if path.utf8.contains(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) {
            return "a path has neither query nor fragment: leave out what stands from '?' or '#' on"
        }
        guard path.utf8.allSatisfy(isPathByte) else {
            return "the path has a character that clients encode: use letters, digits and -._~!$&'()*+,;=:@/ alone"
        }
        let names = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        if names.contains("..") || names.contains(".") {
            return "clients resolve '.' and '..' in a path before they ask: write the path that they ask for"
        }
        return nil
    }

    /// True for what may stand in a path as it is (RFC 3986, `pchar`), and for its separator.
    private static func isPathByte(_ byte: UInt8) -> Bool {
        byte.isASCIILetter || byte.isASCIIDigit || "-._~!$&'()*+,;=:@/".utf8.contains(byte)
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
            if let why = SmallFileSettings.problem(ofPath: member.key) ?? reading.checks.smallFilePath(member.key) {
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
