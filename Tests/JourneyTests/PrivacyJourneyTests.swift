import Bytes
import Foundation
import TestSupport
import Testing

/// What is known of one person, and every form in which it could stand in a file.
struct PlantedPerson {
    let address: String
    /// A number that lives in this person's headers and fields alone.
    let client: String
    let agent: String

    /// An address in every spelling that a program is likely to write.
    var forms: [(name: String, bytes: Data)] {
        let lowered = address.lowercased()
        let digest = SHA256Digest.hash(lowered.utf8.span)
        let hex = digest.description
        var forms = [
            ("address", Data(address.utf8)), ("address, small", Data(lowered.utf8)),
            ("address, percent-encoded", Data(address.replacing("@", with: "%40").utf8)),
            ("address in base64", Data(Data(lowered.utf8).base64EncodedString().utf8.prefix(20))),
            ("SHA-256 in hex", Data(hex.utf8)), ("SHA-256 in large hex", Data(hex.uppercased().utf8)),
        ]
        if let bytes = Hexadecimal.decode(hex.utf8.span) { forms.append(("SHA-256", Data(bytes))) }
        return forms
    }
}

@Suite("What is kept of people is what the record of processing says, and nothing else is found in a data folder")
struct PrivacyJourneyTests {
    private static let followed = PlantedPerson(
        address: "Planted.Person@mail.example", client: "203.0.113.77", agent: "PlantedAgent/7.0")
    private static let refusing = PlantedPerson(
        address: "Refusing.Person@mail.example", client: "198.51.100.213", agent: "RefusingAgent/9.0")
    private static let stranger = "someone.else@mail.example"

    private static func configuration(_ identity: String) -> String {
        """
        { workers: 1, identity: "\(identity)", trustedProxies: ["127.0.0.1"], addresses: { ipv4Prefix: 24 }, sections: {
            "1": { hosts: ["shop.example"], consent: "honourOptOut", linkQuery: ["page"] } } }
        """
    }

    /// Clicks and opens of a person with what identifies them in every place that a client decides.
    private static func send(_ person: PlantedPerson, isRefusing: Bool = false, port: Int) throws {
        let cuid = person.address.replacing("@", with: "%40")
        let hash = SHA256Digest.hash(person.address.lowercased().utf8.span).description
        let target =
            "https%3A%2F%2Fshop.example%2Fu%2F\(cuid)%2F\(hash)%3Fuser%3D\(cuid)%26page%3D\(cuid)-\(hash)%23\(cuid)"
        let headers = [
            "User-Agent: \(person.agent) (\(person.address); \(hash.uppercased()))",
            "Referer: https://web.mail.example/in/\(person.address)",
            "Accept-Language: \(person.address)", "X-Forwarded-For: \(person.client)", "Cookie: who=\(person.address)",
            "X-Unknown: \(person.address)", "From: \(person.address)", "Sec-Fetch-Site: \(person.address)",
        ]
        // What an account that nobody configured is told has no list of refusals.
        let elsewhere = isRefusing ? [] : ["cuid=\(cuid)&sec=\(cuid)&expId=8"]
        for query in [
            "cuid=\(cuid)&sec=1&expId=7&expVisitId=\(cuid)&va=\(cuid)&mech=\(cuid)&unknown=\(cuid)&tlink=\(cuid)"
                + "&smech=of-\(hash)&pVa=%5B\(hash.uppercased())%5D",
            "cuid=\(hash)&cuidType=he&sec=1&expId=7&pExpId=\(cuid)",
        ] + elsewhere {
            let client = try BlockingHTTPClient(port: port)
            _ = try client.get("/tremclk?\(query)&targetUrl=\(target)", headers: headers)
            _ = try client.get("/tremop?\(query)", headers: headers)
            _ = try client.get("/nothing?\(query)", headers: headers)
        }
    }

    /// Where bytes stand in the files of a folder, each with its path below it.
    private static func places(of bytes: Data, in folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder).filter { name in
            FileManager.default.contents(atPath: "\(folder)/\(name)")?.firstRange(of: bytes) != nil
        }
    }

    /// A node that saw one person who is followed and one who is not, whose figures are committed and made again.
    private static func traffic(_ identity: String) throws -> (node: ReloadedEdge, record: JSONDocument) {
        let node = try ReloadedEdge(configuration(identity))
        let file = node.folder.path + "/t.json5"
        let refused = try TestSupport.tremolo(
            [
                "consent", "set", "--sec", "1", "--identifier", "-", "--status", "opt-out", "--data", node.data,
                "--config", file,
            ], input: refusing.address)
        #expect(refused.status == 0, "\(refused.errors)")
        let list = node.folder.path + "/list.csv"
        try Data("email\n\(followed.address)\n\(stranger)\n".utf8).write(to: URL(fileURLWithPath: list))
        let imported = try node.tremolo("consent", "import", list, "--sec", "1", "--as-of", "2026-01-01T00:00:00Z")
        #expect(imported.status == 0, "\(imported.errors)")
        try send(followed, port: node.edge.port)
        try send(refusing, isRefusing: true, port: node.edge.port)
        _ = try node.counted()
        #expect(try node.tremolo("rebuild").status == 0)
        _ = try node.counted()
        let record = try JSONDocument(node.tremolo("privacy", "--format", "json").output)
        return (node, record)
    }

    private static func isKept(_ name: String, _ record: JSONDocument) throws -> Bool {
        let entry = try #require(record["entries"].elements.first { $0["name"].string == name }, "\(name)")
        return entry["kept"].bool == true
    }

    @Test(
        "No address of a mail or a machine stands anywhere, but the identifier where it is kept raw",
        arguments: ["pseudonym", "none", "raw"])
    func searched(_ identity: String) throws {
        let (node, record) = try Self.traffic(identity)
        let keepsIdentifier = try Self.isKept("identifier", record)
        #expect(keepsIdentifier == (identity == "raw"))
        #expect(try Self.isKept("pseudonym", record) == (identity != "none"))
        #expect(try Self.isKept("members", record) == (identity != "none"))
        for person in [Self.followed, Self.refusing] {
            var found: [String] = []
            for form in person.forms {
                found += try Self.places(of: form.bytes, in: node.data).map { "\(form.name) in \($0)" }
            }
            // Who is not followed stands nowhere, whatever identity says.
            let mayStand = keepsIdentifier && person.address == Self.followed.address
            #expect(found.isEmpty != mayStand, "\(person.address): \(found)")
        }
        // The whole address of a machine: as text, and its bytes in both orders in the journal.
        for person in [Self.followed, Self.refusing] {
            #expect(try Self.places(of: Data(person.client.utf8), in: node.data) == [])
            let bytes = person.client.split(separator: ".").compactMap { UInt8($0) }
            for form in [bytes, bytes.reversed()] {
                #expect(try Self.places(of: Data(form), in: node.data + "/journal") == [], "\(form)")
            }
        }
        // Of the one who is not followed neither network nor program; of the other one both, as the record says.
        #expect(try Self.places(of: Data(Self.refusing.agent.utf8), in: node.data) == [])
        #expect(try Self.places(of: Data(Self.followed.agent.utf8), in: node.data).isEmpty == false)
        #expect(try Self.isKept("evidence", record) && Self.isKept("address", record))
        #expect(try Self.places(of: Data([198, 51, 100]), in: node.data + "/journal") == [])
        #expect(try Self.places(of: Data([4, 24, 203, 0, 113]), in: node.data + "/journal").count == 1)
        // Nothing of the mails of others, who are only on a list.
        for form in PlantedPerson(address: Self.stranger, client: "", agent: "").forms {
            #expect(try Self.places(of: form.bytes, in: node.data) == [], "\(form.name)")
        }
        #expect(node.edge.end() == 0)
        for person in [Self.followed, Self.refusing] {
            for form in person.forms + [("client", Data(person.client.utf8)), ("agent", Data(person.agent.utf8))] {
                #expect(Data(node.edge.log.utf8).firstRange(of: form.bytes) == nil, "\(form.name) in the log")
            }
        }
    }

    @Test(
        "A customer's number stands nowhere, whoever put it into path, campaign, link's name or program",
        arguments: ["pseudonym", "none"], [[], ["Sec-GPC: 1"]])
    func numbers(_ identity: String, _ more: [String]) throws {
        let node = try ReloadedEdge(
            """
            { workers: 1, identity: "\(identity)", sections: { "1": { hosts: ["shop.example"], identifier: "other",
              privacySignals: "anonymous", linkQuery: ["page"] } } }
            """)
        let number = "Cust.48151623"
        let names = ["expVer", "expVisitId", "va", "mech", "smech", "pExpId", "pVa", "cuidType", "tlink"]
        let fields = names.map { "\($0)=x-\(number)" }.joined(separator: "&")
        let target = "https%3A%2F%2Fshop.example%2Fu%2F\(number.lowercased())%3Fpage%3D\(number)"
        for resource in ["tremclk", "tremop"] {
            let client = try BlockingHTTPClient(port: node.edge.port)
            _ = try client.get(
                "/\(resource)?cuid=\(number)&sec=1&expId=7&\(fields)&targetUrl=\(target)",
                headers: ["User-Agent: App/1 (\(number.uppercased()))", "Referer: https://\(number).example/"] + more)
        }
        _ = try node.counted()
        #expect(try node.tremolo("rebuild").status == 0)
        #expect(try node.tremolo("events").output.contains("https://shop.example/u/(email)?page=(email)"))
        #expect(try Self.places(of: Data("48151623".utf8), in: node.data) == [])
        #expect(node.edge.end() == 0)
        #expect(!node.edge.log.contains("48151623"))
    }

    @Test("The record names a place for what is kept and none for what is not, and every section and key")
    func record() throws {
        let (node, record) = try Self.traffic("pseudonym")
        let entries = record["entries"].elements
        #expect(entries.count >= 15)
        #expect(Set(entries.map { $0["name"].string }).count == entries.count)
        for entry in entries {
            let name = entry["name"].string ?? ""
            #expect(entry["places"].elements.isEmpty != entry["kept"].bool, "\(name)")
            #expect(!(entry["duration"].string ?? "").isEmpty && !(entry["what"].string ?? "").isEmpty, "\(name)")
        }
        for path in Set(entries.flatMap { $0["places"].elements.compactMap(\.string) }) where path.hasPrefix("/") {
            // Nothing has expired, so that nothing was sealed.
            let isThere = FileManager.default.fileExists(atPath: path)
            #expect(isThere != path.hasSuffix("/sealed.sqlite"), "\(path)")
        }
        #expect(record["eventKeys"].elements.map { $0["id"].int } == [1])
        #expect(record["eventKeys"].elements[0]["destroyed"].string == nil)
        let section = record["sections"].elements[0]
        #expect(section["sec"].string == "1" && section["consentForOpens"].string == "honourOptOut")
        #expect(section["linkQuery"].elements.map(\.string) == ["page"])
        let text = try node.tremolo("privacy").output
        for entry in entries { #expect(text.contains("\n  \(entry["name"].string ?? "?")\n")) }
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 || $0.contains("/") })
        #expect(node.edge.end() == 0)
    }

    @Test(
        "The record follows the settings",
        arguments: [
            ("identity: \"raw\"", "identifier", true), ("identity: \"raw\"", "maskedAddresses", true),
            ("identity: \"none\"", "pseudonym", false), ("identity: \"none\"", "members", false),
            ("addresses: { ipv4Prefix: 0, ipv6Prefix: 0 }", "address", false),
            ("addresses: { ipv4Prefix: 0, ipv6Prefix: 48 }", "address", true),
            ("identity: \"pseudonym\"", "identifier", false), ("identity: \"pseudonym\"", "maskedAddresses", false),
        ])
    func settings(_ setting: String, _ name: String, _ isKept: Bool) throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/t.json5"
        try Data("{ \(setting), journal: { retention: \"41 days\" } }".utf8).write(to: URL(fileURLWithPath: file))
        let result = try tremolo(["privacy", "--format", "json", "--config", file, "--data", folder.path + "/data"])
        #expect(result.status == 0, "\(result.errors)")
        let record = try JSONDocument(result.output)
        #expect(try Self.isKept(name, record) == isKept)
        #expect(result.output.contains("41 days behind the end of its file"))
        // Where there are no pseudonyms nobody can be forgotten, and nothing is to say otherwise.
        #expect(result.output.contains("until tremolo forget") != setting.contains("none"))
        #expect(record["eventKeys"].elements.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/data"), "looking makes nothing")
    }
}
