import Testing

@Suite("A room imports what the architecture lets it know, and nothing else")
struct ImportRuleTests {
    @Test("Every import in Sources stands in the table")
    func sources() throws {
        let files = try SourceFile.swiftSources()
        #expect(files.count > 20)
        #expect(files.flatMap { ImportRules.violations(in: $0) } == [])
    }

    @Test("The table and Package.swift draw the same arrows")
    func package() throws {
        let arrows = ImportRules.arrows(inPackage: try SourceFile.text(of: "Package.swift"))
        let table = Dictionary(uniqueKeysWithValues: Room.all.map { ($0.name, $0.rooms) })
        #expect(arrows == table)
    }

    @Test("Every folder of Sources is a room or a shim, and every room has its folder")
    func folders() throws {
        let sources = try SourceFile.folders(in: "Sources").map { "Sources/" + $0 }
        let load = try SourceFile.folders(in: "LoadTests").map { "LoadTests/" + $0 }
        let rooms = Set(Room.all.map(\.folder))
        #expect(Set(sources) == rooms.filter { $0.hasPrefix("Sources/") }.union(Room.shims.map { "Sources/" + $0 }))
        #expect(rooms.filter { $0.hasPrefix("LoadTests/") }.isSubset(of: load))
    }

    @Test("What no request may wait for stays where no request passes")
    func forbidden() {
        for room in Room.all {
            if ["Bytes", "TrackingLinks", "HTTPEngine", "Journal", "Engagement", "LinuxSystem", "LoadEngine"]
                .contains(room.name)
            {
                #expect(!room.system.contains("Foundation"))
            }
            #expect(room.system.contains("Glibc") == (room.name == "LinuxSystem"))
            #expect(room.rooms.contains("CLinux") == (room.name == "LinuxSystem"))
            #expect(room.rooms.contains("CIntrinsics") == (room.name == "Bytes"))
            #expect(room.rooms.contains("CSQLite") == (room.name == "Campaigns"))
            #expect(room.rooms.contains("CMaxMindDB") == (room.name == "GeoIP"))
        }
    }

    @Test(
        "A forbidden import is caught in each of its spellings",
        arguments: [
            "import Foundation", "package import Glibc", "@testable import LinuxSystem", "import struct Foundation.URL",
            "  internal import HTTPEngine", "@preconcurrency import Dispatch // why",
            "@_spi(Some) public import Journal",
        ])
    func caught(_ line: String) {
        let file = SourceFile(path: "Sources/Bytes/Example.swift", text: "// import Nothing\n\n" + line + "\n")
        let violations = ImportRules.violations(in: file)
        #expect(violations.count == 1)
        #expect(violations.first?.line == 3)
    }

    @Test("An allowed import, a comment and a text are no forbidden import")
    func passed() {
        let text =
            "import CIntrinsics\n// import Foundation\nlet text = \"\"\"\n    import Foundation\n"
            + "    \"\"\"\nimportant()\n"
        #expect(ImportRules.violations(in: SourceFile(path: "Sources/Bytes/Example.swift", text: text)) == [])
        #expect(
            ImportRules.violations(in: SourceFile(path: "Tests/BytesTests/Example.swift", text: "import Foundation"))
                == [])
        #expect(ImportRules.violations(in: SourceFile(path: "Sources/Attic/Example.swift", text: "")).count == 1)
    }

    @Test("Arrows are read from every way of writing them")
    func arrowSpellings() {
        let text = """
            func room(_ name: String) {}
            targets: [
                room("One"),
                room("Two", "One"),
                room(
                    "Three",
                    "One", "Two", exclude: ["FORMAT.md"]),
                .executableTarget(
                    name: "Four",
                    dependencies: [
                        "One", "Three",
                    ]),
            ]
            """
        let expected: [String: Set<String>] = [
            "One": [], "Two": ["One"], "Three": ["One", "Two"], "Four": ["One", "Three"],
        ]
        #expect(ImportRules.arrows(inPackage: text) == expected)
    }
}
