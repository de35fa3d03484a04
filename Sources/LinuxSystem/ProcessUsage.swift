/// What this process takes of the machine, from proc(5).
package struct ProcessUsage: Sendable {
    /// Time on processors, of user and system.
    package let processorNanoseconds: UInt64
    /// Memory that is resident.
    package let residentBytes: UInt64
    /// Descriptors that are open.
    package let openDescriptors: UInt64
    /// Descriptors that may be open, the soft limit.
    package let descriptorsMax: UInt64
    /// When it started, in nanoseconds since 1970.
    package let startNanoseconds: UInt64

    /// What it takes now; nil where proc(5) is not there.
    package static func now() -> ProcessUsage? {
        guard let stat = text("/proc/self/stat"), let boot = text("/proc/stat"), let limits = text("/proc/self/limits"),
            let descriptors = try? Files.list("/proc/self/fd"),
            // The name in parentheses may hold anything; fields are counted behind it, from the third on.
            let nameEnd = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: nameEnd)...].split(separator: " ")
        guard fields.count > 19, let user = UInt64(fields[11]), let system = UInt64(fields[12]),
            let start = UInt64(fields[19]), let residentBytes = Host.residentBytes,
            let bootSeconds = number(behind: "btime ", in: boot),
            let descriptorsMax = number(behind: "Max open files", in: limits)
        else { return nil }
        return ProcessUsage(
            processorNanoseconds: (user + system) * tickNanoseconds, residentBytes: UInt64(residentBytes),
            openDescriptors: UInt64(descriptors.count), descriptorsMax: descriptorsMax,
            startNanoseconds: bootSeconds * 1_000_000_000 + start * tickNanoseconds)
    }

    /// USER_HZ, which is 100 on every architecture that Linux runs this on.
    private static let tickNanoseconds: UInt64 = 10_000_000

    private static func text(_ path: String) -> String? {
        (try? Files.readAll(path, limitBytes: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func number(behind name: String, in text: String) -> UInt64? {
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            return line.dropFirst(name.count).split(separator: " ").first.flatMap { UInt64($0) }
        }
        return nil
    }
}
