import LinuxSystem
import Settings
import Synchronization

/// Who may ask the admin listener: by the tokens that the start or the last reload found, in the configuration or their
/// files. So a token that became known to somebody is worth nothing from the next reload on.
final class AdminAdmission: ReloadPart {
    private struct Tokens: Sendable {
        let adminFile: String?
        let viewerFile: String?
        let token: String?
        let viewerToken: String?
        let admission: AdminGuard
    }

    private let address: SocketAddress
    private let inForce: Mutex<Tokens>

    /// Reads the tokens.
    ///
    /// - Parameter address: where the listener is.
    /// - Throws: `EdgeError.adminToken` for a file that holds none, `.configuration` where other machines reach the
    ///   listener and there is no token.
    init(_ configuration: Configuration, address: SocketAddress) throws(EdgeError) {
        self.address = address
        inForce = Mutex(try Self.tokens(configuration, address))
    }

    /// Who may ask now.
    var current: AdminGuard { inForce.withLock { $0.admission } }

    func takes(_ path: String) -> Bool {
        ["adminToken", "adminTokenFile", "viewerToken", "viewerTokenFile"].contains(path)
    }

    func prepare(
        _ next: Configuration, for workers: inout [WorkerRenewal]
    ) throws(EdgeError) -> @Sendable () -> [String] {
        let after = try Self.tokens(next, address)
        return { [self] in
            inForce.withLock { before in
                defer { before = after }
                // Another file is a setting that differs, and is told as one.
                var changed: [String] = []
                if after.adminFile != nil, after.adminFile == before.adminFile, after.token != before.token {
                    changed.append("adminTokenFile (its content)")
                }
                if after.viewerFile != nil, after.viewerFile == before.viewerFile,
                    after.viewerToken != before.viewerToken
                {
                    changed.append("viewerTokenFile (its content)")
                }
                return changed
            }
        }
    }

    private static func tokens(_ configuration: Configuration, _ address: SocketAddress) throws(EdgeError) -> Tokens {
        let token = try token(configuration.adminTokenFile ?? "adminToken", configuration.loadAdminToken)
        let viewerToken = try self.token(
            configuration.viewerTokenFile ?? "viewerToken", configuration.loadViewerToken)
        guard token != nil || address.isLoopback else {
            throw .configuration(place: "adminToken", reason: "other machines reach the admin listener")
        }
        return Tokens(
            adminFile: configuration.adminTokenFile, viewerFile: configuration.viewerTokenFile, token: token,
            viewerToken: viewerToken,
            admission: AdminGuard(token: token, viewerToken: viewerToken, address: address))
    }

    /// - Parameter place: the file of the token, or the setting.
    private static func token(
        _ place: String, _ load: () throws(SettingsError) -> String?
    ) throws(EdgeError) -> String? {
        do throws(SettingsError) {
            return try load()
        } catch {
            throw .adminToken(path: place, reason: error.message.why)
        }
    }
}
