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
    /// - Throws: why a redirect can't carry the URL; `.hostSyntax` also for a host that is not plain ASCII.
    package init(_ text: String) throws(TargetRefusal) {
        let given = Array(text.utf8)
        switch Target.parse(given.span) {
        case .unusable(let refusal):
            throw refusal
        case .target(let target):
            guard target.hostKind.isLinkable else { throw .hostSyntax }
            var buffer = ByteBuffer(capacity: Target.maximumNormalisedCount(of: given.count))
            self.target = target.normalised(of: given.span, into: &buffer)
            guard buffer.count <= LinkLimits.targetBytesMax else { throw .tooLong }
            self.bytes = buffer.toArray()
        }
    }

    /// Appends the normalised URL.
    func append(into buffer: inout ByteBuffer) {
        buffer.append(bytes.span)
    }
}
