/// Tells code from comments and string literals, well enough for rules that look for a sign or a word in code.
enum SwiftCode {
    private enum Context {
        /// Code; in an interpolation, with the parentheses open since it began.
        case code(openParentheses: Int, isInterpolation: Bool)
        case string(hashes: Int, isMultiline: Bool)
    }

    /// The lines of `text` with comments and the insides of string literals replaced by spaces. What stands in an
    /// interpolation is code.
    static func lines(of text: String) -> [String] {
        var bytes = Array(text.utf8)
        var contexts: [Context] = [.code(openParentheses: 0, isInterpolation: false)]
        var offset = 0
        while offset < bytes.count, let context = contexts.last {
            switch context {
            case .code(let open, let isInterpolation):
                offset = stepThroughCode(&bytes, at: offset, open: open, isInterpolation, &contexts)
            case .string(let hashes, let isMultiline):
                offset = stepThroughString(&bytes, at: offset, hashes: hashes, isMultiline, &contexts)
            }
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
    }

    private static func stepThroughCode(
        _ bytes: inout [UInt8], at offset: Int, open: Int, _ isInterpolation: Bool, _ contexts: inout [Context]
    ) -> Int {
        if matches(bytes, "//", at: offset) { return blankLine(&bytes, from: offset) }
        if matches(bytes, "/*", at: offset) { return blankBlock(&bytes, from: offset) }
        switch bytes[offset] {
        case UInt8(ascii: "("):
            contexts[contexts.count - 1] = .code(openParentheses: open + 1, isInterpolation: isInterpolation)
        case UInt8(ascii: ")"):
            if isInterpolation, open == 1 {
                contexts.removeLast()
            } else {
                contexts[contexts.count - 1] = .code(openParentheses: open - 1, isInterpolation: isInterpolation)
            }
        case UInt8(ascii: "#"), UInt8(ascii: "\""):
            var quote = offset
            while quote < bytes.count, bytes[quote] == UInt8(ascii: "#") { quote += 1 }
            guard quote < bytes.count, bytes[quote] == UInt8(ascii: "\"") else { return quote }
            let isMultiline = matches(bytes, "\"\"\"", at: quote)
            contexts.append(.string(hashes: quote - offset, isMultiline: isMultiline))
            return quote + (isMultiline ? 3 : 1)
        default: break
        }
        return offset + 1
    }

    private static func stepThroughString(
        _ bytes: inout [UInt8], at offset: Int, hashes: Int, _ isMultiline: Bool, _ contexts: inout [Context]
    ) -> Int {
        let hashText = String(repeating: "#", count: hashes)
        let closing = (isMultiline ? "\"\"\"" : "\"") + hashText
        if matches(bytes, closing, at: offset) {
            contexts.removeLast()
            return offset + closing.utf8.count
        }
        let escape = "\\" + hashText
        if matches(bytes, escape, at: offset) {
            let next = offset + escape.utf8.count
            if next < bytes.count, bytes[next] == UInt8(ascii: "(") {
                contexts.append(.code(openParentheses: 1, isInterpolation: true))
                return next + 1
            }
            for index in offset...min(next, bytes.count - 1) where bytes[index] != UInt8(ascii: "\n") {
                bytes[index] = UInt8(ascii: " ")
            }
            return next + 1
        }
        if bytes[offset] == UInt8(ascii: "\n") {
            if !isMultiline { contexts.removeLast() }
        } else {
            bytes[offset] = UInt8(ascii: " ")
        }
        return offset + 1
    }

    private static func matches(_ bytes: [UInt8], _ text: String, at offset: Int) -> Bool {
        bytes[offset...].starts(with: text.utf8)
    }

    private static func blankLine(_ bytes: inout [UInt8], from start: Int) -> Int {
        var offset = start
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") {
            bytes[offset] = UInt8(ascii: " ")
            offset += 1
        }
        return offset
    }

    /// Block comments nest in Swift.
    private static func blankBlock(_ bytes: inout [UInt8], from start: Int) -> Int {
        var offset = start
        var depth = 0
        while offset < bytes.count {
            let isOpening = matches(bytes, "/*", at: offset)
            let isClosing = matches(bytes, "*/", at: offset)
            if isOpening { depth += 1 }
            if isClosing { depth -= 1 }
            for _ in 0..<(isOpening || isClosing ? 2 : 1) {
                if bytes[offset] != UInt8(ascii: "\n") { bytes[offset] = UInt8(ascii: " ") }
                offset += 1
            }
            if depth == 0 { break }
        }
        return offset
    }
}
