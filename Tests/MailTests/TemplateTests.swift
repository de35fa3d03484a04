import Bytes
import Mail
import Testing
import TrackingLinks

@Suite("Template code is carried as it is, encoded by the sender's filter where it has one")
struct TemplateTests {
    /// A sender with a filter, as Klaviyo's.
    static func filtering() throws -> SenderProfile {
        try profile(
            """
            { tags: [
                { open: "{{", close: "}}", control: ["#", "/"], encode: "{{ VALUE|urlencode }}" },
                { open: "{%", close: "%}", control: true },
                { open: "${", close: "}", encode: "${(VALUE)?url('UTF-8')}" },
              ], mark: { name: "data-notrack", value: "1" }, leave: ["{% goodbye %}"] }
            """)
    }

    static func profile(_ text: String) throws -> SenderProfile {
        let bytes = Array(text.utf8)
        return try SenderProfile(file: bytes.span)
    }

    @Test(arguments: [
        ("{{ product.url }}", "{{ product.url|urlencode }}"),
        ("${product.url!\"x\"}", "${(product.url!\"x\")?url('UTF-8')}"),
        ("https://a.example/?q={{a}}&amp;r=1", "https%3A%2F%2Fa.example%2F%3Fq%3D{{ a|urlencode }}%26r%3D1"),
        ("https://{{ host }}/", "https%3A%2F%2F{{ host|urlencode }}%2F"),
        (
            "{% if a %}https://a.example/{% else %}https://b.example/{% endif %}",
            "{% if a %}https%3A%2F%2Fa.example%2F{% else %}https%3A%2F%2Fb.example%2F{% endif %}"
        ),
        ("{{#if a}}https://a.example/{{/if}}", "{{#if a}}https%3A%2F%2Fa.example%2F{{/if}}"),
    ])
    func filtered(_ href: String, _ target: String) throws {
        let profile = try Self.filtering()
        let wrapped = try wrap("<a href=\"\(href)\">", profile)
        #expect(wrapped == "\(pixel)<a data-notrack=\"1\" href=\"\(link(target))\">")
        #expect(try wrap(wrapped, profile) == wrapped)
        #expect(try wrapper(profile).wrap(html: Array("<a href=\"\(href)\">".utf8)).links.map(\.isRaw) == [false])
    }

    @Test(arguments: [
        ("{{product.url}}", "{{product.url}}"),
        ("https://a.example/?q={{a}}&amp;r=1&s=2", "https://a.example/?q={{a}}&amp;r=1&amp;s=2"),
        ("https:a.example/<%= a %>", "https://a.example/<%= a %>"),
        ("HTTP:\\/a.example/${a}", "HTTP://a.example/${a}"),
        (
            "https://a.example/ü b&quot;'%zz%20&#123;{x}}%%a%%*|B|*",
            "https://a.example/%C3%BC%20b%22%27%25zz%20%7B%7Bx%7D%7D%%a%%*|B|*"
        ),
        ("%%=RedirectTo(@url)=%%", "%%=RedirectTo(@url)=%%"),
        ("<%= \"a>b\" %>", "<%= \"a>b\" %>"),
        ("{{ \"a\">\"b\" }}", "{{ \"a\">\"b\" }}"),
        ("{{#if a}}{{{b}}}{{else}}https://a.example/{{/if}}", "{{#if a}}{{{b}}}{{else}}https://a.example/{{/if}}"),
    ])
    func raw(_ href: String, _ target: String) throws {
        let wrapped = try wrap("<a href=\"\(href)\">")
        #expect(wrapped == "\(pixel)<a href=\"\(link(target))\">")
        #expect(try wrap(wrapped) == wrapped)
        #expect(try wrapper().wrap(html: Array("<a href=\"\(href)\">".utf8)).links.map(\.isRaw) == [true])
    }

    @Test func aRawTargetIsReadByTheEdgeAsItStands() throws {
        let wrapped = try wrap("<a href='https://a.example/?q={{a}}&r=1'>").replacing("{{a}}", with: "x&amp;y")
        let query = try #require(wrapped.split(separator: "/tremclk?").last).replacing("&amp;", with: "&").dropLast(2)
        let bytes = Array(query.utf8)
        let read = TrackingLink.read(query: bytes.span)
        let (isRaw, range) = (read.targetIsRaw, read.value(of: .targetUrl))
        let target = try #require(range)
        #expect(isRaw)
        #expect(text(Array(bytes[target.offsets])) == "https://a.example/?q=x&y&r=1")
    }

    @Test(arguments: [
        ("{{ email }}", "{{ email|urlencode }}"), ("{{ email|urlencode }}", "{{ email|urlencode }}"),
        ("a {{ b }}", "a%20{{ b|urlencode }}"), ("*|EMAIL|*", "%2A%7CEMAIL%7C%2A"),
        ("{% firstof a b %}", "{% firstof a b %}"),
    ])
    func identifiersKeepTheirTag(_ cuid: String, _ value: String) throws {
        let wrapped = try wrap("<a href='https://a.example'>", try Self.filtering(), fields: [.cuid: cuid, .sec: "1"])
        #expect(wrapped.hasSuffix("?cuid=\(value)&amp;sec=1&amp;targetUrl=https%3A%2F%2Fa.example'>"))
        #expect(wrapped.contains("tremop?cuid=\(value)&amp;sec=1\" alt"))
        let common = try wrap("", fields: [.cuid: "*|EMAIL|*", .sec: "1"])
        #expect(common.contains("?cuid=*|EMAIL|*&amp;sec=1"))
    }

    @Test func aBlockThatEncodesIsNotPutAroundItself() throws {
        let profile = try Self.profile(
            """
            { tags: [{ open: "{{", close: "}}", control: ["#", "/"],
                       encode: "{{#urlEncode}}{{VALUE}}{{/urlEncode}}" }] }
            """)
        let encoded = "{{#urlEncode}}{{email}}{{/urlEncode}}"
        for cuid in [encoded, "{{email}}"] {
            #expect(try wrap("", profile, fields: [.cuid: cuid]).contains("?cuid=\(encoded)\""))
        }
        #expect(try wrap("<a href='{{u}}'>", profile).contains("targetUrl={{#urlEncode}}{{u}}{{/urlEncode}}'>"))
    }

    /// Code in odd places; the link behind each is found all the same.
    static let code = [
        "<% if (a > \"<a href='https://x.example/'>\") { %>", "{{#if a}}", "${a > '<!--'}",
        "%%[ set @a = '<style>' ]%%",
        "{% if a == \"'\" %}", "{{!-- <a href='https://x.example/'> }} --}}", "*|IF:X>1|*", "%%First Name%%",
        "<script runat=server language=ampscript>set @a = \"<a href='x'>\"</script>", "<#if a>", "{{ 'it''s' }}",
        "<p {{#if a}}class='x'{{else}}id=\"y\"{{/if}} title=\"{{ a \"b\" }}>\" <%= x > y %>>",
        "<p data-{{a b}}=1 style={{\"a b>c\"}}>", "<{{tag}}>", "<p ${a}='>'>", "100%% sure %% <p>",
    ]

    @Test(arguments: code)
    func codeConfusesNothing(_ code: String) throws {
        let html = "<b>\(code)<a href=\"https://a.example/\">\(code)</a>"
        let encoded = link("https%3A%2F%2Fa.example%2F")
        #expect(try wrap(html) == "\(pixel)<b>\(code)<a href=\"\(encoded)\">\(code)</a>")
    }

    @Test func codeThatIsNotClosedIsText() throws {
        let encoded = link("https%3A%2F%2Fa.example%2F")
        for code in ["{{ a", "*|A <b>", "<% a", "${a", "%%[ a", "{{ a \">"] {
            let html = "\(code)<a href='https://a.example/'>${e}{{b}}*|C|*<%= d %>%%[ f ]%%"
            #expect(try wrap(html) == pixel + html.replacing("https://a.example/", with: encoded), "\(code)")
        }
    }

    @Test func codeInsideOfATagIsSteppedOver() throws {
        let encoded = link("https%3A%2F%2Fa.example%2F")
        let other = link("https%3A%2F%2Fb.example%2F")
        for (html, wrapped) in [
            (
                "<a {{#if a > \"'\"}}href='https://a.example/'{{else}}href=\"https://b.example/\"{{/if}} id=x>",
                "<a {{#if a > \"'\"}}href='\(encoded)'{{else}}href=\"\(other)\"{{/if}} id=x>"
            ),
            (
                "<a <%= '>' %> title=<%= \"a b\" %> href=https://a.example/ {{b}}>",
                "<a <%= '>' %> title=<%= \"a b\" %> href=\(encoded) {{b}}>"
            ),
            ("<a href={{ u > \"x\" }} id=1>", "<a href=\(link("{{ u > \"x\" }}")) id=1>"),
        ] {
            #expect(try wrap(html) == pixel + wrapped)
        }
        let marked = try wrap(
            "<a {{#if a}}href='https://a.example/'{{else}}href='https://b.example/'{{/if}}>"
                + "<a DATA-NOTRACK='0' href='https://a.example/'>", try Self.filtering())
        #expect(marked.split(separator: "data-notrack").count == 2, "once in an element")
        #expect(marked.contains("<a DATA-NOTRACK='0' href="))
    }

    @Test func theSendersOwnTagsForUnsubscribingAreLeft() throws {
        let html = "<a href=\"{% goodbye %}\"><a href=\"{% GOODBYE %}\">"
        #expect(try wrap(html, try Self.filtering()) == pixel + html)
    }

    @Test(arguments: [
        ("{", "line 1"), ("[]", "no object"), ("{ mark: null }", "'tags' is missing"), ("{ tags: [1] }", "no object"),
        ("{ tags: [{ open: \"\", close: \"x\" }] }", "'open' is no text"),
        ("{ tags: [], more: 1 }", "'more' is not known"),
        ("{ tags: [{ open: \"a\", close: \"b\", encode: \"x\" }] }", "VALUE once"),
        ("{ tags: [{ open: \"a\", close: \"b\", encode: \"VALUE VALUE\" }] }", "VALUE once"),
        ("{ tags: [{ open: \"a\", close: \"b\", control: 1 }] }", "no list of texts"),
        ("{ tags: [], mark: { name: \"a b\", value: \"c\" } }", "no attribute's name"),
        ("{ tags: [], mark: { name: \"a\", value: \"\\\"\" } }", "would need escaping"),
        ("{ tags: [], leave: [1] }", "it is no text"),
    ])
    func aBadDataFileIsRefusedWithItsPlace(_ file: String, _ why: String) throws {
        let bytes = Array(file.utf8)
        let error = #expect(throws: SenderProfileError.self) { _ = try SenderProfile(file: bytes.span) }
        let message = try #require(error)
        #expect("\(message.why) \(message.place)".contains(why))
    }
}
