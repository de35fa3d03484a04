import Bytes
import EdgeServer
import Engagement
import LinuxSystem
import Mail
import Settings
import TrackingLinks

/// `tremolo wrap`: turns the links of a mail or a payload into tracking links and adds the pixel.
enum WrapCommand {
    static let command = Command(
        description: CommandDescription(
            name: "wrap", summary: "turns the links of an HTML mail or a JSON payload into tracking links",
            details: [
                "Each http or https link of an `a`, an `area` or a shape of VML is led over the tracking host, "
                    + "and the pixel is put right behind <body>. Everything else stays byte for byte, template code "
                    + "too, and wrapping twice changes nothing.",
                "Left as they are: links of an element marked data-tremolo=\"off\", links for unsubscribing and "
                    + "preferences (data-tremolo=\"on\" wraps them), and what is a tracking link already. "
                    + "data-tremolo-label=\"hero\" on an element gives its link a label, so that one URL used twice is "
                    + "counted apart.",
                "Where code in a link can't be percent-encoded by the sender, the link's target stands raw and last; "
                    + "each such link is named with its line on standard error. Documentation/making-links.md says the "
                    + "rest.",
            ],
            flags: [
                FlagDescription("html", value: "FILE", summary: "the mail's HTML; - reads standard input"),
                FlagDescription("json", value: "FILE", summary: "a payload, JSON or JSON5; - reads standard input"),
                FlagDescription("base", value: "URL", summary: "the tracking host, such as https://trem.example.com"),
            ] + WrapFields.flags + [
                FlagDescription(
                    "esp", value: "NAME",
                    summary: "the sender: its template code, its filter, its do-not-track mark; "
                        + "a name in the folder of the setting 'senders', or a path with a slash"),
                FlagDescription(
                    "leave", value: "TEXT", summary: "leaves links that hold this text, as those for unsubscribing",
                    repeats: true),
                FlagDescription(switch: "label-links", summary: "labels each link without a label by its number"),
                FlagDescription(
                    "link-keys", value: "A,B", summary: "members of a payload that hold links",
                    standard: PayloadSelection.standardKeys.joined(separator: ",")),
                FlagDescription(
                    "pointers", value: "/A/0/B,...",
                    summary: "JSON pointers to links of a payload; alone, no keys count"),
                FlagDescription(
                    "recipients", value: "FILE",
                    summary: "a CSV file: one mail a row, its columns in the place of the tags that name them"),
                FlagDescription("output", value: "DIR", summary: "the folder for the mails of --recipients"),
                FlagDescription(
                    switch: "sign", summary: "signs each link with the newest key for the section (see tremolo sign)"),
                FlagDescription(
                    switch: "decoy",
                    summary: "plants a link that no person sees: whatever follows it is counted as a machine"),
                FlagDescription(
                    switch: "record-sends", summary: "records the send: its time and the number of links in a message"),
            ],
            examples: [
                "wrap --html mail.html --base https://trem.example.com --sec 8781202 --exp-id 17 --cuid '{{ email }}' "
                    + "--esp klaviyo > wrapped.html",
                "wrap --json event.json --base https://www.acme.com --sec 8772046 --cuid - --cuid-type ihe",
                "wrap --html mail.html --base https://trem.example.com --sec 8781202 --cuid '{{email}}' --recipients "
                    + "people.csv --output mails",
            ])
    ) { context throws(CommandFailure) in
        let arguments = context.arguments
        let source = try WrapSource(arguments)
        var options = MailWrapper.Options(base: try base(arguments), fields: try WrapFields.fields(arguments))
        options.profile = try WrapProfile.read(context)
        WrapNotes.write(foreignCodeIn: options)
        options.leave = arguments.values("leave")
        options.numbersLinks = arguments.has("label-links")
        options.decoyTarget = try WrapDecoy.target(context, source, options)
        options.stamp = try WrapStamp.make(context, options)
        let sends = try WrapSends(context, source, options)
        if let recipients = arguments.value("recipients") {
            guard let folder = arguments.value("output") else {
                throw .usage("--output", why: "it is missing", whatToDo: "name the folder that the mails go to")
            }
            let run = try RecipientRun(list: recipients, folder: folder, source: source, options: options)
            let count = try run.run()
            try sends?.record(messages: count.messages, links: count.links)
            return .done
        }
        if arguments.has("output") {
            throw .usage("--output", why: "there is one mail", whatToDo: "give --recipients, or leave it out")
        }
        let wrapped = try source.wrap(MailWrapper(options))
        WrapNotes.write(wrapped, of: source, isSigned: options.stamp != nil)
        try CommandOutput.write(wrapped.render())
        try sends?.record(messages: 1, links: wrapped.trackingLinkCount)
        return .done
    }

    private static func base(_ arguments: ParsedArguments) throws(CommandFailure) -> TrackingBase {
        guard let text = arguments.value("base") else {
            throw .usage("--base", why: "it is missing", whatToDo: "say where tracking links lead")
        }
        return try base(text)
    }

    /// The tracking host of a text.
    static func base(_ text: String) throws(CommandFailure) -> TrackingBase {
        guard let base = TrackingBase(text) else {
            throw .usage(
                "--base", why: "'\(text)' is no tracking host",
                whatToDo: "write http or https, a host and maybe a port, as in https://trem.example.com")
        }
        return base
    }
}

/// The fields of a link, as flags.
enum WrapFields {
    private static let names: [(field: TrackingField, flag: String, value: String, summary: String)] = [
        (.sec, "sec", "ID", "the section; - reads this or another value from standard input"),
        (.expId, "exp-id", "ID", "the experience"), (.expVer, "exp-ver", "ID", "its version"),
        (.va, "va", "TEXT", "its variation, not encoded"),
        (.cuid, "cuid", "TEXT", "the recipient's identifier, or the template tag that prints it"),
        (.cuidType, "cuid-type", "TEXT", "the kind of identifier, such as ihe"),
        (.expVisitId, "exp-visit-id", "ID", "the experience visit"),
        (.mech, "mech", "TEXT", "how the variation was chosen"), (.smech, "smech", "TEXT", "its sub-mechanism"),
    ]

    static let flags = names.map { FlagDescription($0.flag, value: $0.value, summary: $0.summary) }

    /// Only fields that were given stand in links; an empty one stands there empty.
    static func fields(_ arguments: ParsedArguments) throws(CommandFailure) -> CampaignFields {
        var fields = CampaignFields([:])
        for name in names { fields.values[name.field] = try CommandInput.value(arguments, name.flag) }
        guard let section = fields.values[.sec] else {
            throw .usage("--sec", why: "it is missing", whatToDo: "say which section the links belong to")
        }
        guard SectionSettings.isIdentifier(section) else {
            throw .usage(
                "--sec", why: "it is no id of a section", whatToDo: "write 1 to 64 letters, digits, '-' or '_'")
        }
        return fields
    }
}

/// The sender that was named.
enum WrapProfile {
    private static let fileBytesMax = 1 << 20

    static func read(_ context: CommandContext) throws(CommandFailure) -> SenderProfile {
        guard let name = context.arguments.value("esp") else { return .common }
        return try read(path: name.contains("/") ? name : "\(try context.configuration().senders)/\(name).json5")
    }

    /// Reads a data file.
    static func read(path: String) throws(CommandFailure) -> SenderProfile {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.readAll(path, limitBytes: fileBytesMax)
        } catch {
            throw CommandFailure(
                error.isNotFound ? .noInput : error.isNoPermission ? .noPermission : .inputOutput,
                Message(
                    path, why: error.reason,
                    whatToDo: "name a file of the folder that the setting 'senders' says, or a path with a slash"))
        }
        do throws(SenderProfileError) {
            return try SenderProfile(file: bytes.span)
        } catch {
            throw CommandFailure(
                .badInput,
                Message(
                    "\(path):\(error.place.line):\(error.place.column)", why: error.why,
                    whatToDo: "see Config/esp/custom.json5"))
        }
    }
}

/// What signs the links, where somebody asked for it.
enum WrapStamp {
    static func make(_ context: CommandContext, _ options: MailWrapper.Options) throws(CommandFailure) -> LinkStamp? {
        guard context.arguments.has("sign") else { return nil }
        let files: [KeyFile]
        let folder = try context.configuration().keyFolder
        KeyModeNotes.write(folder)
        do throws(EdgeError) {
            files = try KeyFolder.signingKeys(folder)
        } catch {
            throw CommandFailure(error)
        }
        guard !files.isEmpty else {
            throw CommandFailure(
                .noInput,
                Message(folder, why: "it holds no signing key", whatToDo: "make one with tremolo sign --make-key"))
        }
        do throws(SigningRefusal) {
            return try LinkStamp(
                keys: SigningKeyTable(files: files), base: options.base, fields: options.fields,
                profile: options.profile)
        } catch {
            throw .usage("--sign", why: "no link of these fields can be signed", whatToDo: error.explanation)
        }
    }
}

/// What is wrapped: HTML or a payload, as it was read.
struct WrapSource {
    enum Kind {
        case html
        case json(PayloadSelection)
    }

    private static let bytesMax = 256 << 20

    let bytes: [UInt8]
    let kind: Kind
    /// For messages.
    let name: String

    init(_ arguments: ParsedArguments) throws(CommandFailure) {
        let (html, json) = (arguments.value("html"), arguments.value("json"))
        guard let path = html ?? json, html == nil || json == nil else {
            throw .usage(
                "wrap", why: "it takes one of --html and --json", whatToDo: "name one file, or - for standard input")
        }
        for flag in ["link-keys", "pointers"] where json == nil && arguments.has(flag) {
            throw .usage("--\(flag)", why: "HTML has none", whatToDo: "leave it out, or give --json")
        }
        name = path == "-" ? "standard input" : path
        let pointers = Self.list(arguments.value("pointers"))
        let keys = Self.list(arguments.value("link-keys"))
        for pointer in pointers ?? [] where !pointer.hasPrefix("/") {
            throw .usage("--pointers", why: "'\(pointer)' is no JSON pointer", whatToDo: "begin it with a slash")
        }
        let standard = pointers == nil ? PayloadSelection.standardKeys : []
        kind = json == nil ? .html : .json(PayloadSelection(keys: keys ?? standard, pointers: pointers ?? []))
        do throws(SystemError) {
            bytes =
                path == "-"
                ? try StandardStream.input.readAll(limitBytes: Self.bytesMax)
                : try Files.readAll(path, limitBytes: Self.bytesMax)
        } catch {
            throw CommandFailure(
                error.isNotFound ? .noInput : error.isNoPermission ? .noPermission : .inputOutput,
                Message(name, why: error.reason, whatToDo: "name a file that can be read, of at most 256 MiB"))
        }
    }

    private static func list(_ text: String?) -> [String]? {
        text?.split(separator: ",").map(String.init)
    }

    func wrap(_ wrapper: MailWrapper) throws(CommandFailure) -> WrappedMail {
        guard case .json(let selection) = kind else {
            try checkForm()
            return wrapper.wrap(html: bytes)
        }
        do throws(PayloadError) {
            return try wrapper.wrap(json: bytes, selection: selection)
        } catch {
            throw CommandFailure(error, of: name)
        }
    }

    /// Refuses what is no HTML that can be read byte by byte.
    private func checkForm() throws(CommandFailure) {
        switch MailForm(bytes) {
        case .text: break
        case .wide:
            throw CommandFailure(
                .badInput,
                Message(name, why: "it is no UTF-8 but UTF-16, UTF-32 or no text", whatToDo: "save it as UTF-8"))
        case .message:
            throw CommandFailure(
                .badInput,
                Message(
                    name, why: "it is a whole message, with its header",
                    whatToDo: "give its HTML part, decoded, as a file of its own"))
        }
    }

    /// The ending of the mails' names.
    var fileEnding: String { if case .html = kind { "html" } else { "json" } }
}

extension CommandFailure {
    /// What is wrong with a payload.
    init(_ error: PayloadError, of name: String) {
        let place = error.reason.place
        self.init(
            .badInput,
            Message(
                "\(name):\(place.line):\(place.column)", why: error.reason.message,
                whatToDo: "give JSON; comments and JSON5 are read too"))
    }
}
