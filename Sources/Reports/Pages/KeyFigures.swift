/// The few large figures at the head of a page.
struct KeyFigures {
    let items: [(name: String, value: String, more: String)]

    var markup: Markup {
        let cells = items.map { item -> Markup in
            """
            <div><dt>\(item.name)</dt><dd class="big">\(item.value)</dd><dd class="more">\(item.more)</dd></div>
            """
        }
        return "<dl class=\"figures\">\(cells.joined())</dl>"
    }
}
