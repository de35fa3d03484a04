import CLinux

/// Another program, run to its end: what it reads and writes are files in memory, so that neither side waits for the
/// other. It bounds its own time.
package enum ChildProgram {
    /// How a program ended.
    package struct Outcome: Sendable {
        /// Its exit status, or 128 and the number of the signal that ended it.
        package let status: Int
        /// What it wrote to standard output.
        package let output: [UInt8]
        /// What it wrote to standard error.
        package let errors: [UInt8]
    }

    /// Runs a program.
    ///
    /// - Parameters:
    ///   - name: what is looked for in PATH.
    ///   - arguments: at most 63, without zero bytes.
    ///   - input: what it reads from standard input: secrets stand here, since everybody sees arguments.
    ///   - outputBytesMax: more than this is an error, and ends the program (SIGXFSZ): what it writes stands in memory.
    /// - Returns: nil where there is no such program.
    package static func run(
        _ name: String, _ arguments: [String], input: [UInt8] = [], outputBytesMax: Int = 4 << 20
    ) throws(SystemError) -> Outcome? {
        let given = try memory("tremolo-input")
        try given.writeAll(input.span, at: 0)
        let output = try memory("tremolo-output")
        let errors = try memory("tremolo-errors")
        var texts: [UInt8] = []
        for text in [name] + arguments {
            precondition(!text.utf8.contains(0), "an argument ends at its zero byte")
            texts.append(contentsOf: text.utf8)
            texts.append(0)
        }
        let result = unsafe texts.withUnsafeBytes { bytes in
            unsafe tremolo_run(
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self), arguments.count + 1, given.rawValue,
                output.rawValue, errors.rawValue, UInt64(outputBytesMax) + 1)
        }
        do throws(SystemError) {
            let status = try checked(result, .spawn)
            return Outcome(
                status: status, output: try contents(of: output, outputBytesMax),
                errors: try contents(of: errors, outputBytesMax))
        } catch {
            if error.isNotFound { return nil }
            throw error
        }
    }

    private static func memory(_ name: String) throws(SystemError) -> FileDescriptor {
        FileDescriptor(owning: Int32(truncatingIfNeeded: try checked(unsafe tremolo_memory_file(name), .memfdCreate)))
    }

    /// The program has moved the place that it shares with this process to the end.
    private static func contents(of file: borrowing FileDescriptor, _ limitBytes: Int) throws(SystemError) -> [UInt8] {
        let copy = try FileDescriptor.open("/proc/self/fd/\(file.rawValue)", .read)
        return try Files.readAll(of: copy, limitBytes: limitBytes)
    }
}
