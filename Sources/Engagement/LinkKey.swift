package import Bytes

/// The key that reports count links by: a URL in stored form, and the link's label where it has one.
///
/// `https://www.example.com/sale [hero]` is the link labelled `hero`. A usable URL holds no space, so the two can
/// always be told apart.
package enum LinkKey {
    /// The most bytes of a key.
    package static let bytesMax = 2_048 + 3 + 256

    /// Appends the key of an event's link.
    ///
    /// - Parameter buffer: has room for `bytesMax` bytes.
    /// - Returns: false, and nothing appended, when the event has neither link nor label.
    package static func append(_ event: EventView, in payload: Span<UInt8>, to buffer: inout ByteBuffer) -> Bool {
        let label = event.range(of: .label).flatMap { $0.isEmpty ? nil : $0 }
        guard event.linkRange != nil || label != nil else { return false }
        if let link = event.linkRange { buffer.append(payload.extracting(link.offsets)) }
        if let label {
            buffer.append(" [")
            buffer.append(payload.extracting(label.offsets))
            buffer.append(UInt8(ascii: "]"))
        }
        return true
    }

    static func text(url: String?, label: String?) -> String? {
        guard let label, !label.isEmpty else { return url }
        return "\(url ?? "") [\(label)]"
    }
}
