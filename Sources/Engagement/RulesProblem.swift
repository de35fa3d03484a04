package import Bytes

/// What is wrong with a line of a rules file.
package enum RulesProblem: Equatable, Sendable {
    /// The file, or a rule in it, is no object.
    case notAnObject
    /// The rules of one kind are no list.
    case notAList
    /// The value has to be text.
    case notText
    /// Nothing has this key here.
    case unknownKey(String)
    /// A rule can't do without this key.
    case missingKey(String)
    /// A rule compares in exactly one way.
    case notOneTest
    /// No class that a rule may give has this name.
    case unknownClass(String)
    /// A rule is for clicks or for opens.
    case unknownKind(String)
    /// Rules may name `GET` and `HEAD`.
    case unknownMethod(String)
    /// The header is not kept with events, so nothing can be judged by it.
    case unknownHeader(String)
    /// A rule may ask that `Referer` is missing, and no other header.
    case unknownAbsence(String)
    /// A pattern that would match everything.
    case emptyPattern
    /// A text longer than the user agent that events keep.
    case tooLong(limitBytes: Int)
    /// Another rule speaks of the same user agent.
    case repeated(firstFile: String, firstAt: TextPlace)
    /// A reason that says nothing.
    case emptyReason
    /// A label that events can't carry.
    case badLabel
    /// A text that is no range of addresses.
    case notARange(String)
    /// A network that decides nothing needs no reason.
    case reasonWithoutClass
    /// More networks than can be numbered.
    case tooManyNetworks(limit: Int)
    /// More ranges than are kept in memory.
    case tooManyRanges(limit: Int)
    /// A timing rule looks for exactly one thing.
    case notOnePattern
    /// Nothing that events agree or differ in has this name.
    case unknownField(String)
    /// A key that means nothing in this rule.
    case needless(String)
    /// A key that is `true` or left out.
    case notTrue(String)
    /// A rule can't count different values of what its events have in common.
    case countsWhatIsCommon(String)
    /// Events that have neither person nor address in common are no group.
    case nobodysGroup
    /// A timing rule looks near a reason that no rule gives.
    case unknownReason(String)
    /// A number of different ones.
    case notACount
    /// A time.
    case notASpan(longestSeconds: Double)
    /// `counts` has one value.
    case notUndecided
    /// An exception to a rule that compares the whole user agent.
    case exceptionToWhole
    /// More text to look for than can be numbered.
    case tooMuchText(limitBytes: Int)
    /// More texts in rules with several of them than can be kept in mind while a user agent is read.
    case tooManyParts(limit: Int)
    /// More rules than can be numbered.
    case tooManyRules(limit: Int)
}

extension RulesProblem: CustomStringConvertible {
    /// What is wrong and what to do.
    package var description: String {
        switch self {
        case .notAnObject: "expected an object: write { … }"
        case .notAList: "expected a list of rules: write [ … ]"
        case .notText: "expected text: put it into quotes"
        case .unknownKey(let key): "nothing is called \(JSONWriter.quoted(key)) here: correct or remove it"
        case .missingKey(let key): "the rule lacks the key `\(key)`: add it"
        case .notOneTest: "a rule compares in exactly one way: give one of `is`, `begins`, `contains`, `word`"
        case .unknownClass(let name):
            "there is no class \(JSONWriter.quoted(name)): write human, proxy, prefetch or machine"
        case .unknownKind(let name): "there is no kind \(JSONWriter.quoted(name)): write click or open, or leave it out"
        case .unknownMethod(let name): "rules can't look for \(JSONWriter.quoted(name)): write GET or HEAD"
        case .unknownHeader(let name):
            "rules can't look at \(JSONWriter.quoted(name)): write Sec-Purpose, Purpose, X-Moz or X-Purpose"
        case .unknownAbsence(let name):
            "rules can't ask for a request without \(JSONWriter.quoted(name)): write Referer, or leave it out"
        case .emptyPattern: "an empty text would match everything: write what to look for"
        case .tooLong(let limit): "it is longer than \(limit) bytes, which is what events keep: shorten it"
        case .repeated(let file, let place): "another rule is for the same user agent (\(file), \(place)): remove one"
        case .emptyReason: "an empty reason tells nobody why: write a word for it"
        case .badLabel: "a label has letters, digits, spaces and - . _ alone, 1 to 256 of them"
        case .notARange(let text):
            "\(JSONWriter.quoted(text)) is no range of addresses: write 192.0.2.0/24 or 2001:db8::/32, every bit "
                + "behind the prefix 0"
        case .reasonWithoutClass: "a network without `class` decides nothing: add `class`, or remove this"
        case .tooManyNetworks(let limit): "there are more than \(limit) labels: remove some"
        case .tooManyRanges(let limit): "there are more than \(limit) ranges: remove some"
        case .notOnePattern: "a timing rule looks for one thing: give one of `distinct`, `near`, `afterSend`"
        case .unknownField(let name):
            "events are not compared by \(JSONWriter.quoted(name)): write person, link, address or agent"
                + " (or message, in `by`)"
        case .needless(let key): "`\(key)` means nothing in this rule: remove it"
        case .notTrue(let key): "`\(key)` is true or left out"
        case .countsWhatIsCommon(let field):
            "events that have the \(field) in common can't differ in it: take it out of `by`"
        case .nobodysGroup: "events of anybody from anywhere are no group: add person or address"
        case .unknownReason(let reason):
            "no rule on an event alone has the reason \(JSONWriter.quoted(reason)): correct it, or add such a rule"
        case .notACount: "expected a whole number from 2 to 1,000,000"
        case .notASpan(let longest):
            "expected seconds: a number from 0.001 to \(Int(longest)), because what lies in that time is held in memory"
        case .notUndecided: "`counts` is \"undecided\", or left out where every event counts"
        case .exceptionToWhole: "what `is` compares has no exception: remove `unless`"
        case .tooMuchText(let limit):
            "the rules on user agents look for more than \(limit) bytes of text: shorten or remove some"
        case .tooManyParts(let limit):
            "rules with `unless` or several parts to `contains` have more than \(limit) parts: remove some"
        case .tooManyRules(let limit): "there are more than \(limit) rules: remove some"
        }
    }
}
