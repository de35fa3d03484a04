import ClickHouse
import GeoIP
package import Settings
import TrackingLinks

extension ConfigurationChecks {
    /// The judgements that the other rooms make: host patterns and fallbacks by TrackingLinks, zones by the system's
    /// data.
    package static let complete = ConfigurationChecks(
        hostPattern: { pattern in
            do throws(HostPatternError) {
                try HostList.check(pattern: pattern)
                return nil
            } catch {
                return "\(error)"
            }
        },
        fallback: { text in
            do throws(TargetRefusal) {
                _ = try FallbackURL(text)
                return nil
            } catch {
                return error.explanation
            }
        },
        linkRules: { settings in LinkRules.problems(settings) },
        timezone: { name in
            do throws(ZoneError) {
                _ = try ZoneFiles.rules(of: name)
                return nil
            } catch {
                return "\(error)"
            }
        },
        requestPath: { path in SmallFile.problem(ofPath: path) },
        geoip: { _ in CountryDatabase.isBuiltIn ? nil : "\(GeoIPError.notBuiltIn)" },
        clickHouseEndpoint: { url in
            do throws(ClickHouseEndpoint.Problem) {
                _ = try ClickHouseEndpoint(url)
                return nil
            } catch {
                return "\(error)"
            }
        })
}
