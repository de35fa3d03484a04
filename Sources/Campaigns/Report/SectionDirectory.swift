/// What reports and figures need to know of the configured sections.
package struct SectionDirectory: Sendable {
    /// One section.
    package struct Facts: Equatable, Sendable {
        /// The configured name; a name given by `tremolo name` beats it.
        package var name: String?
        /// Decides the section's hours and days.
        package var zone: TimeZoneRules
        /// The zone's name, such as `Europe/Berlin`: what figures depend on is said with it.
        package var zoneName: String

        package init(name: String? = nil, zone: TimeZoneRules = .utc, zoneName: String = "UTC") {
            self.name = name
            self.zone = zone
            self.zoneName = zoneName
        }
    }

    /// The sections by id.
    package var sections: [String: Facts]

    package init(_ sections: [String: Facts] = [:]) {
        self.sections = sections
    }

    /// The zone of a section; UTC for every section that is not configured.
    package func zone(of section: String) -> TimeZoneRules {
        sections[section]?.zone ?? .utc
    }
}
