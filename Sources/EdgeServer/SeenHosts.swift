import Bytes
package import Campaigns
import Engagement
import Reports
package import Settings
import TrackingLinks

/// The hosts that people's clicks asked for and that their sections do not list: what `tremolo config allow-seen`
/// writes for review.
///
/// Only clicks count whose evidence looks like a person's (class `human`), refused ones among them: a machine, a proxy
/// or a prefetch never brings a host into the list. Whoever can click can send links of their own all the same, so the
/// list is to be looked at and changes nothing.
package struct SeenHosts: Equatable, Sendable {
    /// A host and what was seen of it.
    package struct Host: Equatable, Sendable {
        /// The host, with its port where that is not the scheme's own: a pattern of a section's list.
        package let name: String
        /// Clicks that look like a person's.
        package let clicks: UInt64
        /// Times of the first and last of them, and the stored link of the first.
        package let sighting: HostSighting?
        /// Why it can't be listed, or nil.
        package let refusal: String?
    }

    /// What was seen in one section.
    package struct Section: Equatable, Sendable {
        /// Its id.
        package let id: String
        /// Its name: the one that was given, else the configured one.
        package let name: String?
        /// The hosts, the most clicked first.
        package var hosts: [Host]
        /// Clicks to hosts beyond the number that is told apart on a day.
        package var clicksToOthers: UInt64
    }

    /// The sections in which something was seen, in the configuration's order.
    package private(set) var sections: [Section] = []
    private let clicksMin: UInt64

    /// What to ask of the store or the journal.
    package static func question(sections: [String]?, since: ReportBound?) -> ReportQuestion {
        ReportQuestion(sections: sections, since: since, by: [.sec, .host, .class])
    }

    /// Takes out of an answer to `question` what its sections do not list.
    ///
    /// - Parameter clicksMin: hosts with fewer clicks are left out.
    package init(
        _ answer: ReportAnswer, configuration: Configuration, clicksMin: UInt64
    ) throws(EdgeError) {
        self.clicksMin = clicksMin
        var rows: [String: [ReportRow]] = [:]
        for row in answer.rows where row.values[2].text == EngagementClass.human.name {
            rows[row.values[0].text ?? "", default: []].append(row)
        }
        for settings in configuration.sections {
            guard let rows = rows[settings.id] else { continue }
            let section = try Self.section(settings, rows, clicksMin)
            if !section.hosts.isEmpty || section.clicksToOthers > 0 { sections.append(section) }
        }
    }

    private static func section(
        _ settings: SectionSettings, _ rows: [ReportRow], _ clicksMin: UInt64
    ) throws(EdgeError) -> Section {
        let listed: HostList
        do throws(HostPatternError) {
            listed = try HostList(patterns: settings.hosts)
        } catch {
            throw .configuration(place: "sections.\(settings.id).hosts", reason: "\(error)")
        }
        var section = Section(
            id: settings.id, name: rows.first?.values[0].name ?? settings.name, hosts: [], clicksToOthers: 0)
        for row in rows {
            guard let name = row.values[1].text, !name.isEmpty else { continue }
            let clicks = row.clicks.total &+ row.clicks.refused
            if name == otherHosts {
                section.clicksToOthers += clicks
            } else if clicks >= clicksMin {
                let refusal = refusal(of: name)
                if refusal == nil, isListed(name, in: listed) { continue }
                section.hosts.append(Host(name: name, clicks: clicks, sighting: row.host, refusal: refusal))
            }
        }
        section.hosts.sort { left, right in
            left.clicks != right.clicks
                ? left.clicks > right.clicks : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
        return section
    }

    /// Why a host that was seen can't be a pattern. One that would be a pattern of many hosts is none.
    private static func refusal(of name: String) -> String? {
        if name.contains("*") { return "it would be a pattern of other hosts" }
        guard name.utf8.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || "-._:[]".utf8.contains($0) }) else {
            return "it has characters that no host name has"
        }
        do throws(HostPatternError) {
            try HostList.check(pattern: name)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// True when the section lists the host. A port that is named in a stored link is not its scheme's own.
    private static func isListed(_ name: String, in listed: HostList) -> Bool {
        for scheme in ["https", "http"] {
            let given = Array("\(scheme)://\(name)/".utf8)
            var url = ByteBuffer(capacity: Target.maximumNormalisedCount(of: given.count))
            guard let target = try? Target.read(given.span, into: &url) else { continue }
            let namesPort = name.hasSuffix(":\(target.port)")
            if namesPort, target.hasDefaultPort { continue }
            let isListed = url.withSpan(of: target.host.offsets) {
                listed.contains(host: $0, port: target.port, scheme: target.scheme)
            }
            if isListed { return true }
        }
        return false
    }

    /// The host that stands for those past the limit.
    private static let otherHosts = "(other)"
}

extension SeenHosts {
    /// A configuration in JSON5 that holds the hosts alone, to be looked at; no text where nothing was seen.
    package var json5: String {
        if sections.isEmpty { return "" }
        var lines = [
            "// Hosts that people clicked (class human) and that their sections do not list,",
            "// \(Self.clicks(clicksMin)) or more each. Look at every line: anybody can send a link of their own. Put",
            "// those that you answer for into the section's hosts. Nothing is changed by this.", "{", "  sections: {",
        ]
        for section in sections { lines += Self.lines(section) }
        return (lines + ["  },", "}", ""]).joined(separator: "\n")
    }

    private static func lines(_ section: Section) -> [String] {
        let name = section.name.map { "  // \(TerminalText.escape($0))" } ?? ""
        var lines = ["    \"\(section.id)\": {\(name)", "      hosts: ["]
        for host in section.hosts where host.refusal == nil {
            lines.append("        \"\(host.name)\",  // \(facts(host))")
        }
        lines.append("      ],")
        for host in section.hosts {
            guard let refusal = host.refusal else { continue }
            lines.append("      // can't be listed: \(TerminalText.escape(host.name)): \(facts(host)):")
            lines.append("      //   \(TerminalText.escape(refusal))")
        }
        if section.clicksToOthers > 0 {
            lines.append(
                "      // \(clicks(section.clicksToOthers)) to hosts that are not told apart: --from journal tells all")
        }
        return lines + ["    },"]
    }

    private static func facts(_ host: Host) -> String {
        let sighting = host.sighting.map { seen in
            let first = RFC3339.string(seen.firstSeenNanoseconds, fractionDigits: 0)
            let last = RFC3339.string(seen.lastSeenNanoseconds, fractionDigits: 0)
            let sample = TerminalText.cut(TerminalText.escape(seen.sample), toColumns: sampleColumnsMax)
            return ", \(first) to \(last), such as \(sample)"
        }
        return clicks(host.clicks) + (sighting ?? "")
    }

    private static func clicks(_ count: UInt64) -> String { count == 1 ? "1 click" : "\(count) clicks" }

    private static let sampleColumnsMax = 200
}
