import Mail
import Testing
import TrackingLinks

/// A wrapper with one section, as most tests need it.
func wrapper(
    _ profile: SenderProfile = .common, fields: [TrackingField: String] = [.sec: "1"], leave: [String] = [],
    columns: [String] = [], numbersLinks: Bool = false, decoyTarget: String? = nil
) throws -> MailWrapper {
    let base = try #require(TrackingBase("https://t.example"))
    var options = MailWrapper.Options(base: base, fields: CampaignFields(fields))
    options.profile = profile
    options.leave = leave
    options.columns = RecipientColumns(names: columns)
    options.numbersLinks = numbersLinks
    options.decoyTarget = decoyTarget.map { Array($0.utf8) }
    return MailWrapper(options)
}

func wrap(_ html: String, _ profile: SenderProfile = .common, fields: [TrackingField: String] = [.sec: "1"]) throws
    -> String
{
    text(try wrapper(profile, fields: fields).wrap(html: Array(html.utf8)).render())
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// The pixel of section 1.
let pixel =
    "<img src=\"https://t.example/tremop?sec=1\" alt=\"\" width=\"1\" border=\"0\" height=\"1\" "
    + "style=\"height:1px!important; width:1px!important; border-width:0!important; margin-top:0!important; "
    + "margin-bottom:0!important; margin-right:0!important; margin-left:0!important; padding-top:0!important; "
    + "padding-bottom:0!important; padding-right:0!important; padding-left:0!important;\">"

/// A link of section 1 to an encoded target, as HTML has it.
func link(_ target: String) -> String { "https://t.example/tremclk?sec=1&amp;targetUrl=\(target)" }
