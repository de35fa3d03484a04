import LoadEngine

/// An office: people behind one address, and a gateway that looks at their mail before they do.
struct LifeCompany {
    /// What the gateway does with a mail.
    enum Gateway: CaseIterable {
        /// Fetches all links from one address.
        case burst
        /// Asks with HEAD, then GET.
        case headThenGet
        /// Fetches from several addresses.
        case manyAddresses
        /// Changes its user agent with each request.
        case changingAgents
        /// Says what it is.
        case named
        /// Fetches the links one by one.
        case slow
        /// Fetches one link of each recipient's mail.
        case onePerPerson
        /// Fetches one link when the mail has just been sent.
        case soon
        /// Follows a link that no person sees.
        case hidden
        /// Looks at a link when a person clicks it.
        case clickTime
    }

    let number: Int
    let family: Truth.Family
    let gateway: Gateway
    /// A place in `LifePerson.places`.
    let place: Int
    /// What most of the office's machines have.
    let browser: String
    private let agent: String

    init(_ number: Int, _ random: inout LoadRandom) {
        self.number = number
        // Every gateway is there in both families.
        let kinds = Gateway.allCases
        gateway = kinds[number % kinds.count]
        family = number / kinds.count % 2 == 0 ? .tuned : .heldOut
        place = random.number(0...LifePerson.places.count - 1)
        browser = random.pick([LifeAgents.windowsEdge, LifeAgents.windowsChrome])
        agent = random.pick(LifeAgents.scanners(family))
    }

    /// The gateway looks at a mail that has just come. Its first request is the message's pixel, as often as not.
    func scan(_ mail: LifeMail, _ random: inout LoadRandom, into story: inout StoryWriter) {
        let isTuned = family == .tuned
        let all = LifeCampaign.targets.count
        let start = mail.delivered + random.between(0.5, 3)
        var draft = StoryWriter.Draft(
            seconds: start, address: LifeAddress.gateway(number, 0), agent: agent, mail: mail, link: nil,
            truth: .machine(family, ""))
        func add(_ link: Int?, at seconds: Double, _ pattern: String) {
            draft.link = link
            draft.seconds = seconds
            draft.truth = .machine(family, pattern)
            story.add(draft)
        }
        switch gateway {
        case .burst:
            let links = isTuned ? Array(0..<all) : random.places(random.number(2...4), of: all)
            for (place, link) in links.enumerated() {
                add(link, at: start + Double(place) * (isTuned ? 0.2 : 1.4), "fetches all links at once")
            }
        case .headThenGet:
            for link in random.places(2, of: all) {
                let asked = start + random.between(0, 20)
                draft.isHead = true
                add(link, at: asked, "asks with HEAD")
                draft.isHead = false
                add(link, at: asked + (isTuned ? random.between(0.2, 4) : random.between(8, 40)), "gets behind a HEAD")
            }
        case .manyAddresses:
            for (machine, link) in random.places(isTuned ? 4 : random.number(2...5), of: all).enumerated() {
                draft.address = LifeAddress.gateway(number, machine)
                add(link, at: start + Double(machine) * (isTuned ? 1.5 : 6), "fetches from several addresses")
            }
        case .changingAgents:
            let agents = LifeAgents.scanners(family)
            for (place, link) in random.places(isTuned ? 4 : 3, of: all).enumerated() {
                draft.agent = agents[(place + number) % (isTuned ? agents.count : 2)]
                add(link, at: start + Double(place) * (isTuned ? 1.1 : 2.4), "changes its user agent")
            }
        case .named:
            for link in random.places(2, of: all) {
                draft.agent = random.pick(LifeAgents.named(family))
                add(link, at: start + random.between(0, 60), "says what it is")
            }
            add(nil, at: start, "says what it is")
        case .slow:
            for link in 0..<all {
                add(link, at: start + Double(link) * (isTuned ? 2.2 : random.between(9, 30)), "fetches slowly")
            }
        case .onePerPerson:
            add(0, at: start, "fetches one link of each person")
        case .soon:
            add(
                random.number(0...all - 1), at: mail.sent + random.between(isTuned ? 0.5 : 6, isTuned ? 4 : 30),
                "comes soon")
        case .hidden:
            add(all, at: start, "follows the hidden link")
            for link in random.places(2, of: all) {
                add(link, at: start + random.between(1, isTuned ? 8 : 90), "fetches beside the hidden link")
            }
        case .clickTime: break
        }
    }

    /// Seconds from sending to delivery: a provider hands one company's mails over together.
    func delivery(_ random: inout LoadRandom) -> Double {
        if gateway == .soon { return 0.2 }
        guard gateway == .onePerPerson else { return 30 + Double(number) * 7 + random.between(0, 40) }
        return 60 + random.between(0, family == .tuned ? 4 : 60)
    }

    /// The gateway looks at a link that a person of the office is about to click.
    func checkClick(of click: StoryWriter.Draft, _ random: inout LoadRandom, into story: inout StoryWriter) {
        guard gateway == .clickTime else { return }
        var check = click
        check.address = LifeAddress.gateway(number, random.number(0...2))
        check.agent = agent
        check.headers = ""
        check.truth = .machine(family, "looks when a person clicks")
        if family == .tuned {
            check.isHead = true
            check.seconds = click.seconds - random.between(0.5, 0.9)
            story.add(check)
            check.isHead = false
        } else {
            check.damage = .gluedTail
        }
        check.seconds = click.seconds - random.between(0.1, 0.4)
        story.add(check)
    }
}
