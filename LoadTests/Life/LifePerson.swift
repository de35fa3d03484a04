import LoadEngine

/// Somebody who gets the mails: where they live, what they read with, and where they work.
struct LifePerson {
    /// What opens a person's mails.
    enum Reader: CaseIterable {
        case appleProtected, gmail, yahoo, mailClient, webmail
    }

    let number: Int
    let family: Truth.Family
    /// Hours that their clock is ahead of UTC.
    let hoursAhead: Double
    let language: String
    let reader: Reader
    /// What loads images, where the reader does it itself.
    let mailAgent: String
    let browser: String
    let company: LifeCompany?
    /// What the mail system on the way to them does to links.
    let damage: LinkDamage?

    /// City, hours ahead of UTC, language.
    static let places: [(hoursAhead: Double, language: String)] = [
        (-8, "en-US"), (-5, "en-US"), (-3, "pt-BR"), (0, "en-GB"), (1, "de-DE"), (5.5, "en-IN"), (9, "ja-JP"),
        (11, "en-AU"),
    ]

    init(_ number: Int, company: LifeCompany?, _ random: inout LoadRandom) {
        self.number = number
        self.company = company
        family = company?.family ?? (random.chance(0.6) ? .tuned : .heldOut)
        (hoursAhead, language) = company.map { Self.places[$0.place] } ?? random.pick(Self.places)
        reader =
            company != nil
            ? random.pick([.mailClient, .mailClient, .mailClient, .webmail])
            : random.pick([
                .appleProtected, .appleProtected, .appleProtected, .gmail, .gmail, .gmail, .yahoo, .mailClient,
                .webmail,
            ])
        mailAgent = random.pick(LifeAgents.mailClients(family))
        let own = random.pick(LifeAgents.browsers(family))
        browser = company.map { random.chance(0.6) ? $0.browser : own } ?? own
        damage = random.chance(0.05) ? random.pick(LinkDamage.allCases) : nil
    }

    /// Everything that this person and their provider do with one mail.
    func read(_ mail: LifeMail, _ random: inout LoadRandom, into story: inout StoryWriter) {
        prefetch(mail, &random, into: &story)
        guard random.chance(0.55) else { return }
        let opened = readingTime(mail, &random)
        open(mail, at: opened, &random, into: &story)
        if random.chance(0.2) { open(mail, at: opened + random.between(600, 30_000), &random, into: &story) }
        if random.chance(mail.campaign.variations[mail.variation].clickRate) {
            click(mail, openedAt: opened, &random, into: &story)
        }
        if random.chance(0.02) { share(mail, at: opened + random.between(20, 400), &random, into: &story) }
    }

    /// The provider fetches images before anybody has looked.
    private func prefetch(_ mail: LifeMail, _ random: inout LoadRandom, into story: inout StoryWriter) {
        if reader == .appleProtected {
            story.add(
                StoryWriter.Draft(
                    seconds: mail.delivered + random.between(20, 20_000),
                    address: LifeAddress.provider(random.number(0...40)), agent: LifeAgents.appleProxy, mail: mail,
                    truth: .machine(family, "Apple's protection fetches ahead")))
        } else if reader == .gmail, random.chance(0.1) {
            story.add(
                StoryWriter.Draft(
                    seconds: mail.delivered + random.between(1, 60),
                    address: LifeAddress.provider(100 + random.number(0...40)), agent: LifeAgents.gmailPrefetch,
                    mail: mail, truth: .machine(family, "Gmail fetches ahead"),
                    headers: "Referer: http://mail.google.com/\r\n"))
        }
    }

    /// Seconds at which they first look: soon, or hours later, but not at night.
    private func readingTime(_ mail: LifeMail, _ random: inout LoadRandom) -> Double {
        let isSoon = random.chance(0.3)
        let wanted = mail.delivered + 20 + random.exponential() * (isSoon ? 900 : 12_000)
        let localHour = (wanted / 3_600 + hoursAhead + 48).truncatingRemainder(dividingBy: 24)
        guard localHour < 7 else { return wanted }
        return wanted + (7 - localHour) * 3_600 + random.between(0, 7_200)
    }

    private func open(
        _ mail: LifeMail, at seconds: Double, _ random: inout LoadRandom, into story: inout StoryWriter
    ) {
        var draft = StoryWriter.Draft(
            seconds: seconds, address: place(&random), agent: mailAgent, mail: mail,
            truth: .person(family, "opens in a mail client"))
        switch reader {
        case .mailClient: break
        case .webmail:
            draft.agent = browser
            draft.headers = "Referer: https://webmail.example/\r\n\(browserHeaders)"
            draft.truth = .person(family, "opens in a browser")
        case .gmail:
            draft.agent = LifeAgents.gmailProxy
            draft.address = LifeAddress.provider(100 + random.number(0...40))
            draft.truth = .person(family, "opens behind Gmail's proxy")
        case .yahoo:
            draft.agent = LifeAgents.yahooProxy
            draft.address = LifeAddress.provider(200 + random.number(0...40))
            draft.truth = .person(family, "opens behind Yahoo's proxy")
        case .appleProtected:
            // Mostly Apple has the image already and nobody learns of it.
            guard random.chance(0.3) else { return }
            draft.agent = LifeAgents.appleProxy
            draft.address = LifeAddress.provider(random.number(0...40))
            draft.truth = .person(family, "opens behind Apple's protection")
        }
        story.add(draft)
    }

    private func place(_ random: inout LoadRandom) -> UInt32 {
        if let company, random.chance(0.85) { return LifeAddress.office(company.number) }
        return random.chance(0.25) ? LifeAddress.mobile(number) : LifeAddress.home(number)
    }

    private var browserHeaders: String {
        "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nAccept-Language: \(language),en;q=0.5\r\n"
            + "Accept-Encoding: gzip, deflate, br\r\n"
    }

    private func click(
        _ mail: LifeMail, openedAt opened: Double, _ random: inout LoadRandom, into story: inout StoryWriter
    ) {
        let isHeldOut = family == .heldOut
        let links = random.places(3, of: LifeCampaign.targets.count)
        let first = opened + (isHeldOut ? 1.2 + random.exponential() * 6 : 3 + random.exponential() * 15)
        var draft = StoryWriter.Draft(
            seconds: first, address: place(&random), agent: browser, mail: mail, link: links[0],
            truth: .person(family, company == nil ? "clicks" : "clicks in an office"), damage: damage,
            headers: "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\n"
                + "Sec-Fetch-Dest: document\r\n\(browserHeaders)")
        let usesTabs = random.chance(isHeldOut ? 0.01 : 0.004)
        if usesTabs {
            draft.truth = .person(family, Truth.tabs)
        } else if damage != nil {
            draft.truth = .person(family, "clicks a damaged link")
        }
        company?.checkClick(of: draft, &random, into: &story)
        if random.chance(0.01) {
            var ahead = draft
            ahead.seconds -= random.between(0.3, 2)
            ahead.headers = "Sec-Purpose: prefetch;prerender\r\n" + ahead.headers
            ahead.truth = .machine(family, "a browser fetches ahead")
            story.add(ahead)
        }
        story.add(draft)
        LifeHandover.add(to: draft, of: self, into: &story)
        func again(_ link: Int, after seconds: Double, _ pattern: String) {
            draft.seconds += seconds
            draft.link = link
            draft.truth = .person(family, pattern)
            story.add(draft)
        }
        if usesTabs {
            // The price of the strongest sign there is: three tabs in two seconds.
            again(links[1], after: random.between(0.4, 0.9), Truth.tabs)
            again(links[2], after: random.between(0.4, 0.9), Truth.tabs)
        } else if random.chance(0.12) {
            again(links[0], after: random.between(isHeldOut ? 0.3 : 2, 40), "clicks the same link again")
        } else if random.chance(0.25) {
            again(links[1], after: random.between(isHeldOut ? 1.5 : 5, 70), "clicks a second link")
            if random.chance(0.2) { again(links[2], after: random.between(5, 70), "clicks a third link") }
        }
    }

    /// A link is pasted into a chat, whose server looks at it.
    private func share(
        _ mail: LifeMail, at seconds: Double, _ random: inout LoadRandom, into story: inout StoryWriter
    ) {
        story.add(
            StoryWriter.Draft(
                seconds: seconds, address: LifeAddress.provider(300 + random.number(0...40)),
                agent: random.pick(LifeAgents.previews(family)), mail: mail,
                link: random.number(0...LifeCampaign.targets.count - 1), truth: .machine(family, "a chat's preview")))
    }
}
