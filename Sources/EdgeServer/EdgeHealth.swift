import Synchronization

/// Whether the edge is able to accept, and if not, why: what readiness answers.
///
/// Each part of the server reports its own trouble under a name and takes it back; the names are part of the JSON that
/// `/readyz` gives.
package final class EdgeHealth: Sendable {
    /// A part that can be in trouble.
    package enum Part: String, CaseIterable, Sendable {
        /// The server is starting or has been told to stop.
        case lifecycle
        /// A call to the disk of the journal does not come back.
        case disk
        /// Events can't be written and wait.
        case journal
        /// Events were lost since the start, because nothing could be written and memory was full.
        case lost
        /// A sync failed, or takes very long.
        case sync
        /// Segments lost their names while they were written: somebody removed, moved or replaced them.
        case segments
        /// Closed segments are gone from the journal: somebody removed or moved them.
        case missing
        /// Something else of the data folder, or a key, is not where it was.
        case folder
        /// Figures can't be committed.
        case store
        /// Events can't be shipped to ClickHouse.
        case shipping
        /// Segments that should go can't, or went before every store had taken them.
        case retention
        /// The disk has less free room than its floor, or the journal more than its cap, and nothing can go.
        case space
        /// The keys of the day can't be made.
        case addressKeys
        /// The keys that make pseudonyms can't be read, journaled or destroyed.
        case eventKeys
        /// A list of those who consent is missing or damaged: nobody in it counts as one who does.
        case consent
        /// What the nodes of a fleet tell each other does not come, or does not go.
        case fleet
        /// The country database was replaced by something that can't be used.
        case countries
    }

    private let troubles = Mutex<[Part: String]>([.lifecycle: "starting"])
    private let ready = Atomic(false)

    /// A server that is starting.
    package init() {}

    /// Says what is wrong with a part, or nil when it is well again.
    ///
    /// - Returns: true when that is a change.
    @discardableResult
    package func set(_ part: Part, _ trouble: String?) -> Bool {
        troubles.withLock { troubles in
            let changed = (troubles[part] == nil) != (trouble == nil)
            troubles[part] = trouble
            ready.store(troubles[.lifecycle] == nil, ordering: .relaxed)
            return changed
        }
    }

    /// Says that a part is well again, unless something else is wrong with it by now.
    package func end(_ trouble: String, of part: Part) {
        troubles.withLock { troubles in
            guard troubles[part] == trouble else { return }
            troubles[part] = nil
            ready.store(troubles[.lifecycle] == nil, ordering: .relaxed)
        }
    }

    /// The parts in trouble, in the order of their names. Empty: the edge is ready.
    package var reasons: [(part: Part, trouble: String)] {
        let troubles = troubles.withLock { $0 }
        return Part.allCases.compactMap { part in troubles[part].map { (part, $0) } }
    }

    /// True when new requests should be sent here. A store in trouble doesn't keep anybody from being redirected and
    /// recorded, and waiting events are redirected too: only the lifecycle takes the edge out. Takes no lock.
    package var isReady: Bool { ready.load(ordering: .relaxed) }
}
