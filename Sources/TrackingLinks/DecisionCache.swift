import Bytes

/// What was decided about targets not long ago: the recipients of a campaign click the same few links.
///
/// Deciding on a link without a signature is a pure function of the target's bytes and the section's policy until the
/// policy's next date, so an answer can be given again. A place
/// holds one target and is chosen by a checksum of its bytes; whether it is the same target is decided by comparing all
/// of them, so that two targets are never taken for each other. Targets that nobody else has (one a recipient) cost the
/// copy and push others out, nothing more.
///
/// `placeCount` places of a kilobyte, touched as they are used. Nothing is allocated after the first use.
struct DecisionCache: ~Copyable {
    /// How many targets are remembered, a power of two.
    static var placeCount: Int { 256 }
    /// Room for the target as it came, its normalised URL and its stored form, together.
    private static var bytesMax: Int { 896 }

    private struct Place {
        /// Held, so that no other policy can take its identity.
        var policy: SectionPolicy?
        var place = TargetReader.Place(isRaw: false, isLast: false)
        var targetCount = 0
        var urlCount = 0
        var storedCount = 0
        var untilNanoseconds: UInt64 = 0
        var decision = Decision(.pixel, .open, [])
    }

    private var places = [Place](repeating: Place(), count: DecisionCache.placeCount)
    private var bytes: [UInt8] = []

    init() {
        bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.placeCount * Self.bytesMax) { _, count in
            count = Self.placeCount * Self.bytesMax
        }
    }

    /// The place of a target.
    static func place(of target: Span<UInt8>) -> Int {
        Int(CRC32C.checksum(target)) & (placeCount - 1)
    }

    /// Gives the decision about a target again, if it stands at its place.
    ///
    /// - Parameters:
    ///   - url: takes the URL that the decision refers to, from its beginning.
    ///   - stored: takes the stored forms.
    /// - Returns: the decision, its repairs those of the target alone.
    func decision(
        at place: Int, on target: Span<UInt8>, _ targetPlace: TargetReader.Place, policy: SectionPolicy,
        nowNanoseconds: UInt64, url: inout ByteBuffer, stored: inout ByteBuffer
    ) -> Decision? {
        guard places[place].targetCount == target.count, places[place].place == targetPlace,
            places[place].policy === policy, nowNanoseconds < places[place].untilNanoseconds
        else { return nil }
        let start = place * Self.bytesMax
        let targetEnd = start + target.count
        let urlEnd = targetEnd + places[place].urlCount
        let all = bytes.span
        guard all.extracting(start..<targetEnd).equals(target) else { return nil }
        url.append(all.extracting(targetEnd..<urlEnd))
        stored.append(all.extracting(urlEnd..<urlEnd + places[place].storedCount))
        return places[place].decision
    }

    /// Remembers a decision in place of what stood there. One that takes too much room is not remembered.
    mutating func remember(
        _ decision: Decision, at place: Int, on target: Span<UInt8>, _ targetPlace: TargetReader.Place,
        policy: SectionPolicy, untilNanoseconds: UInt64, url: borrowing ByteBuffer, stored: borrowing ByteBuffer
    ) {
        guard target.count + url.count + stored.count <= Self.bytesMax else { return }
        places[place] = Place(
            policy: policy, place: targetPlace, targetCount: target.count, urlCount: url.count,
            storedCount: stored.count, untilNanoseconds: untilNanoseconds, decision: decision)
        var offset = place * Self.bytesMax
        copy(target, to: &offset)
        url.withSpan { copy($0, to: &offset) }
        stored.withSpan { copy($0, to: &offset) }
    }

    private mutating func copy(_ text: Span<UInt8>, to offset: inout Int) {
        unsafe bytes.withUnsafeMutableBytes { room in
            unsafe text.withUnsafeBytes { source in
                let place = unsafe room[offset..<offset + source.count]
                unsafe UnsafeMutableRawBufferPointer(rebasing: place).copyMemory(from: source)
            }
        }
        offset += text.count
    }
}
