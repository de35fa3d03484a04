package import Campaigns
import LinuxSystem

/// Why the sealed figures, `sealed.sqlite`, can't be trusted. No journal holds any more what is in them, so nothing is
/// deleted from then on, no rebuild begins with them, and no store is replaced by a copy of them.
package enum SealedTrouble: Equatable, Sendable {
    /// There are none, and the store in use says that so many events have expired.
    case missing(events: UInt64)
    /// So many events that the store in use says have expired are not in them: they are an older copy.
    case older(events: UInt64)
    /// They are another node's.
    case otherNode
    /// What is wrong in them.
    case damaged(String)
    /// They can't be read now, or not by this user.
    case unreadable(StoreError)

    /// True when waiting, or another user, does not help.
    package var isDamage: Bool {
        switch self {
        case .missing, .older, .otherNode, .damaged, .unreadable(.newerFormat): true
        case .unreadable(let error): error.isDamage
        }
    }

    /// One word for programs.
    package var name: String {
        switch self {
        case .missing: "missing"
        case .older: "older"
        case .otherNode: "other node's"
        case .damaged: "damaged"
        case .unreadable: isDamage ? "damaged" : "unreadable"
        }
    }

    /// What is wrong, and what to do, of the file at a path.
    func sentence(_ path: String) -> String {
        let what: String
        switch self {
        case .missing(let events): what = "the sealed figures are missing, and \(events) events stand nowhere else"
        case .older(let events): what = "the sealed figures are an older copy, which lacks \(events) expired events"
        case .otherNode: what = "the sealed figures are another node's"
        case .damaged(let problem): what = "the sealed figures are damaged (\(problem))"
        case .unreadable(.damaged(_, let problem)): what = "the sealed figures are damaged (\(problem))"
        case .unreadable(.failed(let operation, _, let code, let message)):
            what = "the sealed figures can't be used: \(operation.rawValue): \(message) (\(code))"
        // These say themselves what to do.
        case .unreadable(.unreadable(_, let error)) where error.isNoPermission:
            return "\(path): \(error.reason): use the account that owns it, or change its owner or mode"
        case .unreadable(.newerFormat(_, let version)):
            return
                "\(path): the sealed figures have format \(version), which this version does not know: use a newer one"
        case .unreadable(let error): what = "the sealed figures can't be used: \(error)"
        }
        return "\(path): \(what): put the file back from a backup, or give up what it held with "
            + "tremolo rebuild --without-sealed"
    }
}
