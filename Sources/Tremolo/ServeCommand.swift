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
                    + "cuts the delay short."
            ],
            flags: StandardFlags.serve + [
                FlagDescription(switch: "greet", summary: "prints a link and a pixel to try, and how to see the report")
            ],
            examples: ["serve --config Config/tremolo.json5 --greet"])
    ) { context throws(CommandFailure) in
        let settings = try context.settings()
        do throws(EdgeError) {
            let server = try TrackingServer(settings.configuration)
            if context.arguments.has("greet") {
                CommandOutput.note(greeting(server, settings.configuration))
            }
            try server.run()
        } catch {
            throw CommandFailure(error)
        }
        return .done
    }

    /// What a newcomer can try next.
    private static func greeting(_ server: TrackingServer, _ configuration: Configuration) -> String {
        let base = "http://\(server.edgeAddress)"
        let section = configuration.sections.first
        let host = section?.hosts.first { !$0.hasPrefix("*") } ?? "www.example.com"
        let fields = "cuid=you%40mail.example&cuidType=ihe&sec=\(section?.id ?? "1")&expId=1&expVer=1&va="
        let data = configuration.data == "data" ? "" : " --data \(configuration.data)"
        return """

            Tremolo answers on \(base). Try a tracking link in a browser:
              \(base)/tremclk?\(fields)&targetUrl=https%3A%2F%2F\(host)%2F
            and a pixel:
              \(base)/tremop?\(fields)
            Then see the report, from another terminal:
              .build/release/tremolo report\(data)
            Stop with control-C.
            """
    }
}
