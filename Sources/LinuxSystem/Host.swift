import CLinux

/// The machine, the process and its user.
package enum Host {
    /// Processors that this process may run on: those of its affinity, at least 1.
    package static var processorCount: Int { max(1, tremolo_processor_count()) }

    /// True when this process may run on a processor, counted from 0, sched_getaffinity(2).
    package static func mayRun(onProcessor processor: Int) -> Bool {
        tremolo_may_run_on(Int32(clamping: processor)) != 0
    }

    /// Bytes in a page of memory.
    package static var pageSizeBytes: Int { tremolo_page_size() }

    /// This process.
    package static var processID: Int32 { Int32(truncatingIfNeeded: tremolo_process_id()) }

    /// The words that this process was started with behind its own name, from proc(5).
    ///
    /// Swift looks for them beside the environment, which a library that was loaded first (`LD_PRELOAD`) may have
    /// moved: then it finds none.
    package static var arguments: [String] {
        guard let bytes = try? Files.readAll("/proc/self/cmdline", limitBytes: argumentBytesMax), !bytes.isEmpty else {
            return Array(CommandLine.arguments.dropFirst())
        }
        return bytes.split(separator: 0, omittingEmptySubsequences: false).dropFirst().dropLast()
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// More than the kernel passes on, execve(2).
    private static let argumentBytesMax = 8 << 20

    /// Ends this process with a status for whoever started it, exit(3).
    package static func endProcess(_ status: Int32) -> Never {
        tremolo_exit(status)
    }

    /// The effective user of this process; 0 is root.
    package static var userID: UInt32 { UInt32(truncatingIfNeeded: tremolo_user_id()) }

    /// Bytes of memory that this process has in use, from proc(5); nil where that can't be read.
    package static var residentBytes: Int? {
        let bytes = tremolo_resident_bytes()
        return bytes >= 0 ? bytes : nil
    }

    /// True when there is a process with that id, its user's or another's.
    package static func processExists(_ processID: Int32) -> Bool {
        guard processID > 0 else { return false }
        do throws(SystemError) {
            try check(tremolo_signal_process(processID, 0), .kill)
            return true
        } catch {
            return error.isNoPermission
        }
    }

    /// True when a descriptor is a terminal, isatty(3).
    package static func isTerminal(_ descriptor: Int32) -> Bool {
        tremolo_is_terminal(descriptor) != 0
    }

    /// Columns of the terminal behind a descriptor, or nil where there is none or it says 0.
    package static func terminalWidth(_ descriptor: Int32) -> Int? {
        let columns = tremolo_terminal_width(descriptor)
        return columns > 0 ? columns : nil
    }

    /// Lets this process open as many descriptors as its hard limit allows, setrlimit(2).
    ///
    /// - Returns: that number.
    package static func raiseDescriptorLimit() throws(SystemError) -> Int {
        try checked(tremolo_raise_descriptor_limit(), .setrlimit)
    }
}

/// Random bytes from the kernel, getrandom(2): good enough for keys.
package enum SystemRandom {
    /// Random bytes.
    package static func bytes(_ count: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = unsafe bytes.withUnsafeMutableBytes { unsafe tremolo_random($0.baseAddress, $0.count) }
        try check(result, .getrandom)
        return bytes
    }

    /// Overwrites all of a span with random bytes.
    package static func fill(_ bytes: inout MutableSpan<UInt8>) throws(SystemError) {
        let result = unsafe bytes.withUnsafeMutableBytes { unsafe tremolo_random($0.baseAddress, $0.count) }
        try check(result, .getrandom)
    }

    /// A random number, every one as likely as any other.
    package static func uint64() throws(SystemError) -> UInt64 {
        var value: UInt64 = 0
        try check(unsafe tremolo_random(&value, MemoryLayout<UInt64>.size), .getrandom)
        return value
    }
}

/// The variables that the process was started with.
package enum Environment {
    /// The value of a variable, or nil.
    package static func value(_ name: String) -> String? {
        guard let value = unsafe tremolo_environment(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// Removes a variable, so that no program which this one starts takes it for its own. Call it before any other
    /// thread runs.
    package static func remove(_ name: String) {
        // It fails for names that no variable has: those with '=' and the empty one.
        _ = unsafe tremolo_remove_environment(name)
    }
}
