import Bytes
import Mail
import TrackingLinks

/// Mails as a fuzzer meets them: as HTML, as a payload where they are one, and as a finished mail of any kind.
enum MailFuzzing {
    static func run(_ bytes: Span<UInt8>) {
        let source = bytes.toArray()
        survey(source)
        let wrapper = wrapper()
        let once = wrapper.wrap(html: source)
        let output = once.render()
        precondition(wrapper.wrap(html: output).render() == output, "a second run changes something")
        precondition(once.links.allSatisfy { $0.line >= 1 }, "a link stands nowhere")
        do throws(PayloadError) {
            let payload = try wrapper.wrap(json: source, selection: PayloadSelection()).render()
            guard (try? JSON5.parse(source.span)) != nil else { return }
            precondition((try? JSON5.parse(payload.span)) != nil, "a payload is none any more")
            let again = try wrapper.wrap(json: payload, selection: PayloadSelection()).render()
            precondition(again == payload, "a second run changes something")
        } catch {
            precondition(error.reason.place.line >= 1, "it is refused without a place")
        }
    }

    private static func survey(_ source: [UInt8]) {
        let lines = 1...source.count { $0 == UInt8(ascii: "\n") } + 1
        do throws(PayloadError) {
            let mail = try MailSurvey().survey(source)
            let places = mail.parts.flatMap { $0.links.map(\.line) + $0.code.map(\.line) } + mail.problems.map(\.line)
            precondition(places.allSatisfy { lines.contains($0) }, "something stands outside of the file")
            for link in mail.parts.flatMap(\.links) {
                let masked = RecipientMask.masked(link.requested)
                precondition(RecipientMask.masked(masked) == masked, "a second mask changes something")
            }
        } catch {
            precondition(error.reason.place.line >= 1, "it is refused without a place")
        }
    }

    private static func wrapper() -> MailWrapper {
        guard let base = TrackingBase("https://t.example") else { preconditionFailure("the base is right") }
        let fields = CampaignFields([.sec: "1", .cuid: "*|EMAIL|*"])
        return MailWrapper(MailWrapper.Options(base: base, fields: fields))
    }
}
