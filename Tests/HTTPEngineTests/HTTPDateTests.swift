import Testing

@testable import HTTPEngine

@Suite("The time of a response is an IMF-fixdate")
struct HTTPDateTests {
    struct Row: CustomTestStringConvertible {
        let seconds: UInt64
        let text: String
        var testDescription: String { text }
    }

    @Test(arguments: [
        Row(seconds: 0, text: "Thu, 01 Jan 1970 00:00:00 GMT"),
        Row(seconds: 784_111_777, text: "Sun, 06 Nov 1994 08:49:37 GMT"),
        Row(seconds: 951_782_399, text: "Mon, 28 Feb 2000 23:59:59 GMT"),
        Row(seconds: 951_782_400, text: "Tue, 29 Feb 2000 00:00:00 GMT"),
        Row(seconds: 1_709_251_199, text: "Thu, 29 Feb 2024 23:59:59 GMT"),
        Row(seconds: 1_735_689_599, text: "Tue, 31 Dec 2024 23:59:59 GMT"),
        Row(seconds: 4_107_542_400, text: "Mon, 01 Mar 2100 00:00:00 GMT"),
        Row(seconds: 253_402_300_799, text: "Fri, 31 Dec 9999 23:59:59 GMT"),
    ])
    func known(_ row: Row) {
        var bytes = [UInt8](repeating: 0, count: HTTPDate.byteCount)
        HTTPDate.write(seconds: row.seconds) { bytes[$0] = $1 }
        #expect(String(decoding: bytes, as: UTF8.self) == row.text)
    }
}
