/// What a run asks of a server: whose links, by whom, how often. Read from a file by `ScenarioReader`; a value that the
/// file leaves out has the default that stands here.
///
/// Weights are compared with each other; shares are from 0 to 1 of what their comment says.
package struct Scenario: Equatable, Sendable {
    /// An account: its campaigns, its links and what it does with a click that leads nowhere.
    package struct Section: Equatable, Sendable {
        /// The `sec` of its links.
        package var id: String
        /// How often it is chosen.
        package var weight = 1.0
        /// Where its configuration sends a click without a usable target; nil: the page with status 404.
        package var fallback: String?
        /// At least one.
        package var campaigns: [Campaign]
        /// At least one when clicks are sent.
        package var links: [Link]
    }

    /// An experience with its versions and variations; each combination is as likely as the others.
    package struct Campaign: Equatable, Sendable {
        /// The `expId`.
        package var id: String
        /// How often it is chosen among its section's.
        package var weight = 1.0
        /// The `expVer` values, at least one.
        package var versions = ["1"]
        /// The ids in `va`, at least one.
        package var variations = ["10596091"]
    }

    /// A link of the mails.
    package struct Link: Equatable, Sendable {
        /// Where it leads; the server's configuration lists the host.
        package var target: String
        /// The whole `Location` that answers it; the target itself unless the server normalises it.
        package var location: String
        /// How often it is clicked.
        package var weight = 1.0
    }

    /// A program that fetches.
    package struct Agent: Equatable, Sendable {
        /// Its `User-Agent`.
        package var userAgent: String
        /// How often it comes among people or among machines.
        package var weight = 1.0
    }

    /// What to call it: the file's name without `.json5`.
    package var name = "click"
    /// What it is for, in a sentence.
    package var about = ""
    /// The `Host` of every request.
    package var host = "trem.brand.example"
    /// At least one.
    package var sections: [Section] = []
    /// How many recipients there are.
    package var recipientCount = 100_000
    /// How unlike they are: recipient r comes in proportion to 1 / r^exponent. 0: all alike.
    package var recipientExponent = 0.0
    /// How much of the requests is clicks, and how much opens.
    package var clicks = 1.0
    /// See `clicks`.
    package var opens = 0.0
    /// People's programs; at least one.
    package var people: [Agent] = [Agent(userAgent: Scenario.browser)]
    /// Machines' programs.
    package var machines: [Agent] = []
    /// The share of the requests that machines make.
    package var machineShare = 0.0
    /// The share of the machines' requests that are HEAD.
    package var headShare = 0.0
    /// The share of people's requests that a browser makes ahead (`Sec-Purpose: prefetch`).
    package var prefetchShare = 0.0
    /// The share of the clicks that lead to a host which no section lists: the page that asks.
    package var unlistedHostShare = 0.0
    /// Such a host.
    package var unlistedHost = "www.unlisted.example"
    /// The share of the clicks that have no target.
    package var noTargetShare = 0.0
    /// The share of all requests whose head is larger than a server takes: half of them a long header (431), half a
    /// long request line (414). Each closes its connection.
    package var oversizeHeadShare = 0.0
    /// The share of the requests that open a connection of their own.
    package var newConnectionShare = 0.0
    /// Connections that requests are sent on: as many are under way at most.
    package var connections = 32
    /// Connections that are held open without a request.
    package var idle = 0
    /// Clients that send their request a byte at a time.
    package var slow = 0
    /// Arrivals a second; nil: a closed loop.
    package var perSecond: Double?
    /// How they follow each other.
    package var arrivals = ArrivalSchedule.Kind.constant
    /// How long the measured part takes.
    package var durationSeconds = 10.0
    /// How long requests are sent before it.
    package var warmupSeconds = 2.0

    /// A person's browser.
    package static let browser =
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 "
        + "Safari/537.36"

    package init() {}

    /// What runs when no file is named: plain clicks of one campaign, the same as `scenarios/click.json5`.
    package static var standard: Scenario {
        var scenario = Scenario()
        scenario.sections = [
            Section(
                id: "8781202", fallback: "https://www.mywebsite.com/",
                campaigns: [Campaign(id: "1001", variations: ["10596091", "10596092"])],
                links: [("cart", 5.0), ("product?id=7", 3), ("sale/shoes", 2), ("account", 1)].map { path, weight in
                    let target = "https://www.mywebsite.com/\(path)"
                    return Link(target: target, location: target, weight: weight)
                })
        ]
        return scenario
    }
}
