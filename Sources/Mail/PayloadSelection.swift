import Bytes

/// Which strings of a payload are links to be wrapped.
package struct PayloadSelection: Equatable, Sendable {
    private let keys: Set<String>
    private let pointers: Set<String>

    /// The keys that count where nobody names any. Case, `_` and `-` don't matter: `productUrl` is `product_url`.
    package static let standardKeys = [
        "link", "url", "href", "targetUrl", "productUrl", "itemUrl", "ctaUrl", "buttonUrl", "landingUrl",
    ]

    /// Chooses by keys and by JSON pointers (RFC 6901).
    ///
    /// - Parameters:
    ///   - keys: names of members; a list below one counts as the member.
    ///   - pointers: such as `/cart/0/link`.
    package init(keys: [String] = Self.standardKeys, pointers: [String] = []) {
        self.keys = Set(keys.map(Self.normalised))
        self.pointers = Set(pointers)
    }

    func chooses(_ string: PayloadStrings.Element) -> Bool {
        if let key = string.path.lastKey, keys.contains(Self.normalised(key)) { return true }
        return !pointers.isEmpty && pointers.contains(string.path.pointer)
    }

    /// The pointers that lead to no string, in order.
    func unmatchedPointers(in strings: [PayloadStrings.Element]) -> [String] {
        pointers.isEmpty ? [] : pointers.subtracting(strings.map(\.path.pointer)).sorted()
    }

    /// True where a key on the way says that it is an image, or the URL's path ends as images do.
    func isImage(_ string: PayloadStrings.Element, url: [UInt8]) -> Bool {
        for case .key(let key) in string.path where Self.words(of: key).contains(where: Self.imageWords.contains) {
            return true
        }
        let path = url.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }.lowercased
        guard let dot = path.lastIndex(of: UInt8(ascii: ".")) else { return false }
        return Self.imageExtensions.contains(String(decoding: path[(dot + 1)...], as: UTF8.self))
    }

    private static let imageWords: Set<String> = [
        "image", "images", "img", "imgs", "src", "thumbnail", "thumbnails", "thumb", "icon", "icons", "logo", "logos",
        "photo", "photos", "picture", "pictures", "avatar", "poster",
    ]
    private static let imageExtensions: Set<String> = [
        "jpg", "jpeg", "png", "gif", "webp", "svg", "bmp", "ico", "avif", "tif", "tiff", "heic",
    ]

    private static func normalised(_ key: String) -> String {
        key.lowercased().filter { $0 != "_" && $0 != "-" }
    }

    /// `heroImageUrl`, `hero_image_url` and `hero-image-url` as `hero`, `image`, `url`.
    private static func words(of key: String) -> [String] {
        var words = [""]
        for character in key {
            if character.isLetter || character.isNumber {
                let isNew = character.isUppercase && words.last?.last?.isUppercase == false
                if isNew { words.append("") }
                words[words.count - 1].append(character)
            } else {
                words.append("")
            }
        }
        return words.map { $0.lowercased() }
    }
}

extension [PayloadStrings.Step] {
    /// The key of the innermost member.
    fileprivate var lastKey: String? {
        for case .key(let key) in reversed() { return key }
        return nil
    }

    /// The JSON pointer that leads here (RFC 6901).
    fileprivate var pointer: String {
        reduce(into: "") { pointer, step in
            switch step {
            case .index(let index): pointer += "/\(index)"
            case .key(let key):
                pointer += "/"
                for character in key {
                    pointer += character == "~" ? "~0" : character == "/" ? "~1" : String(character)
                }
            }
        }
    }
}
