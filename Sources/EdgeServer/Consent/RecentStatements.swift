import Engagement
import Journal

/// When people spoke last, for whoever puts statements into force that come in another order than that of their times.
///
/// **Problem.** The nodes of a fleet hear of each other's statements late, and tables have no room for times. To read
/// the journal for each statement that comes late would take as long as the journal is.
///
/// **Shape.** The times of the last statements are kept, up to a number: nobody who is not among them has spoken since
/// `floor`. Only a statement from before that has to be looked up in the journal.
struct RecentStatements {
    /// When somebody spoke. Of two statements of one time the one that stands later in the journal's order holds,
    /// which is the same at every node.
    struct Moment: Comparable {
        var nanoseconds: UInt64
        var identity: RecordIdentity

        static func < (left: Moment, right: Moment) -> Bool {
            (left.nanoseconds, left.identity.shard, left.identity.sequence)
                < (right.nanoseconds, right.identity.shard, right.identity.sequence)
        }
    }

    /// Who spoke in which section.
    struct Speaker: Hashable {
        var section: String
        var person: ConsentKey
    }

    /// What a statement is beside those that are known.
    enum Standing: Equatable {
        /// The last one.
        case last
        /// The person has spoken since.
        case older
        /// From before the times that are kept.
        case unknown
    }

    private var moments: [Speaker: Moment] = [:]
    /// Every statement from this time on is among `moments`, unless the same person has spoken since.
    private(set) var floor: UInt64
    private let countMax: Int

    /// - Parameters:
    ///   - floor: behind every statement so far, in nanoseconds since 1970.
    ///   - countMax: people whose times are kept.
    init(floor: UInt64, countMax: Int) {
        self.floor = floor
        self.countMax = countMax
    }

    /// Takes a statement, and says whether it is the person's last one.
    mutating func take(_ moment: Moment, of speaker: Speaker) -> Standing {
        guard moment.nanoseconds >= floor else {
            // Who has spoken since the floor spoke later.
            return moments[speaker] == nil ? .unknown : .older
        }
        if let before = moments[speaker], before > moment { return .older }
        moments[speaker] = moment
        if moments.count > countMax { forgetHalf() }
        return .last
    }

    /// Forgets the older half.
    private mutating func forgetHalf() {
        let times = moments.values.map(\.nanoseconds).sorted()
        let median = times[times.count / 2]
        moments = moments.filter { $0.value.nanoseconds > median }
        floor = median == .max ? .max : median + 1
    }
}
