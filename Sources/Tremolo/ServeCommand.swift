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
                    + "problem in it nothing changes.",
            ],
            flags: StandardFlags.serve + [
                FlagDescription(switch: "greet", summary: "prints a link and a pixel to try, and how to see the report")
            ],
            examples: ["serve --config Config/tremolo.json5 --greet"])
    ) { context throws(CommandFailure) in
        let settings = try context.settings()
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
}
