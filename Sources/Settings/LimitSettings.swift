/// What one client's address may have of the edge. Off by default: one address may be that of many people.
package struct LimitSettings: Equatable, Sendable {
    /// Most connections that an address has open with one worker, 1 to 16,384; nil for any number.
    package var connectionsPerAddress: Int?
    /// How many clicks and opens of an address one worker records; nil for any number.
    package var requestsPerAddress: RequestRate?
    /// How many of them may come at once, 1 to 100,000.
    package var requestBurst = 100
    /// What clicks and opens beyond that get.
    package var beyond = BeyondLimitSetting.answer

    /// The defaults.
    package init() {}
}

extension LimitSettings: SettingsGroup {
    static let schema: [Setting<LimitSettings>] = [
        Setting("connectionsPerAddress", \.connectionsPerAddress, .optional(.wholeNumber(1...16_384))),
        Setting("requestsPerAddress", \.requestsPerAddress, .optional(.rate)),
        Setting("requestBurst", \.requestBurst, .wholeNumber(1...100_000)),
        Setting("beyond", \.beyond, .choice()),
    ]
}

/// What clicks and opens beyond the limit of their address get.
package enum BeyondLimitSetting: String, CaseIterable, Sendable {
    /// The answer that they would get without a limit, and no record.
    case answer
    /// A page with status 429.
    case refuse
}

/// So many in a time, as settings write it: `"200/s"`, `"600/min"`, `"1000/h"`.
package struct RequestRate: Equatable, Sendable {
    /// What a rate is counted in.
    package enum Unit: String, CaseIterable, Sendable {
        case second = "s"
        case minute = "min"
        case hour = "h"

        var nanoseconds: UInt64 {
            switch self {
            case .second: 1_000_000_000
            case .minute: 60_000_000_000
            case .hour: 3_600_000_000_000
            }
        }
    }

    /// How many, 1 to 1,000,000.
    package let count: UInt64
    /// In which time.
    package let unit: Unit

    /// The time from one to the next, in nanoseconds: at least 1,000.
    package var intervalNanoseconds: UInt64 { unit.nanoseconds / count }

    /// Reads a rate; nil for a text that is none.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let unit = Unit(rawValue: String(parts[1])),
            parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = UInt64(parts[0]),
            (1...1_000_000).contains(count)
        else { return nil }
        (self.count, self.unit) = (count, unit)
    }
}

extension RequestRate: CustomStringConvertible {
    /// The rate as it is written. Reading it gives the same one.
    package var description: String { "\(count)/\(unit.rawValue)" }
}

extension SettingKind where Value == RequestRate {
    /// A number of requests in a second, a minute or an hour.
    static let rate = SettingKind { value, reading in
        guard let text = reading.text(value) else { return nil }
        guard let rate = RequestRate(text) else {
            let why = "it is no rate: write it as in \"200/s\", \"600/min\" or \"1000/h\", with a number up to 1000000"
            return reading.note(.refused(why: why), at: value)
        }
        return rate
    } encode: {
        .quoted("\($0)")
    }
}
