/// A campaign of the simulation: its ids and names, its links, and how often each variation is clicked.
package struct LifeCampaign: Sendable, Equatable {
    /// One of the mails that recipients get by lot.
    package struct Variation: Sendable, Equatable {
        /// Its id, the number that `va` holds.
        package let id: Int
        /// Its name.
        package let name: String
        /// How many of those who open it click.
        package let clickRate: Double
    }

    /// The section that it belongs to.
    package let section: String
    /// The experience.
    package let experience: String
    /// Its version.
    package let version: String
    /// The experience's name.
    package let name: String
    /// The variations.
    package let variations: [Variation]
    /// Hours behind the story's beginning at which it goes out in UTC; nil: at 9 o'clock of the second day where the
    /// recipient lives.
    package let sendHour: Double?

    /// The section of both campaigns.
    package static let section = "8781202"
    /// The host of most links, which the section lists.
    package static let listedHost = "shop.example"
    /// A host that the section does not list.
    package static let unlistedHost = "partner.example"

    /// Where the links of a mail lead. The last one's host is not listed.
    package static let targets = [
        "https://www.shop.example/sale", "https://www.shop.example/new?season=autumn&from=mail",
        "https://www.shop.example/women", "https://www.shop.example/men", "https://help.shop.example/returns",
        "https://partner.example/offer",
    ]
    /// What the hidden link leads to that no person sees.
    package static let decoyTarget = "https://www.shop.example/"

    /// The two campaigns. The variations of the first one differ, those of the second do not.
    package static let all = [
        LifeCampaign(
            section: section, experience: "17", version: "2", name: "Autumn sale",
            variations: [
                Variation(id: 101, name: "Plain words", clickRate: 0.22),
                Variation(id: 102, name: "Large picture", clickRate: 0.36),
            ],
            sendHour: 8),
        LifeCampaign(
            section: section, experience: "18", version: "1", name: "Monthly letter",
            variations: [
                Variation(id: 201, name: "Blue button", clickRate: 0.25),
                Variation(id: 202, name: "Green button", clickRate: 0.25),
            ],
            sendHour: nil),
    ]

    /// The variation's id as links and reports have it, decoded.
    package func variationText(_ variation: Int) -> String { "[\(variations[variation].id)]" }
}

/// What mail systems make of a link on its way; the server undoes each.
enum LinkDamage: CaseIterable {
    case ampersandEntity, quotedPrintable, gluedTail, softLineBreak, doubleEncoded
}

/// Makes the links of a mail as a person or a machine finds them.
enum LifeLink {
    /// Path and query of a click; `index` beyond the last target is the hidden link.
    static func click(_ mail: LifeMail, _ index: Int, visit: Int, damage: LinkDamage?) -> String {
        let isDecoy = index >= LifeCampaign.targets.count
        var target = encoded(isDecoy ? LifeCampaign.decoyTarget : LifeCampaign.targets[index])
        var fields = Self.fields(mail, visit: visit)
        if isDecoy { fields += "&tlink=tremolo-decoy" }
        switch damage {
        case .doubleEncoded: target = encoded(target)
        case .softLineBreak:
            let middle = target.index(target.startIndex, offsetBy: target.utf8.count - 3)
            target = target[..<middle] + "=%0D%0A" + target[middle...]
        case .ampersandEntity, .quotedPrintable, .gluedTail, nil: break
        }
        var query = fields + "&targetUrl=" + target
        switch damage {
        case .ampersandEntity: query = query.split(separator: "&").joined(separator: "&amp;")
        case .quotedPrintable:
            query = query.split(separator: "=", omittingEmptySubsequences: false).joined(separator: "=3D")
        case .gluedTail: query += "%27"
        case .softLineBreak, .doubleEncoded, nil: break
        }
        return "/tremclk/?" + query
    }

    /// Path and query of the pixel.
    static func open(_ mail: LifeMail, visit: Int) -> String { "/tremop/?" + fields(mail, visit: visit) }

    private static func fields(_ mail: LifeMail, visit: Int) -> String {
        let campaign = mail.campaign
        let variation = campaign.variations[mail.variation].id
        return "cuid=person-\(mail.person)%40mail.example&cuidType=ihe&sec=\(campaign.section)"
            + "&expId=\(campaign.experience)&expVer=\(campaign.version)&expVisitId=\(visit)"
            + "&mech=1&smech=0&va=%5B\(variation)%5D"
    }

    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }
}

/// One message in somebody's mailbox.
struct LifeMail {
    let campaign: LifeCampaign
    let variation: Int
    /// The recipient's number.
    let person: Int
    /// Seconds since the beginning of the story.
    let sent: Double
    let delivered: Double
}
