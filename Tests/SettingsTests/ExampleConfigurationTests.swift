import Foundation
import LinuxSystem
import Testing

@testable import Settings

@Suite("The documented example is the documentation")
struct ExampleConfigurationTests {
    private let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Config/tremolo.json5").path

    private func example() throws -> EffectiveSettings {
        let bytes = try Files.readAll(path, limitBytes: SettingsLimits.fileBytesMax)
        let reading = ConfigurationReader().read(bytes.span, fileName: "tremolo.json5")
        #expect(reading.problems == [])
        return try #require(reading.effective)
    }

    @Test func itHoldsTheDefaultsAndTheTwoSectionsOfTheSamples() throws {
        var configuration = try example().configuration
        #expect(configuration.sections.map(\.id) == ["8781202", "8772046"])
        #expect(configuration.section("8781202")?.name == "My website")
        #expect(configuration.section("8781202")?.hosts == ["www.mywebsite.com", "*.mywebsite.com"])
        #expect(configuration.section("8781202")?.fallback == "https://www.mywebsite.com/")
        #expect(configuration.section("8772046")?.hosts == ["lifestylelabels.com"])
        configuration.sections = []
        #expect(configuration == Configuration())
    }

    @Test func itDocumentsEverySetting() throws {
        let effective = try example()
        func expectDocumented<Group: SettingsGroup>(_ group: Group.Type, _ path: String) {
            for setting in group.schema {
                #expect(effective.origin(of: path + setting.name) != .builtIn, "\(path)\(setting.name)")
            }
        }
        expectDocumented(Configuration.self, "")
        expectDocumented(AddressSettings.self, "addresses.")
        expectDocumented(LimitSettings.self, "limits.")
        expectDocumented(LogSettings.self, "log.")
        expectDocumented(ProbeSettings.self, "probes.")
        expectDocumented(JournalSettings.self, "journal.")
        expectDocumented(ClickHouseSettings.self, "clickhouse.")
        expectDocumented(SectionSettings.self, "sections.8781202.")
        expectDocumented(LinkRuleSettings.self, "sections.8781202.links.")
        expectDocumented(UnknownSectionSettings.self, "unknownSections.")
    }

    @Test func theDefaultsOfSectionsAreNamedBesideThem() throws {
        let bytes = try Files.readAll(path, limitBytes: SettingsLimits.fileBytesMax)
        let text = String(decoding: bytes, as: UTF8.self)
        for (setting, standard) in [("timezone", "Default: \"UTC\""), ("identifier", "Default: \"email\"")] {
            let before = text.components(separatedBy: "      \(setting):")[0].suffix(300)
            #expect(before.contains(standard), "\(setting)")
        }
    }
}
