import Mail
import Testing

@Suite("What is no HTML in UTF-8 is told by its beginning")
struct MailFormTests {
    @Test(arguments: [
        "", "<p>x", "\u{FEFF}<!doctype html>", "Note: x\n\n<p>", "https://a.example/\n\n", "<a>\nFrom: a\nTo: b\n",
        "Hello\nFrom: a\nTo: b\n\n", ": x\nTo: b\n\n",
    ])
    func text(_ text: String) {
        #expect(MailForm(Array(text.utf8)) == .text)
    }

    @Test(arguments: [
        "MIME-Version: 1.0\r\n\r\n<p>", "Received: by a\r\n\tfor b\r\nX-A: 1\r\n\r\n",
        "From: a\nContent-Type: text/html\n",
        "\u{FEFF}Content-Type: text/html\n\n<p>", "X-Mailer: a\nsubject: b\n\n", "From a@b.example Mon\nFrom: a\n\n",
        "Return-Path: <a@b.example>\nDate: x\nbroken", "From:a\n\n", "\nDate: a\n<p>",
    ])
    func messages(_ text: String) {
        #expect(MailForm(Array(text.utf8)) == .message)
    }

    @Test(
        arguments: [
            [0xFF, 0xFE, 0x3C, 0], [0xFE, 0xFF, 0, 0x3C], [0, 0, 0xFE, 0xFF], [0x3C, 0, 0x70, 0],
            [UInt8](repeating: 0x20, count: 511) + [0],
        ] as [[UInt8]])
    func wide(_ bytes: [UInt8]) {
        #expect(MailForm(bytes) == .wide)
        let behind = MailForm([UInt8](repeating: 0x20, count: 512) + [0])
        #expect(behind == .text)
    }

    @Test func aByteOrderMarkStaysFirst() throws {
        for html in ["<p>x", "<a href='https://a.example/'>", "<html><body>x"] {
            let output = try wrap("\u{FEFF}" + html)
            #expect(Array(output.utf8).starts(with: [0xEF, 0xBB, 0xBF, UInt8(ascii: "<")]))
        }
    }
}
