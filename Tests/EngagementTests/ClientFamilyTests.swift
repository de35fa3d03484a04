import Engagement
import Testing

@Suite("Clients and devices have names")
struct ClientFamilyTests {
    struct Row: CustomTestStringConvertible {
        let userAgent: String
        let client: String
        let device: String
        var testDescription: String { "\(client) on \(device): \(userAgent.prefix(60))" }

        init(_ userAgent: String, _ client: String, _ device: String) {
            self.userAgent = userAgent
            self.client = client
            self.device = device
        }
    }

    @Test(arguments: [
        Row("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox", "desktop"),
        Row("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0", "Thunderbird", "desktop"),
        Row(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 "
                + "Safari/537.36",
            "Chrome", "desktop"),
        Row(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 "
                + "Safari/537.36 Edg/136.0.0.0", "Edge", "desktop"),
        Row(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 "
                + "Safari/537.36 Edg/136.0.0.0 OneOutlook/1.2025.516.400", "Outlook", "desktop"),
        Row(
            "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 "
                + "Chrome/121.0.0.0 Mobile Safari/537.36", "Samsung Internet", "phone"),
        Row(
            "Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/121.0.0.0 "
                + "Safari/537.36",
            "Chrome", "tablet"),
        Row(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                + "Version/17.5 "
                + "Mobile/15E148 Safari/604.1", "Safari", "phone"),
        Row(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                + "CriOS/125.0 "
                + "Mobile/15E148 Safari/604.1", "Chrome", "phone"),
        Row(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                + "Mobile/15E148",
            "Apple Mail", "phone"),
        Row(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)", "Apple Mail",
            "desktop"),
        Row("Mozilla/5.0", "Apple Mail", "unknown"),
        Row(
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", "Gmail",
            "unknown"),
        Row("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", "Yahoo Mail", "unknown"),
        Row("Mozilla/4.0 (compatible; ms-office; MSOffice 16)", "Outlook", "desktop"),
        Row("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.14931; Pro)", "Outlook", "desktop"),
        Row("Outlook-iOS/709.2042344.prod.iphone (3.21.0)", "Outlook", "phone"),
        Row("Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer", "desktop"),
        Row("curl/8.5.0", "curl", "unknown"),
        Row("something else", "unknown", "unknown"),
        Row("", "unknown", "unknown"),
    ])
    func isNamed(_ row: Row) throws {
        let classifier = Classifier(rules: try shippedRules())
        let payload = SampleEvent.open(userAgent: row.userAgent).payload
        let judgement = classifier.judge(try EventView(payload.span), in: payload.span)
        #expect(classifier.client(of: judgement) == row.client)
        #expect(classifier.device(of: judgement) == row.device)
    }
}
