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
    /// The one section whose links a signing key signs; nil for every section, and for every other key.
    package let section: String?
    /// The key itself.
    package let secret: [UInt8]

    /// A key; nil when the id, the number of bytes or a section is none of its purpose.
    ///
    /// - Parameter section: 1 to 64 letters, digits, `-` and `_`.
    package init?(
        purpose: KeyPurpose, id: UInt32, createdNanoseconds: UInt64, section: String? = nil, secret: [UInt8]
    ) {
        guard purpose.ids.contains(id), secret.count == purpose.secretBytes else { return nil }
        if let section { guard purpose == .signing, Self.isSection(section) else { return nil } }
        self.purpose = purpose
        self.id = id
        self.createdNanoseconds = createdNanoseconds
        self.section = section
        self.secret = secret
    }

    /// The file's name in the key folder.
    package var fileName: String { Self.name(of: purpose, id: id) }

    /// The name of the file that holds a key.
    package static func name(of purpose: KeyPurpose, id: UInt32) -> String {
        purpose == .root ? "root.key" : "\(purpose.rawValue)-\(id).key"
    }

    /// The file's contents.
    package var contents: [UInt8] {
        var lines = [
            section == nil ? Self.firstLine : Self.firstLineOfSection, "purpose \(purpose.rawValue)", "id \(id)",
            "created \(createdNanoseconds)",
        ]
        if let section { lines.append("section \(section)") }
        lines += ["secret \(Hexadecimal.string(of: secret.span))", "check \(check)"]
        return Array(lines.map { $0 + "\n" }.joined().utf8)
    }

    /// Reads a file's contents. Errors tell nothing of the secret.
    package init(contents: [UInt8]) throws(EngagementError) {
        let lines = String(decoding: contents, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let first = lines.first.map(String.init)
        guard first == Self.firstLine || first == Self.firstLineOfSection else { throw .keyFile(.unknownForm) }
        let more = first == Self.firstLineOfSection ? 1 : 0
        guard lines.count == 7 + more, lines[6 + more].isEmpty else {
            throw .keyFile(.badLine(min(lines.count, 7 + more)))
        }
        guard let purpose = KeyPurpose(rawValue: try Self.value(of: lines, 1, "purpose")) else {
            throw .keyFile(.badLine(2))
        }
        guard let id = UInt32(try Self.value(of: lines, 2, "id")), purpose.ids.contains(id) else {
            throw .keyFile(.badLine(3))
        }
        guard let created = UInt64(try Self.value(of: lines, 3, "created")) else { throw .keyFile(.badLine(4)) }
        let section = more == 0 ? nil : try Self.value(of: lines, 4, "section")
        if let section {
            guard purpose == .signing, Self.isSection(section) else { throw .keyFile(.badLine(5)) }
        }
        let digits = Array(try Self.value(of: lines, 4 + more, "secret").utf8)
        guard let secret = Hexadecimal.decode(digits.span),
            let key = KeyFile(
                purpose: purpose, id: id, createdNanoseconds: created, section: section, secret: secret)
        else { throw .keyFile(.badLine(5 + more)) }
        guard try Self.value(of: lines, 5 + more, "check") == key.check else { throw .keyFile(.wrongCheck) }
        self = key
    }

    /// The key as SipHash takes it, for events and addresses; nil for the longer ones.
    package var sipHashKey: SipHashKey? { SipHashKey(secret.span) }

    private static let firstLine = "tremolo key 1"
    /// That of a key with a section: who knows nothing of sections must not take it for a key of all of them.
    private static let firstLineOfSection = "tremolo key 2"

    /// True for a section's id: 1 to 64 letters, digits, `-` and `_`.
    package static func isSection(_ text: String) -> Bool {
        let isOfLetters = text.utf8.allSatisfy {
            $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
        return isOfLetters && (1...64).contains(text.utf8.count)
    }

    /// The first 4 bytes of a hash over all but the time: it finds a secret that was damaged, and gives nothing of it
    /// away.
    private var check: String {
        var hash = SHA256()
        hash.update("tremolo/v1/key-check/\(purpose.rawValue)/\(id)/\(section.map { "\($0)/" } ?? "")".utf8.span)
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
