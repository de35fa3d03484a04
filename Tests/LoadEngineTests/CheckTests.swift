import Bytes
import TestSupport
import Testing

@testable import LoadEngine

@Suite("A wrong answer is never taken for a right one")
struct CheckTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let expected: ExpectedAnswer
        let answer: [UInt8]
        let verdict: ResponseVerdict

        init(_ name: String, _ expected: ExpectedAnswer, _ answer: String, _ verdict: ResponseVerdict) {
            self.init(name, expected, Array(answer.utf8), verdict)
        }

        init(_ name: String, _ expected: ExpectedAnswer, _ answer: [UInt8], _ verdict: ResponseVerdict) {
            testDescription = name
            self.expected = expected
            self.answer = answer
            self.verdict = verdict
        }
    }

    static let target = "https://www.mywebsite.com/cart"
    static let click = ExpectedAnswer(status: 302, location: target)
    static let open = ExpectedAnswer(status: 200, body: .pixel)
    static let page = ExpectedAnswer(status: 200, body: .page(containing: Array("www.unlisted.example".utf8)))
    static let closing: ExpectedAnswer = {
        var expectation = ExpectedAnswer(status: 431)
        expectation.mustClose = true
        return expectation
    }()

    static let rows: [Row] = [
        Row("a redirect", click, Answers.redirect(target), .accepted(closes: false)),
        Row(
            "any case of names", click,
            "HTTP/1.1 302 X\r\nLOCATION:\(target)\r\ncontent-length: 0\r\n\r\n", .accepted(closes: false)),
        Row(
            "one that closes", click, Answers.redirect(target, extra: "Connection: close\r\n"),
            .accepted(closes: true)),
        Row(
            "HTTP/1.0 closes", click,
            "HTTP/1.0 302 X\r\nLocation: \(target)\r\nContent-Length: 0\r\n\r\n", .accepted(closes: true)),
        Row(
            "a redirect with a body", click,
            "HTTP/1.1 302 X\r\nLocation: \(target)\r\nContent-Length: 3\r\n\r\nabc", .accepted(closes: false)),
        Row(
            "another status", click,
            "HTTP/1.1 301 X\r\nLocation: \(target)\r\nContent-Length: 0\r\n\r\n", .wrong(.status)),
        Row("a server error", click, "HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n", .wrong(.status)),
        Row(
            "four digits", click, "HTTP/1.1 3029 Oops\r\nLocation: \(target)\r\nContent-Length: 0\r\n\r\n",
            .wrong(.status)),
        Row(
            "no words behind the digits", click,
            "HTTP/1.1 302\r\nLocation: \(target)\r\nContent-Length: 0\r\n\r\n", .accepted(closes: false)),
        Row(
            "two places, the first elsewhere", click,
            Answers.redirect("https://evil.example/", extra: "Location: \(target)\r\n"), .wrong(.location)),
        Row("two places alike", click, Answers.redirect(target, extra: "Location: \(target)\r\n"), .wrong(.location)),
        Row("garbage", click, [0xFF, 0x00, 0x17], .wrong(.status)),
        Row("garbage that begins well", click, "HTTQ", .wrong(.status)),
        Row("the beginning of an answer", click, "HTT", .incomplete),
        Row("no HTTP", click, "SSH-2.0-OpenSSH_9.2p1\r\n", .wrong(.status)),
        Row("another place", click, Answers.redirect(target + "/"), .wrong(.location)),
        Row("another case of the place", click, Answers.redirect("https://www.mywebsite.com/Cart"), .wrong(.location)),
        Row("no place", click, "HTTP/1.1 302 X\r\nContent-Length: 0\r\n\r\n", .wrong(.location)),
        Row(
            "a place for a pixel", open,
            Array("HTTP/1.1 200 OK\r\nLocation: /\r\nContent-Type: image/gif\r\nContent-Length: 43\r\n\r\n".utf8)
                + Answers.pixelBytes, .wrong(.location)),
        Row("more than it says", click, Answers.redirect(target) + "x", .wrong(.body)),
        Row("no length", click, "HTTP/1.1 302 X\r\nLocation: \(target)\r\n\r\n", .wrong(.body)),
        Row(
            "two lengths", click,
            "HTTP/1.1 302 X\r\nContent-Length: 0\r\nContent-Length: 1\r\nLocation: \(target)\r\n\r\n",
            .wrong(.status)),
        Row("a pixel", open, Array(Answers.pixelHead.utf8) + Answers.pixelBytes, .accepted(closes: false)),
        Row("a pixel that is none", open, Answers.pixelHead + String(repeating: "x", count: 43), .wrong(.body)),
        Row(
            "a picture of the older kind that is none", open,
            Answers.pixelHead + "GIF87a" + String(repeating: "x", count: 37), .wrong(.body)),
        Row(
            "a pixel of the older kind", open,
            Array(Answers.pixelHead.utf8) + Array("GIF87a".utf8) + Answers.pixelBytes.dropFirst(6),
            .accepted(closes: false)),
        Row(
            "a pixel as text", open,
            Array("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 43\r\n\r\n".utf8)
                + Answers.pixelBytes, .wrong(.body)),
        Row("half a pixel", open, Array(Answers.pixelHead.utf8) + Answers.pixelBytes.prefix(20), .incomplete),
        Row("half a head", click, "HTTP/1.1 302 Found\r\nLoc", .incomplete),
        Row("nothing but a line", click, "HTTP/1.1 302 Found\r\n", .incomplete),
        Row(
            "the page that asks", page,
            "HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n<p>www.unlisted.example. ", .accepted(closes: false)),
        Row("another page", page, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", .wrong(.body)),
        Row(
            "a refusal that closes", closing,
            "HTTP/1.1 431 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", .accepted(closes: true)),
        Row("a refusal that does not close", closing, "HTTP/1.1 431 X\r\nContent-Length: 0\r\n\r\n", .wrong(.body)),
    ]

    @Test("Each answer gets its verdict, also when it was seen before", arguments: rows)
    func verdicts(_ row: Row) {
        var checker = ResponseChecker([row.expected], depth: .full)
        for _ in 0..<2 {
            let verdict = checker.check(row.answer.span, against: 0, isAlone: false)
            #expect(verdict == row.verdict)
        }
    }

    @Test("HEAD has no body, whatever its length says")
    func head() {
        var expectation = Self.open
        expectation.isHead = true
        var checker = ResponseChecker([expectation], depth: .full)
        let answer = Array(Answers.pixelHead.utf8)
        let verdict = checker.check(answer.span, against: 0, isAlone: false)
        #expect(verdict == .accepted(closes: false))
        let other = Array("HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\nContent-Length: 44\r\n\r\n".utf8)
        let otherVerdict = checker.check(other.span, against: 0, isAlone: false)
        #expect(otherVerdict == .wrong(.body))
    }

    @Test("Where the status alone counts, the rest may differ")
    func statusAlone() {
        var checker = ResponseChecker([Self.click], depth: .status)
        let fixed = Array("HTTP/1.1 302 X\r\nLocation: /\r\nContent-Length: 0\r\n\r\n".utf8)
        let verdict = checker.check(fixed.span, against: 0, isAlone: false)
        #expect(verdict == .accepted(closes: false))
        let wrong = Array("HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n".utf8)
        let wrongVerdict = checker.check(wrong.span, against: 0, isAlone: false)
        #expect(wrongVerdict == .wrong(.status))
    }

    @Test("What was remembered for one expectation says nothing for another, or with one byte changed")
    func remembered() {
        let other = ExpectedAnswer(status: 302, location: "https://www.mywebsite.com/care")
        var checker = ResponseChecker([Self.click, other], depth: .full)
        let answer = Array(Answers.redirect(Self.target).utf8)
        let first = checker.check(answer.span, against: 0, isAlone: false)
        #expect(first == .accepted(closes: false))
        let second = checker.check(answer.span, against: 1, isAlone: false)
        #expect(second == .wrong(.location))
        var damaged = answer
        damaged[answer.count - 5] = UInt8(ascii: "x")
        let third = checker.check(damaged.span, against: 0, isAlone: false)
        #expect(third == .wrong(.location))
        let again = checker.check(answer.span, against: 0, isAlone: false)
        #expect(again == .accepted(closes: false))
    }

    @Test("Every cut of an answer is incomplete, and its whole is right")
    func cuts() {
        var checker = ResponseChecker([Self.click], depth: .full)
        let answer = Array(Answers.redirect(Self.target).utf8)
        for count in 0..<answer.count {
            let verdict = checker.check(answer.span.extracting(0..<count), against: 0, isAlone: false)
            #expect(verdict == .incomplete)
        }
    }

    @Test("Checking what was seen before allocates nothing, and neither does a new date")
    func allocations() {
        var checker = ResponseChecker([Self.click], depth: .full)
        let answer = Array(Answers.redirect(Self.target).utf8)
        let later = Array(Answers.redirect(Self.target).replacing("10:00:00", with: "10:00:01").utf8)
        _ = checker.check(answer.span, against: 0, isAlone: false)
        let allocations = allocationCount {
            for _ in 0..<100 {
                _ = checker.check(answer.span, against: 0, isAlone: false)
                _ = checker.check(later.span, against: 0, isAlone: false)
            }
        }
        #expect(allocations == 0)
    }
}
