import Bytes
import LinuxSystem

/// A secret that stands alone in a file, so that it needs no place in a configuration that people pass around.
package enum SecretFile {
    /// Reads a secret: the file's only line, spaces and line breaks around it left out.
    package static func read(_ path: String) throws(SettingsError) -> String {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.readAll(path, limitBytes: SettingsLimits.secretFileBytesMax)
        } catch {
            throw .secretFile(path: path, error)
        }
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        let trimmed = bytes.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        let secret = String(decoding: trimmed, as: UTF8.self)
        guard isSecret(secret) else { throw .noSecret(path: path) }
        return secret
    }

    /// True for 16 to 512 printable ASCII characters without spaces: what can stand in a header, and can't be guessed
    /// in an afternoon.
    static func isSecret(_ text: String) -> Bool {
        (16...512).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}

extension Configuration {
    /// The token that the admin listener asks for, read from its file where it stands in one; nil when there is none.
    package func loadAdminToken() throws(SettingsError) -> String? {
        if let adminTokenFile { try SecretFile.read(adminTokenFile) } else { adminToken }
    }

    /// The token that the admin listener asks viewers for, read from its file where it stands in one; nil when there is
    /// none.
    package func loadViewerToken() throws(SettingsError) -> String? {
        if let viewerTokenFile { try SecretFile.read(viewerTokenFile) } else { viewerToken }
    }
}
