import EdgeServer
import Engagement
import LinuxSystem
import Settings

/// `tremolo name`: gives a section, experience, version or variation a name that reports show.
enum NameCommand {
    static let command = Command(
        description: CommandDescription(
            name: "name", summary: "gives a section, experience, version or variation a name that reports show",
            details: [
                "The most special of the flags says what is named: --va a variation, --exp-ver a version, --exp-id an "
                    + "experience, --sec alone a section. An empty name takes away the one given before."
            ],
            operands: [OperandDescription("NAME", summary: "the name, at most 256 bytes")], flags: CampaignFlags.flags,
            examples: ["name --sec 8781202 --exp-id 17 'Summer sale'"])
    ) { context throws(CommandFailure) in
        let selection = try CampaignFlags.selection(context.arguments)
        let level: NameRecord.Level =
            selection.va != nil
            ? .variation : selection.expVer != nil ? .version : selection.expId != nil ? .experience : .section
        let name = try CommandInput.value(context.arguments.operands[0])
        let record = NameRecord(
            recordedNanoseconds: SystemClock.realtimeNanoseconds(), level: level, selection: selection, name: name)
        guard let record else {
            throw .usage(
                "name", why: "the name is longer than 256 bytes, or an id that it belongs to is missing",
                whatToDo: "give --sec and, for an experience's parts, --exp-id")
        }
        let how = try FactCommands.run(context) { facts throws(CampaignFacts.Failure) in try facts.add([record]) }
        CommandOutput.note("recorded: the name of the \(level)\(how)")
        return .done
    }
}
