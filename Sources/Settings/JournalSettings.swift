/// How events are written, and for how long they stay.
package struct JournalSettings: Equatable, Sendable {
    /// Bytes after which a segment is closed, 1 MiB to 4 GiB.
    package var segmentSize = ByteSize.mebibytes(64)
    /// Age after which a segment is closed, 1 s to 7 days.
    package var segmentAge = TimeSpan.hours(1)
    /// How often what was written is made durable, 10 ms to 1 min.
    package var syncInterval = TimeSpan.seconds(1)
    /// What an answered event has survived.
    package var durability = DurabilitySetting.process
    /// Age after which a segment may go, once its figures are sealed.
    package var retention = TimeSpan.days(90)
    /// Bytes that the journal may take, or nil for no bound.
    package var sizeCap: ByteSize?
    /// Bytes of the disk that are left free, at most a tenth of it; 0 for no floor.
    package var minimumFree = ByteSize.gibibytes(1)

    /// The defaults.
    package init() {}
}

extension JournalSettings: SettingsGroup {
    static let schema: [Setting<JournalSettings>] = [
        Setting("segmentSize", \.segmentSize, .size(.mebibytes(1) ... .gibibytes(4))),
        Setting("segmentAge", \.segmentAge, .span(.seconds(1) ... .days(7))),
        Setting("syncInterval", \.syncInterval, .span(TimeSpan(nanoseconds: 10_000_000) ... .seconds(60))),
        Setting("durability", \.durability, .choice()),
        Setting("retention", \.retention, .span(.hours(1) ... .days(36_500))),
        Setting("sizeCap", \.sizeCap, .optional(.size(.mebibytes(2) ... .gibibytes(1 << 20)))),
        Setting("minimumFree", \.minimumFree, .size(ByteSize(bytes: 0) ... .gibibytes(1 << 20))),
    ]
}

/// What an event has survived by the time its response leaves.
package enum DurabilitySetting: String, CaseIterable, Sendable {
    /// The death of the process: the event is in the kernel's page cache.
    case process
    /// A power cut too: the event is on the disk.
    case disk
}
