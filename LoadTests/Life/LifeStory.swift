import LoadEngine

/// Two campaigns in the life of some people: every request that comes, when, and what it really was.
///
/// **Problem.** Whether machines are told from people can only be measured where the truth is known, and a journal does
/// not know it.
///
/// **Shape.** A seed makes people in several time zones with their mail clients and browsers, offices with a gateway
/// each, and what all of these do with the mails of two campaigns in three days. Requests have the bytes and addresses
/// that a server would see; `expVisitId` is a request's place in the story, so that an event leads back to its truth.
///
/// **Guarantees.** The same seed and number of people tell the same story. Half of the patterns are those that rules
/// were made for (`tuned`), the others have other sizes, delays, spreads and agents (`heldOut`).
///
/// **Not promised.** Nobody counted how often a pattern occurs out there: recall of the whole is that of this mixture.
package struct LifeStory: Sendable {
    /// Every request, in the order of time.
    package let requests: [LifeRequest]
    /// What was sent when, in the order of time.
    package let sends: [LifeSend]
    /// How long it is; it begins at midnight UTC.
    package static let seconds: UInt64 = 3 * 86_400

    /// Tells the story of a seed.
    ///
    /// - Parameter people: how many get the mails; at least 40 make sense.
    package init(seed: UInt64, people: Int) {
        var random = LoadRandom(seed: seed)
        let companyCount = LifeCompany.Gateway.allCases.count * 2
        let companies = (0..<companyCount).map { LifeCompany($0, &random) }
        // Three in ten are at work.
        let persons = (0..<people).map { number in
            let place = (number / 10 * 3 + number % 10) % companyCount
            return LifePerson(number, company: number % 10 < 3 ? companies[place] : nil, &random)
        }
        var story = StoryWriter()
        var sends: [LifeSend] = []
        for (place, campaign) in LifeCampaign.all.enumerated() {
            var counts: [Double: [Int]] = [:]
            var atHome: [Double: [LifeMail]] = [:]
            for person in persons {
                var own = LoadRandom(seed: seed, stream: UInt64(place * people + person.number + 1))
                let variation = own.number(0...campaign.variations.count - 1)
                let sent = (campaign.sendHour ?? 33 - person.hoursAhead) * 3_600
                counts[sent, default: campaign.variations.map { _ in 0 }][variation] += 1
                let delivery = person.company?.delivery(&own) ?? own.between(2, 600)
                let mail = LifeMail(
                    campaign: campaign, variation: variation, person: person.number, sent: sent,
                    delivered: sent + delivery)
                person.company?.scan(mail, &own, into: &story)
                person.read(mail, &own, into: &story)
                if person.company == nil, person.family == .tuned { atHome[sent, default: []].append(mail) }
            }
            let largest = atHome.max { ($0.value.count, $0.key) < ($1.value.count, $1.key) }
            LifeCrowd.play(largest?.value ?? [], seed: seed &+ UInt64(place), into: &story)
            for (sent, messages) in counts {
                for (variation, count) in messages.enumerated() where count > 0 {
                    sends.append(
                        LifeSend(
                            timeNanoseconds: UInt64(sent * 1e9), campaign: campaign, variation: variation,
                            messages: count))
                }
            }
        }
        requests = story.requests(endSeconds: Double(Self.seconds))
        self.sends = sends.sorted {
            ($0.timeNanoseconds, $0.campaign.experience, $0.variation)
                < ($1.timeNanoseconds, $1.campaign.experience, $1.variation)
        }
    }
}
