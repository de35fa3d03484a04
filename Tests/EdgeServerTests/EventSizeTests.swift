import Foundation
import TestSupport
import Testing

@testable import EdgeServer

/// What a click and an open add to the journal. The disk, the page cache and every rebuild pay for these bytes, so that
/// a change of them is a decision: whoever makes one puts the new figures here and into the change log.
@Suite("An event takes a known number of bytes of the journal")
struct EventSizeTests {
    private static let campaign =
        "cuid=jane%40mail.example&cuidType=ihe&sec=1&expId=510010&expVer=1001&expVisitId=-3914664913211"
        + "&mech=1&smech=0&va=%5B10596091%5D"

    @Test(
        "A browser's click and open",
        arguments: [
            ("/tremclk?\(Self.campaign)&targetUrl=https%3A%2F%2Fwww.shop.example%2Fsale%2Fshoes", 296),
            ("/tremop?\(Self.campaign)", 259),
        ])
    func pinned(target: String, bytes: Int) throws {
        let rig = try EdgeRig()
        let client = try rig.connect()
        var growth: [Int] = []
        var before = 0
        for _ in 0..<4 {
            #expect(try rig.exchange(client, browserRequest(target)).hasPrefix("HTTP/1.1 "))
            let now = try journalBytes(rig)
            growth.append(now - before)
            before = now
        }
        #expect(growth.dropFirst() == [bytes, bytes, bytes])
        #expect(try rig.journaled().events.count == 4)
    }

    private func journalBytes(_ rig: EdgeRig) throws -> Int {
        let root = rig.folder.path + "/journal"
        let paths = try #require(FileManager.default.enumerator(atPath: root)).compactMap { $0 as? String }
        return try paths.reduce(0) { sum, path in
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(root)/\(path)")
            guard attributes[.type] as? FileAttributeType == .typeRegular else { return sum }
            return sum + ((attributes[.size] as? NSNumber)?.intValue ?? 0)
        }
    }
}
