import LinuxSystem
package import Settings
import TrackingLinks

/// A small file that the edge serves beside links and pixels, as it was read: an app opens the links of a click domain
/// only where the domain vouches for it (`/.well-known/apple-app-site-association`, `/.well-known/assetlinks.json`).
package struct SmallFile: Equatable, Sendable {
    /// The path of a request that gets it.
    package let path: String
    /// What it is, by the last name of the path.
    package var contentType: String { Self.contentType(ofPath: path) }
    /// Its content.
    package let bytes: [UInt8]

    /// Reads all that a configuration names: all of them can be used, or none is.
    ///
    /// - Throws: `EdgeError.smallFile` with the first that can't, what is wrong with it and what to do.
    package static func read(_ configuration: Configuration) throws(EdgeError) -> [SmallFile] {
        var files: [SmallFile] = []
        for settings in configuration.smallFiles { files.append(try read(settings)) }
        return files
    }

    /// Reads one.
    ///
    /// - Throws: `EdgeError.smallFile`.
    package static func read(_ settings: SmallFileSettings) throws(EdgeError) -> SmallFile {
        let bytes: [UInt8]?
        do throws(SystemError) {
            bytes = try contents(of: settings.file)
        } catch {
            throw failure(settings, error)
        }
        guard let bytes else {
            throw .smallFile(path: settings.file, reason: "it is no file: give a file for static \(settings.path)")
        }
        return SmallFile(path: settings.path, bytes: bytes)
    }

    /// - Returns: nil for what is no file.
    private static func contents(of path: String) throws(SystemError) -> [UInt8]? {
        // Opening a pipe would wait for somebody who writes into it.
        let file = try FileDescriptor.open(path, [.read, .nonblocking])
        guard try file.status().kind == .file else { return nil }
        return try Files.readAll(of: file, limitBytes: SettingsLimits.smallFileBytesMax)
    }

    private static func failure(_ settings: SmallFileSettings, _ error: SystemError) -> EdgeError {
        let limit = ByteSize(bytes: UInt64(SettingsLimits.smallFileBytesMax))
        return .smallFile(
            path: settings.file,
            reason: error.isTooLarge
                ? "it is larger than \(limit): make it smaller, or serve \(settings.path) elsewhere"
                : "\(error.reason): it is what static \(settings.path) names: put the file there, or name another")
    }

    /// What is wrong with a path that is the edge's own, or nil.
    static func problem(ofPath path: String) -> String? {
        let bytes = Array(path.utf8)
        guard TrackingResource(path: bytes.span) == nil, !UnsubscribeLink.isPath(bytes.span),
            case .elsewhere = ConsentEvent.resource(path: bytes.span), !ownPaths.contains(path)
        else {
            return "the edge answers this path itself: choose another"
        }
        return nil
    }

    /// Paths of `EdgeHandler` that are neither links nor pixels, nor the consent API's.
    private static let ownPaths = ["/", "/robots.txt", "/favicon.ico"]

    /// By the ending of its last name. Apple's file has none, and is JSON by its documentation.
    private static func contentType(ofPath path: String) -> String {
        let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        if name == "apple-app-site-association" { return "application/json" }
        guard let dot = name.lastIndex(of: "."), let type = contentTypes[name[dot...].lowercased()] else {
            return "application/octet-stream"
        }
        return type
    }

    private static let contentTypes = [
        ".html": "text/html; charset=utf-8", ".json": "application/json", ".pem": "application/x-pem-file",
        ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8", ".xml": "application/xml",
    ]
}
