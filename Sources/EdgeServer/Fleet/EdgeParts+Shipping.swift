import Campaigns
import LinuxSystem
import Settings

extension EdgeParts {
    /// What ships events to ClickHouse; nil where no endpoint is configured.
    static func shipping(
        _ configuration: Configuration, _ folder: DataFolder, node: UInt64, health: EdgeHealth, log: ServerLog
    ) throws(EdgeError) -> ShippingRunner? {
        guard let database = try FleetDatabase(configuration) else { return nil }
        let bell: ShippingBell
        do throws(SystemError) {
            bell = try ShippingBell()
        } catch {
            throw .file(path: "wake-up of the shipper", error)
        }
        let feed = ShippingFeed { bell.ring() }
        return ShippingRunner(database, folder: folder, node: node, feed: feed, bell: bell, health: health, log: log)
    }
}
