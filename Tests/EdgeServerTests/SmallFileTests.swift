import Foundation
import HTTPEngine
import Settings
import TestAllocations
import TestSupport
import Testing

@testable import EdgeServer

@Suite("Small files are served as they are, and are no events")
struct SmallFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = folder.path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func rig(_ files: [(path: String, bytes: [UInt8])]) throws -> EdgeRig {
        var settings: [String] = []
        for (number, file) in files.enumerated() {
            settings.append("\"\(file.path)\": \"\(try write("\(number)", file.bytes))\"")
        }
        return try EdgeRig("{ static: { \(settings.joined(separator: ", ")) }, " + EdgeRig.sections.dropFirst())
    }

    @Test("GET gives type, length and bytes, HEAD all but the bytes, another method 405; nothing is recorded")
    func answers() throws {
        let content = #"{"applinks":{"details":[]}}"#
        let path = "/.well-known/apple-app-site-association"
        let rig = try rig([(path, Array(content.utf8))])
        let client = try rig.connect()
        let got = try rig.exchange(client, browserRequest(path))
        #expect(got.hasPrefix("HTTP/1.1 200 OK\r\n") && got.hasSuffix("\r\n\r\n" + content))
        for line in [
            "Content-Type: application/json", "Content-Length: \(content.utf8.count)",
            "X-Content-Type-Options: nosniff", "Cache-Control: no-store, private",
        ] {
            #expect(got.contains("\r\n\(line)\r\n"), "\(line)")
        }
        let head = try rig.exchange(client, browserRequest(path).replacing("GET ", with: "HEAD ", maxReplacements: 1))
        #expect(head == String(got.dropLast(content.count)))
        // With a query it is the same resource; any other spelling of the path is another one.
        #expect(try rig.exchange(client, browserRequest(path + "?v=2")).hasSuffix(content))
        for other in [path + "/", path.uppercased(), "/.well-known", path + "s", "/.well%2Dknown/x"] {
            #expect(try rig.exchange(client, browserRequest(other)).hasPrefix("HTTP/1.1 404"), "\(other)")
        }
        let post = try rig.exchange(
            client, browserRequest(path, "Content-Length: 0\r\n").replacing("GET ", with: "POST ", maxReplacements: 1))
        #expect(post.hasPrefix("HTTP/1.1 405") && post.contains("\r\nAllow: GET, HEAD\r\n"))
        #expect(try rig.journaled().events.isEmpty)
    }

    @Test(
        "The type comes from the path",
        arguments: [
            ("/.well-known/assetlinks.json", "application/json"), ("/verify.TXT", "text/plain; charset=utf-8"),
            ("/a/b.html", "text/html; charset=utf-8"), ("/logo.svg", "image/svg+xml"), ("/x.xml", "application/xml"),
            ("/vmc.pem", "application/x-pem-file"), ("/apple-app-site-association", "application/json"),
            ("/plain", "application/octet-stream"), ("/.json/x", "application/octet-stream"),
            ("/x.exe", "application/octet-stream"),
        ])
    func types(_ path: String, _ type: String) throws {
        let rig = try rig([(path, [1, 2, 3])])
        #expect(try rig.exchange(rig.connect(), browserRequest(path)).contains("\r\nContent-Type: \(type)\r\n"))
    }

    @Test("The largest of 32 files is served whole, and no request allocates anything")
    func noAllocation() throws {
        let largest = [UInt8](repeating: UInt8(ascii: "x"), count: SettingsLimits.smallFileBytesMax)
        var files = (0..<31).map { (path: "/f\($0)", bytes: [UInt8(ascii: "y")]) }
        files.append((path: "/largest", bytes: largest))
        let rig = try rig(files)
        let client = try rig.connect()
        var allocations = 0
        for round in 0..<6 {
            client.send(browserRequest("/largest"))
            let made = try allocationCount { try rig.turns() }
            if round >= 2 { allocations += made }
            var got = client.receive()
            try eventually("the whole file") {
                if got.utf8.count >= largest.count { return true }
                try rig.turns()
                got += client.receive()
                return false
            }
            #expect(got.hasPrefix("HTTP/1.1 200") && got.utf8.suffix(largest.count).elementsEqual(largest))
        }
        #expect(allocations == 0)
    }

    @Test("A file that can't be read is named, with the reason and what to do")
    func unusable() throws {
        func refusal(_ file: String) -> String {
            do throws(EdgeError) {
                _ = try SmallFile.read(SmallFileSettings(path: "/a.json", file: file))
                return ""
            } catch {
                return "\(error)"
            }
        }
        let limit = SettingsLimits.smallFileBytesMax
        #expect(refusal(try write("fits", [UInt8](repeating: 0, count: limit))) == "")
        let large = try write("large", [UInt8](repeating: 0, count: limit + 1))
        #expect(
            refusal(large) == "\(large): it is larger than 128 KiB: make it smaller, or serve /a.json elsewhere")
        let missing = folder.path + "/missing"
        #expect(
            refusal(missing) == "\(missing): No such file or directory (ENOENT): it is what static /a.json names: put "
                + "the file there, or name another")
        #expect(refusal(folder.path) == "\(folder.path): it is no file: give a file for static /a.json")
        // Nobody writes into the pipe: opening it must not wait.
        let pipe = folder.path + "/pipe"
        #expect(unsafe mkfifo(pipe, 0o600) == 0)
        #expect(refusal(pipe) == "\(pipe): it is no file: give a file for static /a.json")
    }

    @Test(
        "What the edge answers itself can't be a file",
        arguments: [
            "/tremclk", "/tremclk/", "/tremop", "/tremop/", "/tremunsub", "/tremunsub/", "/robots.txt", "/favicon.ico",
        ])
    func ownPaths(_ path: String) {
        #expect(readConfiguration("{ static: { \"\(path)\": \"f\" } }") == nil)
        #expect(readConfiguration("{ static: { \"\(path)x\": \"f\" } }") != nil)
    }

    @Test("Nothing below the consent API's path can be, whether it is known or not")
    func pathsOfTheConsentAPI() {
        for path in ["/v2/userdata/channels/Email/opt-in", "/v2/userdata/channels/Email/opt-inx", "/V2/userdata/x"] {
            #expect(readConfiguration("{ static: { \"\(path)\": \"f\" } }") == nil, "\(path)")
        }
        #expect(readConfiguration("{ static: { \"/v2/userdatax\": \"f\" } }") != nil)
    }
}
