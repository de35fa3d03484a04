import Testing
import TrackingLinks

@Suite("Whom a link is for is hidden, however it is written")
struct RecipientMaskTests {
    @Test(arguments: [
        (
            "https://t.example/tremclk?cuid=4711&cuidType=id&sec=1",
            "https://t.example/tremclk?cuid=(present)&cuidType=id&sec=1"
        ),
        ("?sec=1&cuid=4711", "?sec=1&cuid=(present)"), ("?cuid=&sec=1", "?cuid=&sec=1"), ("?cuid", "?cuid"),
        ("?cuid&sec=1", "?cuid&sec=1"), ("?cuidType=ihe", "?cuidType=ihe"),
        ("?amp;cuid=4711&amp;sec=1", "?amp;cuid=(present)&amp;sec=1"),
        ("?CUID=3D4711&sec=1", "?CUID=(present)&sec=1"), ("?cuid=a%26b%23c#d", "?cuid=(present)#d"),
        (
            "?targetUrl=https%3A%2F%2Ft.example%2Ftremclk%3Fcuid%3D4711%26sec%3D1",
            "?targetUrl=https%3A%2F%2Ft.example%2Ftremclk%3Fcuid%3D(present)%26sec%3D1"
        ),
        ("cuid%253D4711%25252642%2526sec%253D1&x=y", "cuid%253D(present)%2526sec%253D1&x=y"),
        ("cuid%253D4711%2525264%2526sec", "cuid%253D(present)%2526sec"),
        ("cuid%3Da%2526b%26sec", "cuid%3D(present)%26sec"),
        ("?cuid&#x3D;4711&sec=1", "?cuid&#x3D;(present)&sec=1"), ("?cuid&#61;4711", "?cuid&#61;(present)"),
        ("?cuid=ann%40mail.example&mail=bob%40mail.example", "?cuid=(present)&mail=(email)"),
        ("?cuid=cuid=1&cuid=2", "?cuid=(present)&cuid=(present)"), ("?cuid%3", "?cuid%3"),
        ("?cuid=%2", "?cuid=(present)"), ("", ""),
    ])
    func masked(_ text: String, _ expected: String) {
        #expect(RecipientMask.masked(text) == expected)
    }
}
