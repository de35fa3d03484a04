package import Engagement
import LinuxSystem
package import Settings
package import TrackingLinks

// The keys that links are signed with. They lie in the same folder as the others, and are only ever made by hand.

extension KeyFolder {
    /// The signing keys of a folder, by ascending id; none for a folder that is not there.
    ///
    /// Only they are read: who may sign links need not be able to read the other keys.
    ///
    /// - Throws: `EdgeError.key` for a file that is damaged or holds another key than its name says.
    package static func signingKeys(_ folder: String) throws(EdgeError) -> [KeyFile] {
        var files: [KeyFile] = []
        for name in try keyFileNames(in: folder) where name.hasPrefix("\(KeyPurpose.signing.rawValue)-") {
            let file = try keyFile("\(folder)/\(name)")
            guard file.fileName == name else {
                throw .key(path: "\(folder)/\(name)", reason: "it holds the key of \(file.fileName)")
            }
            files.append(file)
        }
        return files.sorted { $0.id < $1.id }
    }

    /// Makes a signing key and stores it durably. Its id is the one behind the highest there is. Of any number of
    /// makers at once, also on other nodes that share the folder, each gets an id of its own.
    ///
    /// - Parameter section: the one section whose links it signs, 1 to 64 letters, digits, `-` and `_`; nil for all.
    /// - Throws: `EdgeError.key` also where there is no higher id.
    package static func makeSigningKey(section: String?, in folder: String) throws(EdgeError) -> KeyFile {
        while true {
            let last = try signingKeys(folder).last?.id ?? 0
            guard last < UInt32.max else {
                throw .key(path: "\(folder)/signing-\(last).key", reason: "no id is left behind it")
            }
            // Where another maker was quicker, its key is there now, and the next id is free.
            let made = try create(.signing, id: last + 1, section: section, in: folder)
            if made.isNew { return made.file }
        }
    }

    /// What an operator should know of the signing keys: a section that asks for signatures and has no key to judge
    /// them with follows no link at all.
    package static func warnings(_ files: [KeyFile], _ configuration: Configuration) -> [String] {
        configuration.sections.filter { section in
            section.signatures == .require && !files.contains { $0.section == nil || $0.section == section.id }
        }.map { section in
            "sections.\(section.id).signatures: it is \"require\", and \(configuration.keyFolder) holds no key for it, "
                + "so that no link of the section is followed: make one with tremolo sign --make-key"
        }
    }
}

extension SigningKeyTable {
    /// The signing keys among files.
    package init(files: [KeyFile]) {
        self.init(
            files.filter { $0.purpose == .signing }.map {
                SigningKey(id: $0.id, secret: $0.secret.span, section: $0.section)
            })
    }
}
