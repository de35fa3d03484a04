internal import Bytes

/// How a rule compares a user agent.
enum TextPattern: Equatable, Hashable, Sendable {
    /// Byte for byte the same.
    case exact(String)
    /// It begins so, ASCII letters compared without regard to case.
    case prefix(String)
    /// It holds each of these somewhere, case regarded.
    case contains([String])
}

/// A pattern made ready to be compared. Each comparison is O(text × pattern) at worst and allocates nothing.
struct CompiledPattern: Sendable {
    private enum Comparison: Sendable {
        case exact, prefix, contains
    }

    private let comparison: Comparison
    private let parts: [[UInt8]]

    init(_ pattern: TextPattern) {
        switch pattern {
        case .exact(let text):
            comparison = .exact
            parts = [Array(text.utf8)]
        case .prefix(let text):
            comparison = .prefix
            parts = [text.utf8.map(\.asciiLowercased)]
        case .contains(let texts):
            comparison = .contains
            parts = texts.map { Array($0.utf8) }
        }
    }

    /// True when `text` is as the pattern says.
    func matches(_ text: Span<UInt8>) -> Bool {
        switch comparison {
        case .exact: parts.allSatisfy { $0.span.equals(text) }
        case .prefix: parts.allSatisfy { Self.hasPrefix(text, $0.span) }
        case .contains: parts.allSatisfy { Self.holds(text, $0.span) }
        }
    }

    private static func hasPrefix(_ text: Span<UInt8>, _ lowercased: Span<UInt8>) -> Bool {
        guard text.count >= lowercased.count else { return false }
        for offset in lowercased.indices where text[offset].asciiLowercased != lowercased[offset] { return false }
        return true
    }

    private static func holds(_ text: Span<UInt8>, _ part: Span<UInt8>) -> Bool {
        guard !part.isEmpty else { return true }
        var offset = 0
        while let start = text.firstOffset(of: part[0], from: offset), text.count - start >= part.count {
            if text.extracting(start..<start + part.count).equals(part) { return true }
            offset = start + 1
        }
        return false
    }
}
