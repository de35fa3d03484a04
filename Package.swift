// swift-tools-version: 6.2
// The target graph below is the picture of the architecture: an arrow that is not here may not be imported.
// TidyTests holds the sources to it. ARCHITECTURE.md explains each room.

import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    // A look at every access to a property of an object, whether another one is under way: debug builds, and so all
    // tests, do it; the binary that ships would spend a twentieth of a request's instructions on it.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// A room of the project: a target under `Sources/`, or at `path`, with the house's compiler settings.
func room(
    _ name: String, _ dependencies: Target.Dependency..., path: String? = nil, documents: [String] = []
) -> Target {
    .target(name: name, dependencies: dependencies, path: path, exclude: documents, swiftSettings: settings)
}

/// A room's tests: a target under `Tests/`.
func tests(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: settings)
}

/// The tests that are built: those whose names the variable `TREMOLO_TESTS` has, with commas between them, or all.
let wanted = Context.environment["TREMOLO_TESTS"]?.split(separator: ",").map(String.init)

let package = Package(
    name: "tremolo",
    products: [
        .executable(name: "tremolo", targets: ["Tremolo"]),
        .executable(name: "journal-maker", targets: ["JournalMaker"]),
        .executable(name: "judge-agents", targets: ["AgentJudge"]),
        .executable(name: "tremolo-load", targets: ["TremoloLoad"]),
        .executable(name: "tremolo-bench", targets: ["TremoloBench"]),
        .executable(name: "kernel-floor", targets: ["KernelFloor"]),
        .executable(name: "tremolo-demo", targets: ["TremoloDemo"]),
        .executable(name: "simulate", targets: ["Simulate"]),
    ],
    traits: [
        .trait(name: "GeoIP", description: "Tells the country of addresses by a MaxMind database: needs libmaxminddb.")
    ],
    targets: [
        .target(name: "CLinux"),
        .target(name: "CIntrinsics"),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(
            name: "CMaxMindDB", pkgConfig: "libmaxminddb", providers: [.apt(["libmaxminddb-dev"])]),

        room("Bytes", "CIntrinsics"),
        room("LinuxSystem", "CLinux", "Bytes"),
        room("TrackingLinks", "Bytes"),
        room("Mail", "Bytes", "TrackingLinks"),
        room("HTTPEngine", "Bytes", "LinuxSystem"),
        room("ClickHouse", "Bytes", "LinuxSystem", "HTTPEngine"),
        room("Journal", "Bytes", "LinuxSystem", documents: ["FORMAT.md"]),
        room("Engagement", "Bytes", "TrackingLinks", documents: ["FORMAT.md"]),
        room(
            "GeoIP", "Bytes", "LinuxSystem", "Engagement",
            .target(name: "CMaxMindDB", condition: .when(traits: ["GeoIP"]))),
        room(
            "Campaigns", "Bytes", "LinuxSystem", "TrackingLinks", "ClickHouse", "Journal", "Engagement", "CSQLite"),
        room("Reports", "Bytes", "TrackingLinks", "Engagement", "Campaigns"),
        room("Settings", "Bytes", "LinuxSystem"),
        room(
            "EdgeServer",
            "Bytes", "LinuxSystem", "TrackingLinks", "Mail", "HTTPEngine", "ClickHouse", "Journal", "Engagement",
            "GeoIP", "Campaigns", "Reports", "Settings"),
        .executableTarget(
            name: "Tremolo",
            dependencies: [
                "Bytes", "LinuxSystem", "TrackingLinks", "Mail", "Journal", "Engagement", "GeoIP", "Campaigns",
                "Reports", "Settings", "EdgeServer",
            ],
            swiftSettings: settings),

        // Tools that measure; nobody who uses Tremolo needs them.
        .executableTarget(
            name: "JournalMaker",
            dependencies: [
                "Bytes", "LinuxSystem", "TrackingLinks", "Journal", "Engagement", "Settings", "EdgeServer",
            ],
            path: "LoadTests/JournalMaker", swiftSettings: settings),
        .executableTarget(
            name: "AgentJudge",
            dependencies: [
                "Bytes", "LinuxSystem", "TrackingLinks", "HTTPEngine", "Engagement", "Settings", "EdgeServer",
                "LoadEngine",
            ],
            path: "LoadTests/AgentJudge", swiftSettings: settings),
        room("LoadEngine", "Bytes", "LinuxSystem", path: "LoadTests/Engine"),
        room("LoadReports", "Bytes", "LoadEngine", path: "LoadTests/Reports"),
        .executableTarget(
            name: "TremoloLoad",
            dependencies: ["Bytes", "LinuxSystem", "Settings", "LoadEngine", "LoadReports"],
            path: "LoadTests/Command", swiftSettings: settings),
        .executableTarget(name: "KernelFloor", path: "LoadTests/peers/floor"),
        .executableTarget(
            name: "TremoloBench", dependencies: ["Bytes", "LinuxSystem", "Settings", "LoadEngine", "LoadReports"],
            path: "LoadTests/Bench", swiftSettings: settings),

        room("Life", "Bytes", "LinuxSystem", "LoadEngine", path: "LoadTests/Life"),
        .executableTarget(
            name: "TremoloDemo", dependencies: ["Bytes", "LinuxSystem", "Settings", "Life"], path: "LoadTests/Demo",
            swiftSettings: settings),

        .target(name: "TestAllocations", path: "Tests/TestAllocations"),
        .target(name: "TestPrograms", path: "Tests/TestPrograms"),
        .target(
            name: "TestSupport", dependencies: ["Bytes", "LinuxSystem", "TestAllocations", "TestPrograms"],
            path: "Tests/Support", swiftSettings: settings),
        .target(
            name: "Simulation",
            dependencies: [
                "Bytes", "LinuxSystem", "TrackingLinks", "Journal", "Engagement", "Campaigns", "TestSupport",
            ],
            path: "Tests/Simulation", swiftSettings: settings),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "Bytes", "LinuxSystem", "TrackingLinks", "Mail", "HTTPEngine", "Journal", "Engagement", "Settings",
                "Simulation",
            ],
            path: "Tests/FuzzTargets", swiftSettings: settings),
        .executableTarget(
            name: "Fuzz", dependencies: ["FuzzTargets", "Bytes"], path: "Tests/Fuzz", swiftSettings: settings),
        .executableTarget(
            name: "Simulate", dependencies: ["Simulation", "LinuxSystem"], path: "Tests/Simulate",
            swiftSettings: settings),
        tests("TidyTests"),
        tests("BytesTests", "Bytes"),
        tests("LinuxSystemTests", "LinuxSystem", "Bytes"),
        tests("TrackingLinksTests", "TrackingLinks", "Bytes"),
        tests("ClickHouseTests", "ClickHouse", "HTTPEngine", "LinuxSystem", "Bytes"),
        tests("MailTests", "Mail", "TrackingLinks", "LinuxSystem", "Bytes"),
        tests("HTTPEngineTests", "HTTPEngine", "LinuxSystem", "Bytes"),
        tests("JournalTests", "Simulation", "Journal", "LinuxSystem", "Bytes"),
        tests("EngagementTests", "Engagement", "TrackingLinks", "LinuxSystem", "Bytes"),
        tests("GeoIPTests", "GeoIP", "Engagement", "LinuxSystem", "Bytes"),
        tests(
            "CampaignsTests", "Simulation", "Campaigns", "ClickHouse", "Engagement", "Journal", "LinuxSystem", "Bytes"),
        tests("SimulationTests", "Simulation"),
        tests("FuzzTests", "FuzzTargets"),
        tests("ReportsTests", "Reports", "Campaigns", "Engagement", "Bytes"),
        tests("SettingsTests", "Settings", "LinuxSystem", "Bytes"),
        tests(
            "EdgeServerTests", "Simulation", "EdgeServer", "Mail", "Settings", "HTTPEngine", "Journal", "Engagement",
            "Campaigns",
            "TrackingLinks", "LinuxSystem", "Bytes"),
        tests("JourneyTests", "Tremolo", "JournalMaker", "LinuxSystem", "Bytes"),
        tests(
            "OutsideTests", "Simulation", "Tremolo", "JournalMaker", "Campaigns", "ClickHouse", "Engagement", "Journal",
            "TrackingLinks", "LinuxSystem", "Bytes"),
        tests("LoadEngineTests", "LoadEngine", "LoadReports", "TremoloLoad", "Settings", "LinuxSystem", "Bytes"),
        tests("BenchTests", "TremoloBench", "LoadEngine", "LoadReports", "Settings", "LinuxSystem"),
        tests("LifeTests", "Life", "Tremolo", "TremoloDemo", "LinuxSystem", "Bytes"),
        tests("LoadReportsTests", "LoadReports", "LoadEngine", "LinuxSystem", "Bytes"),
    ],
    swiftLanguageModes: [.v6]
)

if let wanted { package.targets.removeAll { $0.type == .test && !wanted.contains($0.name) } }
