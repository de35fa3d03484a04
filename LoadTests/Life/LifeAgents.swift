/// The user agents of the simulation. Those of `tuned` are known to the shipped rules or plain browsers; those of
/// `heldOut` are others of the same trades.
enum LifeAgents {
    static let appleProxy = "Mozilla/5.0"
    static let gmailProxy =
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
    static let gmailPrefetch =
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 "
        + "Safari/537.36 Edge/12.246 Mozilla/5.0"
    static let yahooProxy = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"

    private static let webKit = "AppleWebKit/537.36 (KHTML, like Gecko)"
    private static let appleWebKit = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
    static let iPhone =
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) \(appleWebKit) Version/17.5 Mobile/15E148 Safari/604.1"
    static let macSafari = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) \(appleWebKit) Version/17.5 Safari/605.1.15"
    static let windowsChrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) \(webKit) Chrome/136.0.0.0 Safari/537.36"
    static let windowsEdge = windowsChrome + " Edg/136.0.0.0"
    static let androidChrome = "Mozilla/5.0 (Linux; Android 10; K) \(webKit) Chrome/136.0.0.0 Mobile Safari/537.36"
    static let linuxFirefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

    /// What Outlook on Windows asks with before it opens a browser, and what it follows and shows mails with.
    static let officeProbe = "Microsoft Office Existence Discovery"
    static let msOffice = "Mozilla/4.0 (compatible; ms-office; MSOffice 16)"
    static let outlook = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17628; Pro)"
    /// Browsers inside Google's applications.
    static let androidApplication =
        "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) \(webKit) Version/4.0 Chrome/136.0.0.0 Mobile Safari/537.36"
    static let iPhoneApplication =
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) \(appleWebKit) GSA/317.0.634488990 Mobile/15E148 "
        + "Safari/604.1"

    /// Browsers that people click with.
    static func browsers(_ family: Truth.Family) -> [String] {
        switch family {
        case .tuned: [iPhone, macSafari, windowsChrome, windowsEdge, androidChrome, linuxFirefox]
        case .heldOut:
            [
                "Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S918B) \(webKit) SamsungBrowser/25.0 Chrome/121.0.0.0 "
                    + "Mobile Safari/537.36",
                "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0",
                windowsChrome + " OPR/121.0.0.0",
                "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) \(appleWebKit) CriOS/126.0.6478.54 Mobile/15E148 "
                    + "Safari/604.1",
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0",
                "Mozilla/5.0 (Linux; arm_64; Android 11; CUBOT X30) \(webKit) Chrome/108.0.5359.128 Mobile "
                    + "Safari/537.36",
            ]
        }
    }

    /// Desktop and mobile clients that load images themselves.
    static func mailClients(_ family: Truth.Family) -> [String] {
        switch family {
        case .tuned:
            [
                msOffice,
                "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/8.0; .NET4.0C; .NET4.0E; "
                    + "Microsoft Outlook 16.0.6366; ms-office; MSOffice 16)",
                windowsEdge + " OneOutlook/1.2025.516.400",
                "Outlook-iOS/709.2042344.prod.iphone (3.21.0)",
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) \(appleWebKit)",
            ]
        case .heldOut:
            [
                "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.12.2",
                "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17628; Pro)",
                "Outlook-Android/2.0",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 15_8 like Mac OS X) \(appleWebKit) Mobile/15E148",
                "Mozilla/5.0 (Linux; Android 13; SM-A536B; wv) \(webKit) Version/4.0 Chrome/125.0.6422.165 Mobile "
                    + "Safari/537.36",
            ]
        }
    }

    /// What gateways send that want to look like a browser.
    static func scanners(_ family: Truth.Family) -> [String] {
        switch family {
        case .tuned:
            [
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) \(webKit) Chrome/103.0.0.0 Safari/537.36",
                "Mozilla/5.0 (Windows; U; Windows NT 5.1; en-GB; rv:1.8.1.16) Gecko/20080702 Firefox/2.0.0.16",
                "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.1; Trident/6.0)",
                "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
                windowsChrome,
            ]
        case .heldOut:
            [
                "Mozilla/5.0 (Apple Mac OS X v10.9.3; Trident/7.0; rv:11.0) like Gecko",
                "Mozilla/5.0 (X11; Linux x86_64) \(webKit) Chrome/119.0.0.0 Safari/537.36",
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) \(webKit) Chrome/91.0.4472.114 Safari/537.36",
                macSafari,
            ]
        }
    }

    /// Scanners and tools that say what they are.
    static func named(_ family: Truth.Family) -> [String] {
        switch family {
        case .tuned: ["Barracuda Sentinel (EE)", "SCMGUARD", officeProbe, "curl/8.5.0"]
        case .heldOut:
            [
                "ExampleMailShield/3.2 (+https://mailshield.example/scanner)", "python-requests/2.32.3",
                "Go-http-client/2.0", "Microsoft Exchange/15.20 (Windows NT 10.0; Win64; x64)", "okhttp/4.12.0",
                "UrlVerdictService",
            ]
        }
    }

    /// What fetches a link that somebody has pasted into a chat.
    static func previews(_ family: Truth.Family) -> [String] {
        switch family {
        case .tuned:
            [
                "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
                "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) "
                    + "Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
                "WebexTeams", "GoogleMessages/20",
            ]
        case .heldOut:
            [
                "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)", "TelegramBot (like TwitterBot)",
                "WhatsApp/2.23.20.0 A",
                "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
                "Mattermost-Bot/1.1", "ExampleChat link fetcher 4",
            ]
        }
    }
}
