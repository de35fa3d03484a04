import Bytes

/// Where a section sends the clicks that have no usable target: an absolute URL that the operator chose, normalised and
/// ready to be sent.
package struct FallbackURL: Equatable, Sendable {
    /// The normalised URL, printable ASCII.
    let bytes: [UInt8]
    /// The URL taken apart, its ranges in `bytes`.
    let target: Target

    /// Checks and normalises a configured URL.
    ///
    /// - Throws: why a redirect can't carry the URL; `.hostSyntax` also for a host outside ASCII that browsers map
    ///   further.
    package init(_ text: String) throws(TargetRefusal) {
        let given = Array(text.utf8)
        var buffer = ByteBuffer(capacity: Target.maximumNormalisedCount(of: given.count))
        target = try Target.read(given.span, into: &buffer)
        guard target.hostKind != .nonASCII else { throw .hostSyntax }
        guard buffer.count <= LinkLimits.targetBytesMax else { throw .tooLong }
        bytes = buffer.toArray()
    }

    /// Appends the normalised URL.
    func append(into buffer: inout ByteBuffer) {
        buffer.append(bytes.span)
    }
}
