/// What a request of the simulation really was, which the server can't know.
package struct Truth: Hashable, Sendable {
    /// Whether the classification may have been made with such patterns in mind.
    package enum Family: String, Sendable, CaseIterable {
        /// As the shipped rules describe them: the same sizes, delays and agents.
        case tuned
        /// Other sizes, delays, spreads and agents, which no rule was written for.
        case heldOut = "held out"
    }

    /// True when a person wanted it, be it through a mail provider's proxy.
    package let isPerson: Bool
    /// Whether rules may have been made for it.
    package let family: Family
    /// How it came about, in a few words.
    package let pattern: String

    /// The pattern of people who open three links of a mail within two seconds, as machines do.
    package static let tabs = "opens links in tabs"

    /// A person's own.
    package static func person(_ family: Family, _ pattern: String) -> Truth {
        Truth(isPerson: true, family: family, pattern: pattern)
    }

    /// A program's, be it a provider's that fetches before anybody asks.
    package static func machine(_ family: Family, _ pattern: String) -> Truth {
        Truth(isPerson: false, family: family, pattern: pattern)
    }
}

/// One request of the simulation: when it comes, from where, its bytes, and what it was.
package struct LifeRequest: Sendable {
    /// A click or an open.
    package enum Kind: String, Sendable, CaseIterable {
        case click, open
    }

    /// Nanoseconds since the beginning of the story.
    package let timeNanoseconds: UInt64
    /// Where it comes from: an address of 127/8, which a server on the loopback tells from others.
    package let address: UInt32
    /// A click or an open.
    package let kind: Kind
    /// The whole request, its `expVisitId` the place in the story.
    package let bytes: [UInt8]
    /// True when no body follows the answer's head.
    package let isHead: Bool
    /// What the server has to answer.
    package let status: Int
    /// What it was.
    package let truth: Truth
}

/// Messages that went out at one moment: what the sender tells the server.
package struct LifeSend: Sendable {
    /// Nanoseconds since the beginning of the story.
    package let timeNanoseconds: UInt64
    /// The campaign.
    package let campaign: LifeCampaign
    /// Which of the campaign's variations, from 0.
    package let variation: Int
    /// Messages.
    package let messages: Int
}
