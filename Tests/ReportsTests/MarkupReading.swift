import Foundation

/// A page's markup, read as strictly as XML is: whoever leaves an element open or a sign unescaped is found.
struct MarkupReading {
    /// Why it is none.
    struct Trouble: Error, CustomStringConvertible { let description: String }

    private(set) var elements: [(name: String, attributes: [String: String])] = []
    private(set) var text = ""

    private static let empty: Set<String> = ["meta", "input", "wbr"]

    init(_ bytes: [UInt8]) throws {
        let start = Array("<!DOCTYPE html>".utf8)
        guard bytes.starts(with: start) else { throw Trouble(description: "no doctype") }
        var place = start.count
        var open: [String] = []
        var words: [UInt8] = []
        while let tagStart = bytes[place...].firstIndex(of: UInt8(ascii: "<")) {
            try Self.check(text: bytes[place..<tagStart])
            words += bytes[place..<tagStart]
            guard let end = bytes[tagStart...].firstIndex(of: UInt8(ascii: ">")) else {
                throw Trouble(description: "a tag has no end")
            }
            var tag = bytes[(tagStart + 1)..<end]
            place = end + 1
            if tag.first == UInt8(ascii: "/") {
                let name = String(decoding: tag.dropFirst(), as: UTF8.self)
                guard open.popLast() == name else { throw Trouble(description: "<\(name)> is none") }
                continue
            }
            let isClosed = tag.last == UInt8(ascii: "/")
            if isClosed { tag = tag.dropLast() }
            let nameEnd = tag.firstIndex(of: UInt8(ascii: " ")) ?? tag.endIndex
            let name = String(decoding: tag[..<nameEnd], as: UTF8.self)
            elements.append((name, try Self.attributes(Array(tag[nameEnd...]))))
            if name == "style" {
                // A style sheet holds no sign of markup but the end of its own.
                guard let close = bytes[place...].firstIndex(of: UInt8(ascii: "<")) else {
                    throw Trouble(description: "style has no end")
                }
                place = close
                open.append(name)
            } else if !isClosed, !Self.empty.contains(name) {
                open.append(name)
            }
        }
        try Self.check(text: bytes[place...])
        guard open.isEmpty else { throw Trouble(description: "\(open) stay open") }
        text = String(decoding: words, as: UTF8.self)
    }

    private static func check(text piece: ArraySlice<UInt8>) throws {
        guard !piece.contains(UInt8(ascii: ">")) else { throw Trouble(description: "a > that is not escaped") }
        var rest = piece
        while let start = rest.firstIndex(of: UInt8(ascii: "&")) {
            let reference = rest[(start + 1)...].prefix { $0 != UInt8(ascii: ";") }
            let name = String(decoding: reference, as: UTF8.self)
            let isNumber = name.first == "#" && Int(name.dropFirst()) != nil
            guard reference.endIndex < rest.endIndex, isNumber || ["amp", "lt", "gt", "quot"].contains(name) else {
                throw Trouble(description: "not escaped: \(name.prefix(20))")
            }
            rest = rest[reference.endIndex...]
        }
    }

    /// ` name="value"`, again and again, and nothing else.
    private static func attributes(_ words: [UInt8]) throws -> [String: String] {
        var attributes: [String: String] = [:]
        var place = 0
        while place < words.count {
            guard words[place] == UInt8(ascii: " "), let equals = words[place...].firstIndex(of: UInt8(ascii: "=")),
                equals + 1 < words.count, words[equals + 1] == UInt8(ascii: "\""),
                let end = words[(equals + 2)...].firstIndex(of: UInt8(ascii: "\""))
            else { throw Trouble(description: "attributes: \(String(decoding: words, as: UTF8.self))") }
            let name = String(decoding: words[(place + 1)..<equals], as: UTF8.self)
            guard name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" }), attributes[name] == nil else {
                throw Trouble(description: "an attribute \(name)")
            }
            try check(text: words[(equals + 2)..<end])
            attributes[name] = String(decoding: words[(equals + 2)..<end], as: UTF8.self)
            place = end + 1
        }
        return attributes
    }

    /// What may not be on any page of ours, or nothing.
    var troubles: [String] {
        var troubles: [String] = []
        let all = elements.compactMap { $0.attributes["id"] }
        let ids = Set(all)
        if ids.count != all.count { troubles.append("an id stands twice") }
        for (name, attributes) in elements {
            if ["script", "img", "link", "iframe", "object"].contains(name) { troubles.append("<\(name)>") }
            for (attribute, value) in attributes {
                if attribute.hasPrefix("on") || attribute == "style" { troubles.append("\(attribute)=") }
                if attribute == "href", !value.hasPrefix("/") { troubles.append("href to \(value)") }
                if attribute == "aria-labelledby" {
                    troubles += value.split(separator: " ").filter { !ids.contains(String($0)) }.map { "no #\($0)" }
                }
                if value.hasPrefix("url(#"), !ids.contains(String(value.dropFirst(5).dropLast())) {
                    troubles.append("no \(value)")
                }
                if ["d", "x", "y", "width"].contains(attribute), value.contains("n") {
                    troubles.append("\(attribute)=\(value)")
                }
            }
            if name == "svg", attributes["aria-hidden"] == nil, attributes["role"] != "img" {
                troubles.append("an svg without a role")
            }
        }
        return troubles
    }
}
