import EdgeServer
import Settings

/// `tremolo rebuild`: builds the store again from the journal.
enum RebuildCommand {
    static let command = Command(
        description: CommandDescription(
            name: "rebuild", summary: "builds the store again from the journal, under the rules of today",
            details: [
                "Reports show the old figures until the new ones are complete. It goes through the running server, or "
                    + "works on the folder alone when none runs. Interrupted (control-C, or killed), it leaves the old "
                    + "figures as they are, also in the server, and exits 130.",
                "What has expired is in no journal any more: it begins with the sealed figures (sealed.sqlite), and is "
                    + "refused when these are damaged, missing or an older copy. Put them back from a backup first.",
                "What was counted before and is damaged or gone now is listed on standard error, with its segment and "
                    + "offset and the number of events that it changes.",
            ],
            flags: [
                FlagDescription(
                    switch: "without-sealed",
                    summary: "gives up the figures of what has expired; the sealed ones are set aside")
            ])
    ) { context throws(CommandFailure) in
        let configuration = try context.configuration()
        let progress = ProgressLine(title: "rebuild", unit: .events)
        let interruption = try Interruption.ofCommand()
        do throws(EdgeError) {
            try StoreRebuild(configuration).run(
                withoutSealed: context.arguments.has("without-sealed"), interruption: interruption,
                progress: { counted, total in progress.show(counted, of: total) },
                onLoss: { line in
                    progress.clear()
                    CommandOutput.note("tremolo: rebuild: \(line)")
                })
        } catch {
            progress.clear()
            let failure = CommandFailure(error)
            guard error == .interrupted, let signal = interruption.signal else { throw failure }
            throw CommandFailure(ExitCode(interruptedBy: signal), failure.message)
        }
        progress.clear()
        CommandOutput.note("rebuilt")
        return .done
    }
}
