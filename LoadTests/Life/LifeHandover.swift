import LoadEngine

/// What comes with a person's click that the person knows nothing of: programs that ask before a browser does, browsers
/// inside applications that hand over to another, browsers that fetch ahead, and others who got the same mail.
///
/// Only people of `tuned` patterns have it, and its numbers are drawn for themselves: what is held out does not change
/// with it.
enum LifeHandover {
    /// Adds what comes with a click that stands in the story.
    static func add(
        to click: StoryWriter.Draft, of person: LifePerson, into story: inout StoryWriter
    ) {
        guard person.family == .tuned else { return }
        var random = LoadRandom(seed: UInt64(click.seconds * 1e6), stream: UInt64(person.number))
        let isDesktop = [LifeAgents.windowsChrome, LifeAgents.windowsEdge, LifeAgents.macSafari].contains(click.agent)
        switch person.reader {
        case .mailClient where isDesktop && person.mailAgent.contains("ms-office"):
            asksByOffice(click, &random, into: &story)
        case .gmail where click.agent == LifeAgents.androidChrome:
            handsOver(click, from: LifeAgents.androidApplication, &random, into: &story)
        case .gmail where click.agent == LifeAgents.iPhone:
            handsOver(click, from: LifeAgents.iPhoneApplication, &random, into: &story)
        case .webmail where random.chance(0.3):
            fetchesAhead(click, &random, into: &story)
        case _ where random.chance(0.1):
            passesOn(click, from: person, &random, into: &story)
        default: break
        }
    }

    /// Outlook shows the mail, asks with HEAD whether the link is there, may follow it itself, and opens the browser.
    private static func asksByOffice(
        _ click: StoryWriter.Draft, _ random: inout LoadRandom, into story: inout StoryWriter
    ) {
        var office = click
        office.headers = ""
        if random.chance(0.5) {
            office.link = nil
            office.agent = LifeAgents.msOffice
            office.seconds = click.seconds - random.between(1.8, 3)
            office.truth = .person(.tuned, "opens in a mail client")
            story.add(office)
            office.link = click.link
        }
        office.agent = LifeAgents.officeProbe
        office.isHead = true
        office.seconds = click.seconds - random.between(1, 1.6)
        office.truth = .machine(.tuned, "Office asks before a browser does")
        story.add(office)
        office.isHead = false
        for agent in [LifeAgents.msOffice, LifeAgents.outlook] where random.chance(0.5) {
            office.agent = agent
            office.seconds = click.seconds - random.between(0.2, 0.9)
            office.truth = .person(.tuned, "clicks, and Office follows first")
            story.add(office)
        }
    }

    /// The browser inside an application opens the link, and hands it to another.
    private static func handsOver(
        _ click: StoryWriter.Draft, from agent: String, _ random: inout LoadRandom, into story: inout StoryWriter
    ) {
        guard random.chance(0.6) else { return }
        var inside = click
        inside.agent = agent
        inside.seconds = click.seconds - random.between(0.3, 4)
        inside.truth = .person(.tuned, "clicks in an application's browser")
        story.add(inside)
    }

    /// A browser fetches several links of the page that shows the mail before one is clicked.
    private static func fetchesAhead(
        _ click: StoryWriter.Draft, _ random: inout LoadRandom, into story: inout StoryWriter
    ) {
        var ahead = click
        ahead.headers = "Sec-Purpose: prefetch\r\n" + click.headers
        ahead.damage = nil
        let start = click.seconds - random.between(1, 1.5)
        for (place, link) in random.places(3, of: LifeCampaign.targets.count).enumerated() {
            ahead.link = link
            ahead.seconds = start + 0.2 * Double(place)
            ahead.truth = .machine(.tuned, "a browser fetches several links ahead")
            story.add(ahead)
        }
    }

    /// Others follow the link of the same mail at once: members of a list, or those whom it was passed on to.
    private static func passesOn(
        _ click: StoryWriter.Draft, from person: LifePerson, _ random: inout LoadRandom, into story: inout StoryWriter
    ) {
        let others = LifeAgents.browsers(.tuned).filter { $0 != click.agent }.shuffled(using: &random)
        for (place, agent) in others.prefix(3).enumerated() {
            var other = click
            other.agent = agent
            other.address = LifeAddress.passedOn(person.number, place)
            other.seconds = click.seconds + random.between(0.2, 7)
            other.truth = .person(.tuned, "clicks in somebody's mail")
            story.add(other)
        }
    }
}
