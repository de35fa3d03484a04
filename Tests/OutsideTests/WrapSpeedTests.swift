import Foundation
import TestSupport
import Testing

@Suite("A mail with 300 links is wrapped in under 5 ms", .enabled(if: OutsideProgram.isAskedFor), .serialized)
struct WrapSpeedTests {
    private static let links = 300
    private static let boundSeconds = 0.005

    /// The rows of a mail as they are: a table, styles, an image, a link, and now and then code and a condition.
    private static func rows() -> String {
        (0..<links).map { number in
            """
            <tr><td class="c" style="padding:0 8px;font:14px/20px Arial,sans-serif" bgcolor=#ffffff>
            <img src="https://www.mywebsite.com/i/\(number).png" alt="{{ item.\(number).name }}" width="120">
            <a href="https://www.mywebsite.com/p/\(number)?utm_source=mail&amp;utm_campaign=autumn" style='color:#06c'>
            \(number % 10 == 0 ? "{% if vip %}" : "")Look &rarr;\(number % 10 == 0 ? "{% endif %}" : "")</a></td></tr>

            """
        }.joined()
    }

    /// The shortest of some runs, from the process's start to its end.
    private static func seconds(mails: Int) throws -> Double {
        let folder = try TemporaryFolder()
        let path = folder.path + "/mail.html"
        let html = "<html><body><table>" + String(repeating: rows(), count: mails) + "</table></body></html>"
        try html.write(toFile: path, atomically: true, encoding: .utf8)
        var shortest = Double.infinity
        for _ in 0..<7 {
            let start = ContinuousClock.now
            let result = try tremolo([
                "wrap", "--html", path, "--base", "https://trem.example.com", "--sec", "8781202", "--cuid",
                "{{ email }}",
            ])
            shortest = min(shortest, (ContinuousClock.now - start) / .seconds(1))
            #expect(result.status == 0 && result.errors.contains("wrapped: \(links * mails) links"))
        }
        return shortest
    }

    @Test("What 40 such mails take longer than one, a mail: reading, wrapping and writing, without the process's start")
    func oneMail() throws {
        let more = 40
        let one = try Self.seconds(mails: 1)
        let many = try Self.seconds(mails: 1 + more)
        let mail = (many - one) / Double(more)
        print("a mail with 300 links: \(mail * 1_000) ms; the whole command: \(one * 1_000) ms")
        #expect(mail < Self.boundSeconds, "a mail took \(mail * 1_000) ms")
    }
}
