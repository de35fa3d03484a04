import Campaigns
import Testing

@testable import Reports

@Suite("CSV is what RFC 4180 says, and no spreadsheet runs it")
struct CSVReportTests {
    @Test func theWholeAnswer() {
        let expected = """
            sec,secName,va,vaName,clicks.total,clicks.unique,clicks.people,clicks.human,clicks.proxy,\
            clicks.prefetch,clicks.machine,clicks.unknown,clicks.asked,clicks.refused,opens.total,\
            opens.unique,opens.people,opens.human,opens.proxy,opens.prefetch,opens.machine,opens.unknown,\
            sent,delivered,clickThroughRate,clickToOpenRate,openRate,clickRate,uniqueComplete\r
            8781202,My website,[10596091],Red button,1234,1050,1000,1100,0,4,130,0,12,3,7050,6000,4500,4000,1000,\
            2000,50,0,20000,19500,0.1750354609929078,0.2222222222222222,0.225,0.05,true\r
            8781202,My website,,,1,1,1,1,0,0,0,0,0,0,0,,,0,0,0,0,0,,,,,,,false\r

            """
        #expect(String(decoding: CSVReport(sampleAnswer).bytes(), as: UTF8.self) == expected)
    }

    @Test func rowsByHostSayWhenTheHostWasSeen() {
        let lines = String(decoding: CSVReport(hostAnswer).bytes(), as: UTF8.self).split(separator: "\r\n")
        #expect(lines[0].hasSuffix(",uniqueComplete,firstSeen,lastSeen,sample"))
        #expect(
            lines[1].hasSuffix(
                ",true,2026-11-23T10:00:00.000000Z,2026-11-23T10:00:01.500000Z,\"https://example.com/a,b\""))
        #expect(lines[2].hasPrefix(",open,"))
        #expect(lines[2].hasSuffix(",true,,,"))
    }

    @Test func onATerminalNoTextMovesTheCursorOrTurnsTheLine() {
        let hostile = "a\u{1B}]0;x\u{7}\u{9B}2J\u{7F}\u{202E}b\r\n"
        let escaped = "a\\u{1b}]0;x\\u{7}\\u{9b}2J\\u{7f}\\u{202e}b\\u{d}\\u{a}"
        let answer = ReportAnswer(
            asOfNanoseconds: 0, columns: [.sec, .host],
            rows: [
                ReportRow(
                    values: [ReportValue("1" + hostile, name: "=" + hostile), ReportValue(hostile)],
                    host: HostSighting(
                        firstSeenNanoseconds: sampleMoment, lastSeenNanoseconds: sampleMoment, sample: hostile))
            ])
        func line(columns: Int?) -> String {
            let text = String(decoding: ReportFormat.csv.render(answer, columns: columns), as: UTF8.self)
            return String(text.unicodeScalars.drop { $0 != "\n" }.dropFirst())
        }
        let shown = line(columns: 80)
        #expect(shown.hasPrefix("1\(escaped),'=\(escaped),\(escaped),"))
        #expect(shown.hasSuffix(",\(escaped)\r\n"))
        let piped = line(columns: nil)
        #expect(piped.hasPrefix("\"1\(hostile)\",\"'=\(hostile)\",\"\(hostile)\","))
        #expect(piped.hasSuffix(",\"\(hostile)\"\r\n"))
    }

    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""), ("a\nb", "\"a\nb\""),
        ("a\rb", "\"a\rb\""), ("=1+1", "'=1+1"), ("+49 30", "'+49 30"), ("-1", "'-1"), ("@x", "'@x"), ("\tx", "'\tx"),
        ("\rx", "\"'\rx\""), ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""), ("a=b", "a=b"),
        ("=\u{301}1", "'=\u{301}1"), ("a\r\nb", "\"a\r\nb\""),
    ])
    func cells(_ text: String, _ cell: String) {
        // Compared by scalars: a String comparison looks at canonical equivalence.
        #expect(Array(CSVCell.text(text).unicodeScalars) == Array(cell.unicodeScalars))
    }
}
