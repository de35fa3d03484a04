import Mail
import Testing
import TrackingLinks

@Suite("A template is wrapped once and rendered for each recipient")
struct RecipientTests {
    private static let columns = ["email", "first name", "url"]

    private static func render(_ html: String, cuid: String = "{{email}}", _ row: [String]) throws -> String {
        let wrapper = try wrapper(fields: [.sec: "1", .cuid: cuid], columns: columns)
        return text(wrapper.wrap(html: Array(html.utf8)).render(row: row.map { Array($0.utf8) }))
    }

    @Test func columnsStandWhereTheirTagsStoodAsEachPlaceNeedsIt() throws {
        let html =
            "<title>{{ first name }}</title><body><p title='{{first name}}'>{{{first name}}} %%first name%%</p>"
            + "<a href='https://a.example/?n={{first name}}&m=1'>x</a><a href='{{url}}'>y</a>"
            + "<a href='https://a.example/unsubscribe?e={{email}}'>z</a>"
            + "<a href='mailto:{{email}}'>${User identifier}</a>"
        let output = try Self.render(html, ["a+b&c@m.example", "O'Neil <b>", "https://b.example/?a=1&b=2"])
        let name = "O&#39;Neil &lt;b&gt;"
        let start = "https://t.example/tremclk?cuid=a%2Bb%26c%40m.example&amp;sec=1&amp;targetUrl="
        #expect(
            output.hasSuffix(
                "<p title='\(name)'>\(name) \(name)</p>"
                    + "<a href='\(start)https%3A%2F%2Fa.example%2F%3Fn%3DO%2527Neil%2520%253Cb%253E%26m%3D1'>x</a>"
                    + "<a href='\(start)https%3A%2F%2Fb.example%2F%3Fa%3D1%26b%3D2'>y</a>"
                    + "<a href='https://a.example/unsubscribe?e=a%2Bb%26c%40m.example'>z</a>"
                    + "<a href='mailto:a%2Bb%26c%40m.example'>a+b&amp;c@m.example</a>"))
        #expect(
            output.hasPrefix(
                "<title>\(name)</title><body><img src=\"https://t.example/tremop?cuid=a%2Bb%26c%40m.example&amp;sec=1\""
            ))
    }

    @Test func aValueCanNotEndItsPlace() throws {
        let html =
            "<p title={{first name}} id=x {{first name}}='y'><{{first name}} </{{first name}}>"
            + "<a href={{url}}unsubscribe>"
            + "<a href={{url}}?{{more}}><style>{{first name}}</style><!-- {{first name}} -->"
        let output = try Self.render(html, ["a@m.example", "b onclick=c>'", "https://a.example/ x>"])
        #expect(
            output.hasSuffix(
                "<p title=b&#32;onclick=c&gt;&#39; id=x {{first name}}='y'><{{first name}} </{{first name}}>"
                    + "<a href=https://a.example/&#32;x&gt;unsubscribe>"
                    + "<a href=https://t.example/tremclk?cuid=a%40m.example&amp;sec=1&amp;targetUrl="
                    + "https://a.example/%20x%3E?{{more}}><style>{{first name}}</style><!-- {{first name}} -->"))
    }

    @Test func codeThatNamesNoColumnStaysAndIsSaid() throws {
        let wrapper = try wrapper(fields: [.sec: "1"], columns: Self.columns)
        let html = "{{#if url}}\n{{firstname}}{{/if}}\n<a href='https://a.example/{{id}}'>{{email}}"
        let wrapped = wrapper.wrap(html: Array(html.utf8))
        #expect(wrapped.unfilledCode.map(\.line) == [2, 3])
        #expect(wrapped.unfilledCode.map { text($0.text) } == ["{{firstname}}", "{{id}}"])
        #expect(text(wrapped.render(row: [])).contains("{{firstname}}{{/if}}"))
    }

    @Test func payloadsHaveColumnsToo() throws {
        let json = "{\"user\":\"{{email}}\",\"link\":\"https://a.example/{{first name}}\",\"n\":'{{first name}}'}"
        let wrapper = try wrapper(fields: [.cuid: "{{email}}"], columns: Self.columns)
        let wrapped = try wrapper.wrap(json: Array(json.utf8), selection: PayloadSelection())
        let output = text(wrapped.render(row: [Array("a@m.example".utf8), Array("x'\"\\\n".utf8)]))
        #expect(
            output == "{\"user\":\"a@m.example\",\"link\":\"https://t.example/tremclk?cuid=a%40m.example&targetUrl="
                + "https%3A%2F%2Fa.example%2Fx%2527%2522%255C%250A\",\"n\":'x\\u0027\\\"\\\\\\n'}")
    }

    @Test func theIdentifierHasToNameAColumn() throws {
        let base = try #require(TrackingBase("https://t.example"))
        for (cuid, names) in [
            ("{{email}}", ["email"]), ("x{{ email }}{{first name}}", ["email", "first name"]), ("{{mail}}", []),
            ("email", []),
        ] {
            var options = MailWrapper.Options(base: base, fields: CampaignFields([.cuid: cuid]))
            options.columns = RecipientColumns(names: Self.columns)
            #expect(options.cuidColumns.map { Self.columns[$0] } == names, "\(cuid)")
        }
    }

    @Test func codeInScriptsStylesAndCommentsStaysAndIsListed() throws {
        let html = """
            <style>{{email}} {{x}}</style>
            <!-- {{first name}} --><script>"{{#if email}}{{email}}"</script>
            <title>{{email}}</title><![CDATA[{{email}}>
            """
        let wrapper = try wrapper(fields: [.cuid: "{{email}}"], columns: Self.columns)
        let wrapped = wrapper.wrap(html: Array(html.utf8))
        #expect(
            wrapped.untouchedCode.map { "\($0.line) \(text($0.text))" } == [
                "1 {{email}}", "2 {{first name}}", "2 {{email}}", "3 {{email}}",
            ])
        let output = text(wrapped.render(row: [Array("a@m.example".utf8)]))
        #expect(output.contains("<title>a@m.example</title>") && output.contains("<style>{{email}} {{x}}</style>"))
        let alone = try MailTests.wrapper().wrap(html: Array(html.utf8))
        #expect(alone.untouchedCode.isEmpty)
    }
}
