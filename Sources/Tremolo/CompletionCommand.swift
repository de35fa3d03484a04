import Settings

/// `tremolo completion`: what a shell reads to complete command lines.
enum CompletionCommand {
    static let command = Command(
        description: CommandDescription(
            name: "completion", summary: "prints what a shell reads to complete commands, flags and values",
            details: [
                "For the shell that is open: source <(tremolo completion bash) in bash, source <(tremolo completion "
                    + "zsh) in zsh behind compinit, tremolo completion fish | source in fish. The Debian package and "
                    + "make install put it where shells look for it."
            ],
            operands: [
                OperandDescription(
                    "SHELL", summary: "the shell", choices: ShellCompletion.Shell.allCases.map(\.rawValue))
            ],
            examples: ["completion bash > /etc/bash_completion.d/tremolo"])
    ) { context throws(CommandFailure) in
        guard let shell = ShellCompletion.Shell(rawValue: context.arguments.operands[0]) else {
            preconditionFailure("the argument reader let a shell pass that is no choice")
        }
        let completion = ShellCompletion(program: Program.name, reader: Program.reader)
        try CommandOutput.write(completion.script(for: shell))
        return .done
    }
}
