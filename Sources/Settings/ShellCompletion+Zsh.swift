extension ShellCompletion {
    /// The script for zsh, which it finds as `_PROGRAM` in a folder of its `fpath`.
    func zshLines() -> [String] {
        var lines = [
            "#compdef \(program)",
            "# Completion of \(program) in zsh. Made by '\(program) completion zsh'.",
            "",
            "_\(program)_commands() {",
            "    local -a commands=(",
        ]
        lines += words.map { "        \(Self.quoted("\($0.name):\($0.summary)"))" }
        lines += ["    )", "    _describe -t commands command commands \"$@\"", "}", ""]
        for group in words where !group.parts.isEmpty { lines += zshFunction(of: group) }
        lines += ["_\(program)() {"]
        lines += zshDispatch(
            first: "_\(program)_commands -- '(help:\"\(Self.helpSummary)\")'",
            cases: words.map { word in (word.name, word.onlyCommand.map(zshArguments) ?? ["_\(program)_\(word.name)"]) }
                + [("help", ["_arguments ':command:_\(program)_commands'"])])
        lines += ["}", "", "if [[ $funcstack[1] == _\(program) ]]; then", "    _\(program) \"$@\"", "else"]
        return lines + ["    compdef _\(program) \(program)", "fi"]
    }

    /// The function that completes the parts of a group.
    private func zshFunction(of group: Word) -> [String] {
        let items = group.parts.map { "\($0.lastWord):\($0.summary)" }.map(Self.quoted).joined(separator: " ")
        var lines = ["_\(program)_\(group.name)_parts() {", "    local -a parts=(\(items))"]
        lines += ["    _describe -t parts part parts", "}", "", "_\(program)_\(group.name)() {"]
        lines += zshDispatch(
            first: "_\(program)_\(group.name)_parts", flags: group.command?.flags ?? [],
            cases: group.parts.map { ($0.lastWord, zshArguments($0)) })
        return lines + ["}", ""]
    }

    /// The body of a function that completes a first word itself, and hands what follows to the case of that word.
    private func zshDispatch(
        first: String, flags: [FlagDescription] = [], cases: [(String, [String])]
    ) -> [String] {
        var lines = [
            "    local curcontext=$curcontext context state state_descr line ret=1",
            "    typeset -A opt_args",
            "    _arguments -C -S \\",
        ]
        lines += (flags + commonFlags).map { "        \(zshFlag($0)) \\" }
        lines += [
            "        ':first word:->first' '*:: :->rest' && ret=0",
            "    case $state in",
            "        first) \(first) && ret=0 ;;",
            "        rest)",
            "            case $words[1] in",
        ]
        for (name, body) in cases {
            lines += ["                \(name))"] + body.map { "                    \($0)" }
            lines[lines.count - 1] += " && ret=0"
            lines.append("                    ;;")
        }
        return lines + ["            esac", "            ;;", "    esac", "    return ret"]
    }

    private func zshArguments(_ command: CommandDescription) -> [String] {
        let flags = (command.flags + commonFlags).map(zshFlag)
        let operands = command.operands.map { operand in
            let place = operand.repeats ? "*:" : operand.isOptional ? "::" : ":"
            let name = Self.zshText(operand.name)
            // With nothing but a message in the usual form (a space), zsh would offer no flag in the operand's place.
            let action = operand.offer == .nothing ? "_message \(name)" : zshAction(operand.offer)
            return Self.quoted("\(place)\(name):\(action)")
        }
        let all = flags + operands
        return ["_arguments -S \\"] + all.dropLast().map { "    \($0) \\" } + all.suffix(1).map { "    \($0)" }
    }

    private func zshFlag(_ flag: FlagDescription) -> String {
        let summary = "[\(Self.zshText(flag.summary))]"
        let name = "\(flag.repeats ? "*" : "")--\(flag.name)"
        guard let value = flag.value, let offer = flag.offer else { return Self.quoted("\(name)\(summary)") }
        return Self.quoted("\(name)=\(summary):\(Self.zshText(value)):\(zshAction(offer))")
    }

    private func zshAction(_ offer: ArgumentOffer) -> String {
        switch offer {
        case .nothing: " "
        case .choices(let choices): "(\(choices.joined(separator: " ")))"
        case .file: "_files"
        case .folder: "_files -/"
        }
    }

    /// A text inside a specification of `_arguments`, for which colons and brackets mean something.
    private static func zshText(_ text: String) -> String {
        var escaped = ""
        for character in text {
            if "\\[]:".contains(character) { escaped.append("\\") }
            escaped.append(character)
        }
        return escaped
    }
}
