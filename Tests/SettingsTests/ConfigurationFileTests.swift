import Foundation
import LinuxSystem
import TestSupport
import Testing

@testable import Settings

@Suite("The file that counts is found and read")
struct ConfigurationFileTests {
    @Test(
        arguments: [
            ("flag.json5", "env.json5", [], "flag.json5"), (nil, "env.json5", [], "env.json5"),
            (nil, nil, ["Config/tremolo.json5", "/etc/tremolo/tremolo.json5"], "Config/tremolo.json5"),
            (nil, "", ["/etc/tremolo/tremolo.json5"], "/etc/tremolo/tremolo.json5"), (nil, nil, [], nil),
        ] as [(String?, String?, [String], String?)])
    func theSearchOrder(_ flag: String?, _ variable: String?, _ there: [String], _ expected: String?) {
        let found = ConfigurationFile.find(
            flag: flag, environment: { $0 == "TREMOLO_CONFIG" ? variable : nil }, exists: { there.contains($0) })
        #expect(found == expected)
    }

    @Test func aFileThatWasNamedMustBeThere() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/none.json5"
        let thrown = #expect(throws: SettingsError.self) {
            try ConfigurationFile.load(flag: path, flags: [], reader: ConfigurationReader(), environment: { _ in nil })
        }
        #expect(thrown?.exitCode == .noInput)
        let message = try #require(thrown).message.description
        #expect(
            message == "tremolo: \(path): No such file or directory (ENOENT): name the configuration with --config FILE"
        )
    }

    @Test func aFileThatNeverEndsIsTooLarge() throws {
        let thrown = #expect(throws: SettingsError.self) {
            try ConfigurationFile.load(
                flag: "/dev/zero", flags: [], reader: ConfigurationReader(), environment: { _ in nil })
        }
        #expect(
            try #require(thrown).message.description == "tremolo: /dev/zero: File too large (EFBIG): make it smaller")
    }

    @Test func aFileIsReadWithItsName() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/t.json5"
        try "{ workers: 5, datta: 1 }".write(toFile: path, atomically: true, encoding: .utf8)
        let reading = try ConfigurationFile.load(
            flag: nil, flags: [], reader: ConfigurationReader(), environment: { $0 == "TREMOLO_CONFIG" ? path : nil })
        #expect(
            reading.problems.map(\.message.description) == [
                "tremolo: \(path):1:15: datta: there is no such setting: did you mean 'data'?"
            ])
    }

    @Test func aTokenIsReadFromItsFile() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/token"
        var configuration = Configuration()
        #expect(try configuration.loadAdminToken() == nil)
        configuration.adminTokenFile = path
        #expect(throws: SettingsError.secretFile(path: path, .notFound(in: .open))) {
            try configuration.loadAdminToken()
        }
        try " 0123456789abcdef\r\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try configuration.loadAdminToken() == "0123456789abcdef")
        try "two words are no secret\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: SettingsError.noSecret(path: path)) { try configuration.loadAdminToken() }
        configuration.adminTokenFile = nil
        configuration.adminToken = "fedcba9876543210"
        #expect(try configuration.loadAdminToken() == "fedcba9876543210")
    }
}
