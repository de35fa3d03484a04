import Bytes
import Mail
import TrackingLinks

/// Mails as a fuzzer meets them: as HTML, and as a payload where they are one.
enum MailFuzzing {
    static func run(_ bytes: Span<UInt8>) {
        let source = bytes.toArray()
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

    private static func wrapper() -> MailWrapper {
        guard let base = TrackingBase("https://t.example") else { preconditionFailure("the base is right") }
        let fields = CampaignFields([.sec: "1", .cuid: "*|EMAIL|*"])
        return MailWrapper(MailWrapper.Options(base: base, fields: fields))
    }
}
