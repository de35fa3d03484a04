import TestSupport
import Testing

@testable import EdgeServer

@Suite("A page's address is read as browsers write it, and any bytes are safe")
struct DashboardQueryTests {
    private func fields(_ query: String) throws -> [String] {
        try DashboardQuery.fields(Array(query.utf8)).map { "\($0.name)=\($0.value)" }
    }

    @Test("Forms' escapes and pluses are undone, empty fields left out")
    func forms() throws {
        #expect(try fields("sec=1&expId=a+b%26c&&since=") == ["sec=1", "expId=a b&c", "since="])
        #expect(try fields("sec=%C3%A9&x") == ["sec=é", "x="])
        #expect(try fields("") == [])
    }

    @Test(
        "What no form writes is refused",
        arguments: ["a=%", "a=%4", "a=%zz", "a=%FF", "a=%00", "a=%0A", "a=%7F", "%E2%28=1"])
    func refused(_ query: String) {
        #expect(throws: DashboardQuery.Problem.unreadable) { try fields(query) }
    }

    @Test("Many fields are refused, random bytes read or refused")
    func anything() throws {
        #expect(throws: DashboardQuery.Problem.tooManyFields) {
            try fields(String(repeating: "a=1&", count: 17))
        }
        let seed = UInt64.random(in: 1...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? UInt8.random(in: 0...255, using: &random) : "%&=+a1F".utf8.randomElement(using: &random) ?? 0
            }
            if let fields = try? DashboardQuery.fields(bytes) {
                let isClean = fields.allSatisfy { ($0.name + $0.value).unicodeScalars.allSatisfy { $0.value >= 0x20 } }
                #expect(isClean, "seed \(seed)")
            }
        }
    }
}
