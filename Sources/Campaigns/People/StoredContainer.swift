import Bytes

/// The head of a stored container of people, checked: a byte that tells the form, then its contents, little-endian.
struct StoredContainer {
    /// How the members are told. Raw values stand in the store.
    enum Form: UInt8 {
        /// Numbers of 16 bits, ascending.
        case array = 1
        /// 1,024 words of 64 bits, the lowest bit of the first for number 0.
        case bitmap = 2
    }

    let form: Form
    /// Members.
    let count: Int

    /// The most numbers of an array.
    static let arrayCountMax = 4_096
    /// The words of a bitmap.
    static let wordCount = 1_024

    /// Looks at all of the bytes; nil for what `PersonContainer.encode` never wrote. O(bytes).
    init?(_ bytes: Span<UInt8>) {
        guard bytes.count > 0, let form = Form(rawValue: bytes[0]) else { return nil }
        self.form = form
        switch form {
        case .array:
            guard bytes.count % 2 == 1, bytes.count <= 1 + 2 * Self.arrayCountMax else { return nil }
            count = bytes.count / 2
            guard Self.ascends(bytes) else { return nil }
        case .bitmap:
            guard bytes.count == 1 + 8 * Self.wordCount else { return nil }
            var count = 0
            for index in 0..<Self.wordCount {
                count += bytes.littleEndian(UInt64.self, at: 1 + 8 * index).nonzeroBitCount
            }
            guard count > Self.arrayCountMax else { return nil }
            self.count = count
        }
    }

    /// The numbers of an array.
    func numbers(in bytes: Span<UInt8>) -> [UInt16] {
        integers(ofLittleEndian: bytes.extracting(1..<bytes.count))
    }

    /// The words of a bitmap.
    func words(in bytes: Span<UInt8>) -> [UInt64] {
        integers(ofLittleEndian: bytes.extracting(1..<bytes.count))
    }

    private static func ascends(_ bytes: Span<UInt8>) -> Bool {
        var last = -1
        var place = 1
        while place < bytes.count {
            let number = Int(bytes.littleEndian(UInt16.self, at: place))
            guard number > last else { return false }
            last = number
            place += 2
        }
        return true
    }
}
