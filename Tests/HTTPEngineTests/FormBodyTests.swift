import HTTPEngine
import Testing

/// A body, and whether the field `List-Unsubscribe` holds `One-Click` in it.
struct FormRow: Sendable, CustomTestStringConvertible {
    let name: String
    let type: String
    let body: String
    let holds: Bool
    var testDescription: String { name }

    init(_ name: String, _ type: String, _ body: String, _ holds: Bool) {
        self.name = name
        self.type = type
        self.body = body
        self.holds = holds
    }
}

@Suite("A form holds a field's value, or it doesn't, whichever way it is sent")
struct FormBodyTests {
    private static let encoded = "application/x-www-form-urlencoded"
    private static let parted = "multipart/form-data; boundary=b"
    private static let part = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n"

    static let rows = [
        FormRow("RFC 8058's own", encoded, "List-Unsubscribe=One-Click", true),
        FormRow("without a type", "", "List-Unsubscribe=One-Click", true),
        FormRow(
            "a type in capitals with a charset", "Application/X-WWW-form-urlencoded ; charset=UTF-8",
            "List-Unsubscribe=One-Click", true),
        FormRow("escapes", encoded, "List%2DUnsubscribe=%4fne-Click", true),
        FormRow("among others", encoded, "a=b&&c&List-Unsubscribe=One-Click&d=", true),
        FormRow("again", encoded, "List-Unsubscribe=no&List-Unsubscribe=One-Click", true),
        FormRow("nothing", encoded, "", false),
        FormRow("another value", encoded, "List-Unsubscribe=One-Clicks", false),
        FormRow("half of the value", encoded, "List-Unsubscribe=One-Clic", false),
        FormRow("no value", encoded, "List-Unsubscribe", false),
        FormRow("a value's prefix in a name", encoded, "List-UnsubscribeOne-Click", false),
        FormRow("another name", encoded, "list-unsubscribe=One-Click", false),
        FormRow("a broken escape", encoded, "List-Unsubscribe=One-Click%", false),
        FormRow("a plus, which is a blank", encoded, "List-Unsubscribe=One+Click", false),
        FormRow("a line's end", encoded, "List-Unsubscribe=One-Click\r\n", false),
        FormRow("another type", "text/plain", "List-Unsubscribe=One-Click", false),
        FormRow("JSON", "application/json", "{\"List-Unsubscribe\":\"One-Click\"}", false),
        FormRow(
            "a type that only begins so", "application/x-www-form-urlencoded2", "List-Unsubscribe=One-Click", false),
        FormRow("parts", parted, part + "--b--\r\n", true),
        FormRow("parts without an end of the last line", parted, part + "--b--", true),
        FormRow("parts with line feeds alone", parted, (part + "--b--").replacing("\r", with: ""), true),
        FormRow("a quoted boundary", "multipart/form-data; charset=x; Boundary=\"b\"", part + "--b--", true),
        FormRow(
            "a boundary with a semicolon", "multipart/form-data; boundary=\"b;\"",
            part.replacing("--b", with: "--b;") + "--b;--", true),
        FormRow("a preamble and another part", parted, "hello\r\n" + part + "--b\r\n\r\nx\r\n--b--", true),
        FormRow(
            "a part behind another", parted,
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nOne-Click\r\n" + part + "--b--", true),
        FormRow(
            "more headers", parted,
            "--b\r\nContent-Type: text/plain\r\ncontent-disposition:form-data;name=List-Unsubscribe\r\nX: y\r\n\r\n"
                + "One-Click\r\n--b  \r\n--b--", true),
        FormRow("parts that are cut off", parted, part, false),
        FormRow("a part that is cut off", parted, part + "--", false),
        FormRow("another boundary", "multipart/form-data; boundary=c", part + "--b--", false),
        FormRow("no boundary", "multipart/form-data", part + "--b--", false),
        FormRow("an empty boundary", "multipart/form-data; boundary=", part + "--b--", false),
        FormRow("an open quote", "multipart/form-data; boundary=\"b", part + "--b--", false),
        FormRow("a part of another name", parted, part.replacing("List-", with: "list-") + "--b--", false),
        FormRow("a part of more lines", parted, part + "more\r\n--b--", false),
        FormRow("a part of an empty line more", parted, part + "\r\n--b--", false),
        FormRow("an empty part", parted, part.replacing("One-Click\r\n", with: "") + "--b--", false),
        FormRow("the value as a header", parted, part.replacing("\r\n\r\n", with: "\r\n") + "--b--", false),
        FormRow("no form-data", parted, part.replacing("form-data;", with: "attachment;") + "--b--", false),
        FormRow("behind the end", parted, "--b--\r\n" + part + "--b--", false),
    ]

    @Test(arguments: rows)
    func holds(_ row: FormRow) {
        let (body, type) = (Array(row.body.utf8), Array(row.type.utf8))
        let holds = FormBody.holds("List-Unsubscribe", "One-Click", in: body.span, contentType: type.span)
        #expect(holds == row.holds)
    }
}
