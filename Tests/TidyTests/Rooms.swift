/// What each room may import: the project's architecture as a table.
///
/// `Package.swift` draws the same picture for the compiler; a test compares the two, so that a new arrow is drawn
/// twice, once by whoever needs it and once by whoever meant it.
struct Room: Sendable {
    let name: String
    /// Rooms and shims of the project.
    let rooms: Set<String>
    /// Modules of the toolchain. Foundation is for rooms that no request passes through.
    let system: Set<String>
    /// Where its sources lie, relative to the repository.
    let folder: String

    static let all = [
        Room("Bytes", ["CIntrinsics"]),
        Room("LinuxSystem", ["CLinux", "Bytes"], system: ["Glibc", "Synchronization"]),
        Room("TrackingLinks", ["Bytes"]),
        Room("Mail", ["Bytes", "TrackingLinks"]),
        Room("HTTPEngine", ["Bytes", "LinuxSystem"], system: ["Synchronization"]),
        Room("ClickHouse", ["Bytes", "LinuxSystem", "HTTPEngine"], system: ["Synchronization"]),
        Room("Journal", ["Bytes", "LinuxSystem"], system: ["Synchronization"]),
        Room("Engagement", ["Bytes", "TrackingLinks"], system: ["Synchronization"]),
        Room("GeoIP", ["Bytes", "LinuxSystem", "Engagement", "CMaxMindDB"]),
        Room(
            "Campaigns",
            ["Bytes", "LinuxSystem", "TrackingLinks", "ClickHouse", "Journal", "Engagement", "CSQLite"]),
        Room("Reports", ["Bytes", "TrackingLinks", "Engagement", "Campaigns"]),
        Room("Settings", ["Bytes", "LinuxSystem"]),
        Room(
            "EdgeServer",
            [
                "Bytes", "LinuxSystem", "TrackingLinks", "Mail", "HTTPEngine", "ClickHouse", "Journal", "Engagement",
                "GeoIP", "Campaigns", "Reports", "Settings",
            ],
            system: ["Synchronization", "Dispatch"]),
        Room(
            "Tremolo",
            [
                "Bytes", "LinuxSystem", "TrackingLinks", "Mail", "Journal", "Engagement", "GeoIP", "Campaigns",
                "Reports", "Settings", "EdgeServer",
            ]),
        Room("LoadEngine", ["Bytes", "LinuxSystem"], system: ["Synchronization"], folder: "LoadTests/Engine"),
        Room("LoadReports", ["Bytes", "LoadEngine"], folder: "LoadTests/Reports"),
        Room(
            "TremoloLoad", ["Bytes", "LinuxSystem", "Settings", "LoadEngine", "LoadReports"],
            system: ["Foundation", "Dispatch", "Synchronization"], folder: "LoadTests/Command"),
        Room(
            "TremoloBench", ["Bytes", "LinuxSystem", "Settings", "LoadEngine", "LoadReports"],
            system: ["Foundation", "Dispatch", "Synchronization"], folder: "LoadTests/Bench"),
        Room(
            "JournalMaker",
            ["Bytes", "LinuxSystem", "TrackingLinks", "Journal", "Engagement", "Settings", "EdgeServer"],
            folder: "LoadTests/JournalMaker"),
        Room(
            "AgentJudge",
            [
                "Bytes", "LinuxSystem", "TrackingLinks", "HTTPEngine", "Engagement", "Settings", "EdgeServer",
                "LoadEngine",
            ],
            folder: "LoadTests/AgentJudge"),
        Room("Life", ["Bytes", "LinuxSystem", "LoadEngine"], folder: "LoadTests/Life"),
        Room(
            "TremoloDemo", ["Bytes", "LinuxSystem", "Settings", "Life"], system: ["Foundation"],
            folder: "LoadTests/Demo"),
        Room("Fuzz", ["FuzzTargets", "Bytes"], system: ["Foundation"], folder: "Tests/Fuzz"),
        Room(
            "Simulate", ["Simulation", "LinuxSystem"], system: ["Foundation", "Synchronization"],
            folder: "Tests/Simulate"),
    ]

    /// Folders of C that import nothing.
    static let shims: Set<String> = ["CLinux", "CIntrinsics", "CSQLite", "CMaxMindDB"]

    private init(_ name: String, _ rooms: Set<String>, system: Set<String> = [], folder: String? = nil) {
        self.name = name
        self.rooms = rooms
        self.system = system
        self.folder = folder ?? "Sources/" + name
    }
}
