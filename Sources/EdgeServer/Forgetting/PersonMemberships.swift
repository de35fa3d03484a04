package import Bytes
package import Campaigns
import Engagement
import LinuxSystem
import TrackingLinks

/// What the stores of a data folder count a person in, longer than the journal holds the person's events.
package struct PersonMemberships {
    /// A set of people that the person is in, and the store's files that have it so.
    package struct Entry: Equatable, Sendable {
        /// The section.
        package var section: String
        /// The set.
        package var membership: Membership
        /// Names of files in the data folder.
        package var stores: [String]
    }

    /// The sets, by day, each once.
    package let entries: [Entry]

    /// Looks into every store in the folder, those that were set aside too.
    ///
    /// - Parameter onTrouble: told of what can't be read, a line each.
    package init(
        of person: EventPerson, in folder: DataFolder, onTrouble: (String) -> Void
    ) throws(EdgeError) {
        let hashes = Set(person.subjects.map(\.hash64))
        var stores: [Membership: [String]] = [:]
        for name in try folder.storeNames() {
            do throws(StoreError) {
                let store = try SQLiteCampaignStore(reading: folder.path + "/" + name)
                for membership in try store.memberships(of: hashes, section: person.section) {
                    stores[membership, default: []].append(name)
                }
            } catch {
                if case .missing = error { continue }
                onTrouble("\(error)")
            }
        }
        let section = person.section
        entries = stores.map { Entry(section: section, membership: $0, stores: $1.sorted()) }
            .sorted { $0.order.lexicographicallyPrecedes($1.order) }
    }
}

extension PersonMemberships.Entry {
    fileprivate var order: [String] {
        [membership.day.text] + fields.map(\.value) + [membership.isEngaged ? "0" : "1"]
    }

    private var fields: [(key: String, value: String)] {
        [
            ("event", "\(membership.kind.name)"), ("expId", membership.expId), ("expVer", membership.expVer),
            ("va", membership.va), ("link", membership.link),
        ]
    }

    /// Writes it as a JSON object of the kind "counted".
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        for (key, value) in [("day", membership.day.text), ("kind", "counted"), ("sec", section)] + fields {
            writer.member(key, value)
        }
        writer.key("engaged")
        writer.bool(membership.isEngaged)
        writer.member("stores", stores)
        writer.endObject()
    }
}

extension DataFolder {
    /// Names of the stores' files, those that were set aside too.
    func storeNames() throws(EdgeError) -> [String] {
        do throws(SystemError) {
            var names: [String] = []
            for name in try Files.list(path) where name.hasPrefix("campaigns-") || name.hasPrefix("sealed.") {
                guard !name.hasSuffix("-wal"), !name.hasSuffix("-shm"), !name.hasSuffix("-journal"),
                    try Files.statusOfLink(path + "/" + name).kind == .file
                else { continue }
                names.append(name)
            }
            return names
        } catch {
            throw .file(path: path, error)
        }
    }
}
