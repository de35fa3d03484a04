/// Reads the data of a MaxMind database: maps, texts and numbers, one behind the other.
///
/// The library's own functions for this call themselves once a level, so that a file of nested arrays ends the process.
/// Here every step has its bounds: levels, values and bytes. What is out of them, or out of the format, is nil.
///
/// Source: MaxMind DB File Format Specification 2.0, "Output Data Section".
struct MaxMindData {
    /// Levels of maps and arrays in a record; those of the usual databases have four.
    static let levelsMax = 16
    /// Values that are looked at for one answer; a record of the usual databases has some hundred.
    static let valuesMax = 10_000

    /// One value's head.
    struct Head: Equatable {
        /// What follows.
        var type: Kind
        /// Bytes of a text or a number, pairs of a map, elements of an array, or where a pointer leads.
        var size: Int
        /// Where the value's contents begin.
        var start: Int
    }

    /// Types of values that matter here.
    enum Kind: Equatable {
        case pointer, text, map, array
        /// A number or a row of bytes: `size` bytes follow.
        case bytes
        /// Nothing follows.
        case boolean
    }

    private var valuesLeft = Self.valuesMax

    /// The head at an offset.
    static func head(_ data: Span<UInt8>, at offset: Int) -> Head? {
        guard offset >= 0, offset < data.count else { return nil }
        let control = Int(data[offset])
        var next = offset + 1
        var type = control >> 5
        if type == 1 {
            let bytes = (control >> 3 & 3) + 1
            guard let value = number(data, &next, bytes) else { return nil }
            let upper = bytes == 4 ? 0 : (control & 7) << (8 * bytes)
            let base = [0, 2_048, 526_336, 0][bytes - 1]
            return Head(type: .pointer, size: upper + value + base, start: next)
        }
        if type == 0 {
            guard let extended = number(data, &next, 1) else { return nil }
            type = extended + 7
        }
        var size = control & 31
        if size > 28 {
            let bytes = size - 28
            guard let more = number(data, &next, bytes) else { return nil }
            size = more + [29, 285, 65_821][bytes - 1]
        }
        switch type {
        case 2: return Head(type: .text, size: size, start: next)
        case 7: return Head(type: .map, size: size, start: next)
        case 11: return Head(type: .array, size: size, start: next)
        case 14: return Head(type: .boolean, size: size, start: next)
        case 3, 4, 5, 6, 8, 9, 10, 15: return Head(type: .bytes, size: size, start: next)
        default: return nil
        }
    }

    private static func number(_ data: Span<UInt8>, _ offset: inout Int, _ count: Int) -> Int? {
        guard count <= data.count - offset else { return nil }
        var value = 0
        for _ in 0..<count {
            value = value << 8 | Int(data[offset])
            offset += 1
        }
        return value
    }

    /// The head at an offset, or where the pointer there leads; a pointer to a pointer is none.
    static func target(_ data: Span<UInt8>, at offset: Int) -> Head? {
        guard let head = head(data, at: offset) else { return nil }
        guard head.type == .pointer else { return head }
        guard let aim = Self.head(data, at: head.size), aim.type != .pointer else { return nil }
        return aim
    }

    /// The bytes of a text, or where a pointer to one leads.
    static func text(_ data: Span<UInt8>, at offset: Int) -> Range<Int>? {
        guard let head = target(data, at: offset), head.type == .text, head.size <= data.count - head.start else {
            return nil
        }
        return head.start..<head.start + head.size
    }

    /// Where the value of a key begins in the map at an offset. O(values in front of it).
    mutating func value(of key: StaticString, in data: Span<UInt8>, at offset: Int) -> Int? {
        guard let map = Self.target(data, at: offset), map.type == .map else { return nil }
        var next = map.start
        for _ in 0..<map.size {
            guard let name = Self.text(data, at: next), let value = end(data, of: next, level: 0) else { return nil }
            if Self.equals(data.extracting(name), key) { return value }
            guard let behind = end(data, of: value, level: 1) else { return nil }
            next = behind
        }
        return nil
    }

    /// Where the value at an offset ends; pointers in it are not followed.
    mutating func end(_ data: Span<UInt8>, of offset: Int, level: Int) -> Int? {
        guard valuesLeft > 0, level < Self.levelsMax, let head = Self.head(data, at: offset) else { return nil }
        valuesLeft -= 1
        switch head.type {
        case .pointer, .boolean: return head.start
        case .text, .bytes: return head.size <= data.count - head.start ? head.start + head.size : nil
        case .map, .array:
            var next = head.start
            for _ in 0..<(head.type == .map ? 2 * head.size : head.size) {
                guard let behind = end(data, of: next, level: level + 1) else { return nil }
                next = behind
            }
            return next
        }
    }

    private static func equals(_ bytes: Span<UInt8>, _ text: StaticString) -> Bool {
        guard bytes.count == text.utf8CodeUnitCount else { return false }
        for index in bytes.indices {
            let byte = unsafe text.utf8Start[index]
            if bytes[index] != byte { return false }
        }
        return true
    }
}

extension MaxMindData {
    /// Behind it stand a database's metadata.
    private static let marker = [0xAB, 0xCD, 0xEF] + Array("MaxMind.com".utf8)
    /// The last bytes of a file, in which its metadata stand.
    private static let metadataBytesMax = 131_072

    /// Whether a file ends in metadata that can be read within the bounds and without a pointer, as every writer makes
    /// them. The library follows pointers and levels there, too.
    static func hasSoundMetadata(_ file: Span<UInt8>) -> Bool {
        var start = file.count - marker.count
        let least = max(0, file.count - metadataBytesMax)
        while start >= least {
            if file[start] == marker[0], isMarker(file, at: start) {
                let metadata = file.extracting(start + marker.count..<file.count)
                guard head(metadata, at: 0)?.type == .map, hasNoPointer(metadata) else { return false }
                return true
            }
            start -= 1
        }
        return false
    }

    private static func isMarker(_ file: Span<UInt8>, at start: Int) -> Bool {
        for index in marker.indices where file[start + index] != marker[index] { return false }
        return true
    }

    /// Walks a map and all in it in the order of the file.
    private static func hasNoPointer(_ data: Span<UInt8>) -> Bool {
        var next = 0
        /// Values that are still to come, level by level.
        var open = [1]
        var values = 0
        while let left = open.last {
            if left == 0 {
                open.removeLast()
                continue
            }
            open[open.count - 1] = left - 1
            values += 1
            guard values <= valuesMax, let head = head(data, at: next) else { return false }
            next = head.start
            switch head.type {
            case .pointer: return false
            case .boolean: break
            case .text, .bytes:
                guard head.size <= data.count - head.start else { return false }
                next += head.size
            case .map, .array:
                guard open.count < levelsMax else { return false }
                open.append(head.type == .map ? 2 * head.size : head.size)
            }
        }
        return true
    }
}
