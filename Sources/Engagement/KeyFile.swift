package import Bytes

/// What a key is for.
package enum KeyPurpose: String, Sendable, Equatable, CaseIterable {
    /// The root that every key which never rotates is derived from.
    case root
    /// Makes the pseudonyms in events.
    case event
    /// Hashes addresses for one day.
    case address
    /// Signs links.
    case signing

    /// Bytes of such a key.
    package var secretBytes: Int {
        switch self {
        case .root, .signing: 32
        case .event, .address: 16
        }
    }

    /// The ids that such keys may have.
    package var ids: ClosedRange<UInt32> {
        switch self {
        case .root: 0...0
        case .event: 1...255
        case .address: 0...UInt32(UInt16.max)
        case .signing: 1...UInt32.max
        }
    }
}

/// Why a key file can't be used.
package enum KeyFileProblem: Equatable, Sendable {
    /// It is no key file, or of a newer form than this version reads.
    case unknownForm
    /// This line, counted from 1, is not what stands there in a key file.
    case badLine(Int)
    /// The secret is not the one that the file was written with: it was damaged or typed wrongly.
    case wrongCheck
}

/// One key as it lies in a file of its own: the form is `FORMAT.md`'s "Key files".
///
/// Making secrets at random, and files that nobody else can read, is the work of whoever holds the folder.
package struct KeyFile: Equatable, Sendable {
    /// What the key is for.
    package let purpose: KeyPurpose
    /// Which of its purpose it is: 0 for the root, the day for an address key.
    package let id: UInt32
    /// When it was made, in nanoseconds since 1970.
    package let createdNanoseconds: UInt64
    /// The key itself.
    package let secret: [UInt8]

    /// A key; nil when the id or the number of bytes is none of its purpose.
    package init?(purpose: KeyPurpose, id: UInt32, createdNanoseconds: UInt64, secret: [UInt8]) {
        guard purpose.ids.contains(id), secret.count == purpose.secretBytes else { return nil }
        self.purpose = purpose
        self.id = id
        self.createdNanoseconds = createdNanoseconds
        self.secret = secret
    }

    /// The file's name in the key folder.
    package var fileName: String {
        purpose == .root ? "root.key" : "\(purpose.rawValue)-\(id).key"
    }

    /// The file's contents.
    package var contents: [UInt8] {
        let lines = [
            Self.firstLine, "purpose \(purpose.rawValue)", "id \(id)", "created \(createdNanoseconds)",
            "secret \(Hexadecimal.string(of: secret.span))", "check \(check)",
        ]
        return Array(lines.map { $0 + "\n" }.joined().utf8)
    }

    /// Reads a file's contents. Errors tell nothing of the secret.
    package init(contents: [UInt8]) throws(EngagementError) {
        let lines = String(decoding: contents, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first.map(String.init) == Self.firstLine else { throw .keyFile(.unknownForm) }
        guard lines.count == 7, lines[6].isEmpty else { throw .keyFile(.badLine(min(lines.count, 7))) }
        guard let purpose = KeyPurpose(rawValue: try Self.value(of: lines, 1, "purpose")) else {
            throw .keyFile(.badLine(2))
        }
        guard let id = UInt32(try Self.value(of: lines, 2, "id")), purpose.ids.contains(id) else {
            throw .keyFile(.badLine(3))
        }
        guard let created = UInt64(try Self.value(of: lines, 3, "created")) else { throw .keyFile(.badLine(4)) }
        let digits = Array(try Self.value(of: lines, 4, "secret").utf8)
        guard let secret = Hexadecimal.decode(digits.span),
            let key = KeyFile(purpose: purpose, id: id, createdNanoseconds: created, secret: secret)
        else { throw .keyFile(.badLine(5)) }
        guard try Self.value(of: lines, 5, "check") == key.check else { throw .keyFile(.wrongCheck) }
        self = key
    }

    /// The key as SipHash takes it, for events and addresses; nil for the longer ones.
    package var sipHashKey: SipHashKey? { SipHashKey(secret.span) }

    private static let firstLine = "tremolo key 1"

    /// The first 4 bytes of a hash over all but the time: it finds a secret that was damaged, and gives nothing of it
    /// away.
    private var check: String {
        var hash = SHA256()
        hash.update("tremolo/v1/key-check/\(purpose.rawValue)/\(id)/".utf8.span)
        hash.update(secret.span)
        return String(hash.finalize().description.prefix(8))
    }

    private static func value(
        of lines: [Substring], _ index: Int, _ name: String
    ) throws(EngagementError) -> String {
        guard lines[index].hasPrefix(name + " ") else { throw .keyFile(.badLine(index + 1)) }
        return String(lines[index].dropFirst(name.utf8.count + 1))
    }
}
