import Foundation

/// A page's markup, read as strictly as XML is: whoever leaves an element open or a sign unescaped is found.
struct MarkupReading {
    /// Why it is none.
    struct Trouble: Error, CustomStringConvertible { let description: String }

    private(set) var elements: [(name: String, attributes: [String: String])] = []
    private(set) var text = ""

    private static let empty: Set<String> = ["meta", "input"]

    init(_ bytes: [UInt8]) throws {
        var rest = Substring(String(decoding: bytes, as: UTF8.self))
        guard rest.hasPrefix("<!DOCTYPE html>") else { throw Trouble(description: "no doctype") }
        rest = rest.dropFirst("<!DOCTYPE html>".count)
        var open: [String] = []
        while let start = rest.firstIndex(of: "<") {
            try read(text: rest[..<start])
            guard let end = rest[start...].firstIndex(of: ">") else { throw Trouble(description: "a tag has no end") }
            var tag = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("/") {
                guard open.popLast() == String(tag.dropFirst()) else { throw Trouble(description: "<\(tag)> is none") }
                continue
            }
            let isClosed = tag.hasSuffix("/")
            if isClosed { tag = tag.dropLast() }
            let name = String(tag.prefix { $0.isLetter || $0.isNumber })
            elements.append((name, try Self.attributes(tag.dropFirst(name.count))))
            if name == "style" {
                guard let close = rest.range(of: "</style>") else { throw Trouble(description: "style has no end") }
                rest = rest[close.upperBound...]
            } else if !isClosed, !Self.empty.contains(name) {
                open.append(name)
            }
        }
        try read(text: rest)
        guard open.isEmpty else { throw Trouble(description: "\(open) stay open") }
    }

    private mutating func read(text piece: Substring) throws {
        guard !piece.contains(">"), !piece.replacing(/&(amp|lt|gt|quot|#[0-9]+);/, with: "").contains("&") else {
            throw Trouble(description: "not escaped: \(piece)")
        }
        text += piece
    }

    private static func attributes(_ words: Substring) throws -> [String: String] {
        var attributes: [String: String] = [:]
        let left = words.replacing(/\s+([a-zA-Z0-9-]+)="([^"<>]*)"/) { match in
            attributes[String(match.1)] = String(match.2)
            return ""
        }
        guard left.allSatisfy(\.isWhitespace) else { throw Trouble(description: "attributes: \(words)") }
        return attributes
    }

    /// What may not be on any page of ours, or nothing.
    var troubles: [String] {
        var troubles: [String] = []
        let ids = elements.compactMap { $0.attributes["id"] }
        if Set(ids).count != ids.count { troubles.append("an id stands twice") }
        for (name, attributes) in elements {
            if ["script", "img", "link", "iframe", "object"].contains(name) { troubles.append("<\(name)>") }
            for (attribute, value) in attributes {
                if attribute.hasPrefix("on") || attribute == "style" { troubles.append("\(attribute)=") }
                if attribute == "href", !value.hasPrefix("/") { troubles.append("href to \(value)") }
                if attribute == "aria-labelledby" {
                    troubles += value.split(separator: " ").filter { !ids.contains(String($0)) }.map { "no #\($0)" }
                }
                if let id = value.firstMatch(of: /^url\(#(.*)\)$/), !ids.contains(String(id.1)) {
                    troubles.append("no \(value)")
                }
                if value.contains("nan") && attribute != "content" { troubles.append("\(attribute)=\(value)") }
            }
            if name == "svg", attributes["aria-hidden"] == nil, attributes["role"] != "img" {
                troubles.append("an svg without a role")
            }
        }
        return troubles
    }
}
