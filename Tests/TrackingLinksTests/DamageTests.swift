import Bytes
import TestSupport
import Testing
import TrackingLinks

/// A way in which mail systems damage a whole query.
struct Damage: Sendable, CustomTestStringConvertible {
    var testDescription: String { name }
    let name: String
    let apply: @Sendable (String) -> String

    init(_ name: String, _ apply: @escaping @Sendable (String) -> String) {
        self.name = name
        self.apply = apply
    }

    static let all: [Damage] =
        [
            Damage("ampersands as entities") { $0.replacing("&", with: "&amp;") },
            Damage("ampersands as entities of entities") { $0.replacing("&", with: "&amp;amp;") },
            Damage("ampersands as numbers") { $0.replacing("&", with: "&%2338;") },
            Damage("signs as a template engine writes them") {
                $0.replacing("&", with: "&amp;").replacing("=", with: "&%23x3D;")
            },
            Damage("ampersands as entities, encoded") { $0.replacing("&", with: "%26amp%3B") },
            Damage("all encoded twice") { $0.replacing("%", with: "%25") },
            Damage("the target encoded twice") { query in
                guard let place = query.range(of: "targetUrl=") else { return query }
                return String(query[..<place.upperBound])
                    + String(query[place.upperBound...]).replacing("%", with: "%25")
            },
            Damage("the target's ampersands decoded") { $0.replacing("%26", with: "&") },
            Damage("quoted-printable") { $0.replacing("=", with: "=3D") },
            Damage("quoted-printable, with lines of 76") { query in
                let quoted = query.replacing("=", with: "=3D")
                return stride(from: 0, to: quoted.utf8.count, by: 73).map { start in
                    String(decoding: Array(quoted.utf8)[start..<min(start + 73, quoted.utf8.count)], as: UTF8.self)
                }.joined(separator: "=%0D%0A")
            },
        ]
        + ["%27", "'", "\"", ">", ")", ".", ",", "%22%3E", ").", "',"].map { tail in
            Damage("\(tail) glued on") { $0 + tail }
        }
}

extension String {
    fileprivate func range(of text: String) -> Range<String.Index>? { ranges(of: text).first }
}

@Suite("Damage to a well-formed link is undone or refused, and never leads to another site")
struct DamageTests {
    private static let letters = Array("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789")
    private static let odd = Array("-_~!*:@+;$ éß€%/")

    /// A target on a listed host: a path and a query of letters, now and then of anything.
    private static func target(using generator: inout SeededGenerator) -> String {
        func word(_ most: Int) -> String {
            let isOdd = Int.random(in: 0..<4, using: &generator) == 0
            let some = (0..<Int.random(in: 1...most, using: &generator)).compactMap { _ in
                (isOdd ? odd + letters : letters).randomElement(using: &generator)
            }
            // The last one is no sign that could have been glued on.
            return String(some) + (letters.randomElement(using: &generator).map(String.init) ?? "")
        }
        var text = "https://www.mywebsite.com/" + word(12)
        if Bool.random(using: &generator) { text += "/" + word(12) + ".html" }
        let fields = Int.random(in: 0...3, using: &generator)
        for field in 0..<fields { text += (field == 0 ? "?" : "&") + "q\(field)=" + word(8) }
        if Int.random(in: 0..<4, using: &generator) == 0 { text += "#" + word(5) }
        return text
    }

    private static func query(to target: String, using generator: inout SeededGenerator) -> String {
        var link = LinkBuilder(base: "", resource: .click)
        var fields: [(TrackingField, String)] = [
            (.cuid, "john.doe@mail.example"), (.cuidType, "ihe"), (.sec, "8781202"), (.expId, "17"), (.expVer, "0"),
            (.va, "[10596091]"), (.mech, ""),
        ]
        fields.shuffle(using: &generator)
        for (field, value) in fields { link.append(field, value) }
        link.append(.targetUrl, target)
        return String(link.text.dropFirst("/tremclk?".count))
    }

    @Test(arguments: Damage.all)
    func ofOneKind(_ damage: Damage) throws {
        let seed: UInt64 = 61
        var generator = SeededGenerator(seed: seed)
        let policy = try Sections.policy(fallback: nil)
        var undone = 0
        for _ in 0..<400 {
            let target = Self.target(using: &generator)
            let query = Self.query(to: target, using: &generator)
            let whole = answer(query: Array(query.utf8), policy: policy)
            #expect(
                whole.outcome == .redirected && whole.repairs.subtracting(.rawNonASCII).isEmpty,
                "seed \(seed): \(query)")
            let damaged = damage.apply(query)
            let given = answer(query: Array(damaged.utf8), policy: policy)
            let isUndone = given.destination == whole.destination && given.outcome == .redirected
            undone += isUndone ? 1 : 0
            #expect(isUndone || given.outcome == .refused, "seed \(seed): \(damaged) gives \(given)")
            #expect(damaged == query || !given.repairs.isEmpty, "seed \(seed): \(damaged)")
        }
        #expect(undone > 300, "seed \(seed): only \(undone) were undone")
    }

    @Test func ofManyKindsAtOnce() throws {
        let seed: UInt64 = 62
        var generator = SeededGenerator(seed: seed)
        let policy = try Sections.policy(fallback: nil)
        for _ in 0..<4_000 {
            var query = Self.query(to: Self.target(using: &generator), using: &generator)
            for _ in 0..<Int.random(in: 2...4, using: &generator) {
                query = (Damage.all.randomElement(using: &generator) ?? Damage.all[0]).apply(query)
            }
            let given = answer(query: Array(query.utf8), policy: policy)
            #expect(given.host == nil || given.host == "www.mywebsite.com", "seed \(seed): \(query) gives \(given)")
        }
    }
}
