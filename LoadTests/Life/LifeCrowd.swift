import LoadEngine

/// People who share an address and a browser's string, and follow a popular link at the same time soon after it was
/// sent: behind a carrier's address, a relay's, or a company's way out of its network.
///
/// They are people of `tuned` patterns, and their numbers are drawn for themselves: what is held out does not change.
struct LifeCrowd {
    private let place: Int
    private let pattern: String
    private let agent: String

    /// How many follow the link within seconds: some more than what an office does, some less than a gateway.
    private static let members = 14
    private static let kinds = [
        ("clicks behind a carrier's address", LifeAgents.androidChrome),
        ("clicks behind a private relay", LifeAgents.iPhone),
        ("clicks behind a company's way out", LifeAgents.windowsEdge),
    ]

    /// The crowds of one campaign: none where there are few people, two of each kind at most.
    ///
    /// - Parameter mails: of people who are in no office, all sent at one moment.
    static func play(_ mails: [LifeMail], seed: UInt64, into story: inout StoryWriter) {
        let count = min(kinds.count * 2, mails.count / 100)
        for place in 0..<count {
            let (pattern, agent) = kinds[place % kinds.count]
            let crowd = LifeCrowd(place: place, pattern: pattern, agent: agent)
            let own = mails.enumerated().filter { $0.offset % count == place }.prefix(members).map(\.element)
            var random = LoadRandom(seed: seed, stream: 1 << 32 + UInt64(place))
            crowd.click(own, &random, into: &story)
        }
    }

    private func click(_ mails: [LifeMail], _ random: inout LoadRandom, into story: inout StoryWriter) {
        let start = (mails.map(\.delivered).max() ?? 0) + 60 + Double(place) * 90
        for mail in mails {
            var draft = StoryWriter.Draft(
                seconds: start + random.between(0, 4.5), address: LifeAddress.shared(place), agent: agent, mail: mail,
                link: 0, truth: .person(.tuned, pattern))
            story.add(draft)
            guard random.chance(0.1) else { continue }
            draft.seconds += random.between(1.5, 9)
            draft.link = 1
            story.add(draft)
        }
    }
}
