import LinuxSystem

extension KeyFolder {
    /// What an operator should know of the modes of a folder of keys and of its key files: one that others than its
    /// owner can open is no secret. Nothing for a folder that is not there. The keys are used all the same: a server
    /// must not stop redirecting for it.
    package static func modeWarnings(_ folder: String) -> [String] {
        var warnings: [String] = []
        if let mode = openMode(folder) {
            warnings.append("\(folder): its mode is \(mode), so that others can reach the keys: chmod 700 \(folder)")
        }
        for name in keyNames(folder) {
            let path = "\(folder)/\(name)"
            if let mode = openMode(path) {
                warnings.append("\(path): its mode is \(mode), so that others can use the key: chmod 600 \(path)")
            }
        }
        return warnings
    }

    private static func keyNames(_ folder: String) -> [String] {
        do throws(SystemError) {
            return try Files.list(folder).filter { $0.hasSuffix(".key") }.sorted()
        } catch {
            // Whoever reads the keys says what is wrong with the folder.
            return []
        }
    }

    /// The mode, in four octal digits, of what is open to its group or to others; nil otherwise, and where it is gone.
    private static func openMode(_ path: String) -> String? {
        do throws(SystemError) {
            let permissions = try Files.status(path).permissions
            guard permissions & 0o077 != 0 else { return nil }
            let digits = String(permissions & 0o7777, radix: 8)
            return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        } catch {
            return nil
        }
    }
}
