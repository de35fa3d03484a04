package import Campaigns
import Journal
package import LinuxSystem

/// Why a server, or a command that changes the data folder, can't do its work. Each case says where and what to do.
package enum EdgeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A file or folder of the data folder can't be used.
    case file(path: String, SystemError)
    /// There is no data folder of that name, and the command makes none.
    case missingFolder(path: String)
    /// The data folder can't be made, because it or something above it is a file.
    case noFolder(path: String)
    /// Another process owns the data folder; its id, where it is known.
    case folderInUse(path: String, processID: Int32?)
    /// `node.json` is not what this program writes.
    case damagedNode(path: String, reason: String)
    /// `node.json` was written by a newer version.
    case newerFormat(path: String, found: Int)
    /// There is a journal, but no keys: its people would be strangers to new ones.
    case missingKeys(folder: String)
    /// A key file can't be read.
    case key(path: String, reason: String)
    /// The key that addresses are hashed with today can't be read.
    case addressKey(path: String, reason: String)
    /// An address can't be listened on; `flag` is the one that changes it.
    case listen(address: SocketAddress, flag: StaticText, SystemError)
    /// A socket that a service manager passed on can't be used; `reason` says what is wrong with it and what to do.
    case inherited(socket: String, reason: String)
    /// A rules file can't be used.
    case rules(path: String, reason: String)
    /// A rule can't be used; `problem` says what is wrong with it and what to do.
    case rule(place: String, problem: String)
    /// The country database can't be used; `reason` says what is wrong with it and what to do.
    case countries(path: String, reason: String)
    /// A page for recipients can't be used; `reason` says what is wrong with it.
    case page(path: String, reason: String)
    /// A small file can't be used; `reason` says what is wrong with it and what to do.
    case smallFile(path: String, reason: String)
    /// A file of a subscriber list can't be used.
    case consentList(path: String, reason: String)
    /// A list's time can't be.
    case consentTime(reason: String)
    /// A setting that was checked does not hold what it must.
    case configuration(place: String, reason: String)
    /// The admin token can't be used.
    case adminToken(path: String, reason: String)
    /// The fleet's database can't be used.
    case fleet(FleetError)
    /// The file of ClickHouse's password holds none.
    case clickHousePassword(path: String)
    /// The journal can't be written.
    case journal(reason: String)
    /// The server ended while events waited for a disk that takes nothing: they were answered and are in no file.
    case givenUp(events: UInt64)
    /// The store can't be used.
    case store(reason: String)
    /// The sealed figures can't be trusted.
    case sealed(SealedTrouble, path: String)
    /// A running server did not do what it was asked for; how it stands, where it said so.
    case refused(reason: String, EdgeStanding? = nil)
    /// The file that says what is still to be done of a person who is being forgotten can't be read.
    case damagedPlan(path: String)
    /// Nobody knows what was shipped to ClickHouse.
    case shippingCheckpoint(path: String, reason: String)
    /// The file of those who are still to be forgotten in ClickHouse can't be read.
    case damagedForgotten(path: String)
    /// The disk has no room to rewrite segments.
    case noRoomToForget(needed: UInt64, free: UInt64, floor: UInt64)
    /// No server runs on the folder, or it does not answer.
    case noServer(path: String, SystemError)
    /// A rebuild was called off, or nobody waited for the end of an import.
    case interrupted

    /// A flag's name, comparable.
    package enum StaticText: String, Equatable, Sendable {
        case listen = "--listen"
        case admin = "--admin"
    }

    package var description: String {
        switch self {
        case .file(let path, let error):
            "\(path): \(error.reason): "
                + (error.isNoPermission
                    ? "use the account that owns it, or change its owner or mode"
                    : "check that the folder exists, and its owner and mode")
        case .missingFolder(let path):
            "\(path): there is no such data folder: start tremolo serve once, or give another with --data"
        case .noFolder(let path):
            "\(path): it is a file, or stands behind one, and no folder: give another with --data"
        case .folderInUse(let path, let processID):
            "\(path): another process owns this data folder: a server, or a rebuild"
                + (processID.map { " (process \($0))" } ?? "")
                + ": stop it or wait for its end, or give another folder with --data"
        case .damagedNode(let path, let reason):
            "\(path): \(reason): restore it from a backup; without it this folder's journal has no name"
        case .newerFormat(let path, let found):
            "\(path): the folder has format \(found), which this version does not know: use a newer tremolo"
        case .missingKeys(let folder):
            "\(folder): the keys are missing, but there is a journal that was written with them: restore the folder "
                + "from a backup, or name it with keys in the configuration"
        case .key(let path, let reason):
            "\(path): \(reason): restore the file from a backup"
        case .addressKey(let path, let reason):
            "\(path): \(reason): remove it, and another key of the day is made; hashes of addresses from before then "
                + "stand alone"
        case .listen(let address, let flag, let error):
            error.isAddressInUse
                ? "\(address): the port is taken by another process: stop it, or give another with \(flag.rawValue)"
                : "\(address): \(error.reason): give another address with \(flag.rawValue)"
        case .inherited(let socket, let reason): "\(socket): \(reason)"
        case .page(let path, let reason), .countries(let path, let reason), .smallFile(let path, let reason):
            "\(path): \(reason)"
        case .rules(let path, let reason):
            "\(path): \(reason): correct the file, or name another folder with rules in the configuration"
        case .rule(let place, let problem): "\(place): \(problem)"
        case .consentTime(let reason): reason
        case .consentList(let path, let reason):
            "\(path): \(reason): restore the file from a backup, or import a list again; without it nobody knows who "
                + "consented"
        case .configuration(let place, let reason):
            "\(place): \(reason): correct the configuration, and see tremolo config check"
        case .adminToken(let path, let reason):
            "\(path): \(reason): put one line of 16 to 512 printable characters into it"
        case .fleet(let error): "\(error)"
        case .clickHousePassword(let path):
            "\(path): it holds no password: write it as the file's only line, in printable ASCII"
        case .journal(let reason): "journal: \(reason)"
        case .givenUp(let events):
            "journal: \(events) events were answered and could not be written before the end: they are lost; free or "
                + "repair the disk"
        case .store(let reason): "store: \(reason)"
        case .sealed(let trouble, let path): trouble.sentence(path)
        case .refused(let reason, _): "the running server refused: \(reason)"
        case .damagedPlan(let path):
            "\(path): it can't be read, and a person is half forgotten: use the version that wrote it, or a later one; "
                + "or remove it, forget the person again, and run tremolo rebuild"
        case .shippingCheckpoint(let path, let reason):
            "\(path): \(reason): start tremolo serve, which ships what the journal has"
        case .damagedForgotten(let path):
            "\(path): it can't be read, and people are still to be forgotten in ClickHouse: remove it, and forget them "
                + "again"
        case .noRoomToForget(let needed, let free, let floor):
            "forget: a segment of \(needed) bytes has to be rewritten, and \(free) bytes are free where \(floor) "
                + "are to stay so: free some space, or lower journal.minimumFree"
        case .noServer(let path, let error):
            "\(path): no server answers (\(error.reason)): start tremolo serve, or look at its log"
        case .interrupted: "rebuild: interrupted: the old figures stay in use"
        }
    }
}

extension EdgeError {
    /// A journal that can't be read: a file that this user may not read is said as one.
    init(_ error: JournalError) {
        if case .system(let reason, let path) = error, reason.isNoPermission {
            self = .file(path: path, reason)
        } else {
            self = .journal(reason: "\(error)")
        }
    }
}
