extension ShellCompletion {
    /// The script for bash 4.3 and newer, which needs nothing of the package bash-completion.
    func bashLines() -> [String] {
        [
            "# Completion of \(program) in bash. Made by '\(program) completion bash'.",
            "",
            "# What may follow a command: its parts, its flags and those of them that repeat, and its arguments.",
            "_\(program)_command() {",
            "    parts= flags= repeating= arguments=() more=",
            "    case $1 in",
        ] + commandCases() + [
            "    esac",
            "}",
            "",
            "# What may stand for the value of a flag of a command; fails for a switch.",
            "_\(program)_value() {",
            "    case \"$1 $2\" in",
        ] + valueCases() + [
            "        *) return 1 ;;",
            "    esac",
            "}",
        ] + bashOfferFunction() + bashMainFunction() + ["complete -F _\(program) \(program)"]
    }

    private func commandCases() -> [String] {
        let groups = words.filter { $0.command == nil }
        let top = words.map(\.name).joined(separator: " ")
        var cases = ["        '') parts='\(top)' ;;"]
        cases += groups.map { group in
            "        \(Self.quoted(group.name))) parts='\(group.parts.map(\.lastWord).joined(separator: " "))' ;;"
        }
        for command in reader.commands {
            let flags = command.flags.map { "--\($0.name)" }.joined(separator: " ")
            let parts = words.first { $0.name == command.name }?.parts ?? []
            let repeating = command.flags.filter(\.repeats).map { "--\($0.name)" }.joined(separator: " ")
            var line = "        \(Self.quoted(command.name))) flags='\(flags)'"
            if !parts.isEmpty { line += " parts='\(parts.map(\.lastWord).joined(separator: " "))'" }
            if !repeating.isEmpty { line += " repeating='\(repeating)'" }
            if !command.operands.isEmpty {
                let offers = command.operands.map { Self.quoted(Self.bashOffer($0.offer)) }
                line += " arguments=(\(offers.joined(separator: " ")))"
                if command.operands.last?.repeats == true { line += " more=\(offers.last ?? "")" }
            }
            cases.append(line + " ;;")
        }
        return cases
    }

    private func valueCases() -> [String] {
        func cases(_ flags: [FlagDescription], _ pattern: (String) -> String) -> [String] {
            flags.compactMap { flag in
                flag.offer.map { "        \(pattern("--\(flag.name)"))) offer='\(Self.bashOffer($0))' ;;" }
            }
        }
        let own = reader.commands.flatMap { command in cases(command.flags) { Self.quoted("\(command.name) \($0)") } }
        return own + cases(reader.sharedFlags) { "*\(Self.quoted(" \($0)"))" }
    }

    private static func bashOffer(_ offer: ArgumentOffer) -> String {
        switch offer {
        case .nothing: ""
        case .choices(let choices): choices.joined(separator: " ")
        case .file: "<file>"
        case .folder: "<folder>"
        }
    }

    /// The function that makes answers of an offer.
    private func bashOfferFunction() -> [String] {
        """

        # Answers with what an offer has that begins as the word does. A name that the shell must unquote first is left
        # to readline.
        _\(program)_offer() {
            case $1 in
                '<file>')
                    compopt -o filenames -o default 2>/dev/null
                    mapfile -t COMPREPLY < <(compgen -f -- "$2")
                    ;;
                '<folder>')
                    compopt -o filenames -o dirnames 2>/dev/null
                    mapfile -t COMPREPLY < <(compgen -d -- "$2")
                    ;;
                *) mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2") ;;
            esac
        }
        """.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The function that bash calls.
    private func bashMainFunction() -> [String] {
        let shared = commonFlags.map { "--\($0.name)" }.joined(separator: " ")
        return """

            _\(program)() {
                local IFS=$' \\t\\n' words=() word glued= index command= helps= awaited= ended= used=' ' count=0
                local parts flags repeating arguments more offer
                COMPREPLY=()

                # Readline breaks words at = and :, which separate nothing here.
                for ((index = 1; index <= COMP_CWORD; index++)); do
                    word=${COMP_WORDS[index]}
                    if [[ ${#words[@]} -gt 0 && ( $glued || $word =~ ^[=:]+$ ) ]]; then
                        words[-1]+=$word
                    else
                        words+=("$word")
                    fi
                    [[ $word =~ ^[=:]+$ ]] && glued=1 || glued=
                done
                [[ ${#words[@]} -gt 0 ]] || return 0
                local current=${words[-1]}
                unset 'words[-1]'

                _\(program)_command ''
                for word in "${words[@]}"; do
                    if [[ $awaited ]]; then
                        awaited=
                    elif [[ ! $ended && $word == -?* ]]; then
                        used+="${word%%=*} "
                        [[ $word != -- ]] || ended=1
                        if [[ $word != *=* ]] && _\(program)_value "$command" "$word"; then awaited=$word; fi
                    elif [[ ! $command && $word == help ]]; then
                        helps=1
                    elif [[ $parts ]]; then
                        command+=${command:+ }$word
                        _\(program)_command "$command"
                    else
                        count=$((count + 1))
                    fi
                done

                if [[ $awaited ]]; then
                    _\(program)_value "$command" "$awaited"
                    _\(program)_offer "$offer" "$current"
                elif [[ ! $ended && $current == --*=* ]]; then
                    word=${current%%=*}
                    _\(program)_value "$command" "$word" || return 0
                    _\(program)_offer "$offer" "${current#*=}"
                    # Where readline does not break words at =, the flag is part of what is replaced.
                    if [[ $COMP_WORDBREAKS != *=* ]]; then COMPREPLY=("${COMPREPLY[@]/#/$word=}"); fi
                elif [[ ! $ended && $current == -* ]]; then
                    offer=
                    for word in $flags \(shared); do
                        if [[ $used != *" $word "* || " $repeating " == *" $word "* ]]; then offer+="$word "; fi
                    done
                    _\(program)_offer "$offer" "$current"
                elif [[ $parts ]]; then
                    [[ $command || $helps ]] || parts+=' help'
                    _\(program)_offer "$parts" "$current"
                elif [[ ! $helps ]]; then
                    _\(program)_offer "${arguments[count]-$more}" "$current"
                fi
            }

            """.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}
