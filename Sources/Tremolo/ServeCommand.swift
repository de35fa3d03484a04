import EdgeServer
import LinuxSystem
import Settings

/// `tremolo serve`: runs the edge until told to stop.
enum ServeCommand {
    static let command = Command(
        description: CommandDescription(
            name: "serve", summary: "runs the edge, the aggregator and the admin pages until told to stop",
            details: [
                "SIGTERM and SIGINT stop it in good order: readiness fails first, requests are answered for "
                    + "drainDelay, what is in flight finishes, the journal is synced and counted. A second signal "
                    + "cuts the delay short.",
                "SIGHUP, or POST /reload on the admin listener, reads the configuration again: sections change at once "
                    + "and without a closed connection, what needs a restart is named and stays as it was, and with a "
                    + "problem in it nothing changes. SIGUSR1 opens the log's file again.",
            ],
            flags: StandardFlags.serve + [
                FlagDescription(
                    switch: "greet", summary: "prints a link and a pixel to try, and how to see the report"),
                FlagDescription(
                    "clock", value: "FILE",
                    summary: "for demonstrations and tests: events happen at the time in these 8 bytes (nanoseconds "
                        + "since 1970, little-endian), not at the system's"),
            ],
            examples: ["serve --config Config/tremolo.json5 --greet"])
    ) { context throws(CommandFailure) in
        let settings = try context.settings()
        if let path = context.arguments.value("clock") { try follow(clock: path) }
        do throws(EdgeError) {
            let server = try TrackingServer(settings.configuration, reading: context.readingAgain())
            if context.arguments.has("greet") {
                CommandOutput.note(Greeting.text(listeningOn: server.edgeAddress, settings.configuration))
            }
            try server.run()
        } catch {
            throw CommandFailure(error)
        }
        return .done
    }

    /// Has the server live by another clock, and says so: figures of such a server are no record of what happened.
    private static func follow(clock path: String) throws(CommandFailure) {
        let found: ClockFile?
        do throws(SystemError) {
            found = try ClockFile.open(path)
        } catch {
            throw CommandFailure(
                error.isNotFound ? .noInput : error.isNoPermission ? .noPermission : .inputOutput,
                Message(path, why: error.reason, whatToDo: "name the clock's file, or leave --clock out"))
        }
        guard let clock = found else {
            throw CommandFailure(
                .badInput,
                Message(
                    path, why: "it is no clock: a file of at least \(ClockFile.byteCount) bytes",
                    whatToDo: "let the program that sets the time make it, or leave --clock out"))
        }
        SystemClock.follow(clock)
        ServerLog().write(
            .warning, "clock", ("file", path),
            ("what", "events happen at the time of this file: for demonstrations and tests alone"))
    }
}
