import Bytes

/// The header fields of heads that came not long ago, as they were read.
///
/// The proxies and apps that fetch most of a mail's links and images send the same fields each time, and so does a
/// client on its connection. Reading them is a pure function of their bytes, so that what it gave can be given again. A
/// place holds one text and is chosen by a hash of a few of its words; whether it is the same text is decided by
/// comparing all of it. Fields that nobody else sends cost the copy and push others out, nothing more.
///
/// `placeCount` places of some 2.6 KiB, touched as they are used. Nothing is allocated after the first use.
struct FieldMemo: ~Copyable {
    /// How many texts are remembered, a power of two.
    static var placeCount: Int { 64 }
    /// Longest text that is remembered, line ends included: browsers send some 600 bytes, proxies in front add a few
    /// lines.
    static var textBytesMax: Int { 1_536 }

    struct Place: BitwiseCopyable {
        var textCount = 0
        var facts = FieldFacts()
    }

    private var places = FixedTable(count: FieldMemo.placeCount, of: Place())
    private var texts = FixedTable(count: FieldMemo.placeCount * FieldMemo.textBytesMax, of: UInt8(0))
    private var fields = FixedTable(
        count: FieldMemo.placeCount * RequestHead.headerCapacity, of: RequestHead.Field.none)
    private var rememberedCount: UInt64 = 0
    private var known = FixedTable(count: FieldMemo.placeCount * RequestHead.knownCapacity, of: UInt8(0))

    /// The place of a text of 1 to `textBytesMax` bytes.
    @inline(__always)
    static func place(of text: Span<UInt8>) -> Int {
        // Sixteen words, evenly spread: user agents and languages are where texts of one length differ.
        var hash = UInt64(truncatingIfNeeded: text.count)
        if text.count >= 24 {
            let stride = (text.count &- 8) &>> 4
            for index in 0..<16 {
                hash = (hash ^ text.uncheckedWord(at: index &* stride)) &* 0x9E37_79B9_7F4A_7C15
                hash ^= hash &>> 32
            }
        }
        return Int(truncatingIfNeeded: hash) & (placeCount - 1)
    }

    /// Gives the fields of a text again, if it stands at its place.
    ///
    /// - Returns: false, and everything as it was, when it doesn't.
    func recall(
        _ text: Span<UInt8>, at place: Int, facts: inout FieldFacts, fields: inout FixedTable<RequestHead.Field>,
        known: inout FixedTable<UInt8>
    ) -> Bool {
        guard places[place].textCount == text.count else { return false }
        let start = place &* Self.textBytesMax
        guard texts.withSpan(of: start..<start &+ text.count, { $0.equals(text) }) else { return false }
        facts = places[place].facts
        fields.copy(facts.count, from: self.fields, at: place &* RequestHead.headerCapacity)
        known.copy(RequestHead.knownCapacity, from: self.known, at: place &* RequestHead.knownCapacity)
        return true
    }

    /// Remembers the fields of a text in place of what stood there, and numbers them.
    mutating func remember(
        _ text: Span<UInt8>, at place: Int, facts: inout FieldFacts, fields: borrowing FixedTable<RequestHead.Field>,
        known: borrowing FixedTable<UInt8>
    ) {
        rememberedCount += 1
        facts.number = rememberedCount &* UInt64(Self.placeCount) &+ UInt64(place)
        places[place] = Place(textCount: text.count, facts: facts)
        texts.replace(from: place &* Self.textBytesMax, with: text)
        self.fields.copy(facts.count, from: fields, at: 0, to: place &* RequestHead.headerCapacity)
        self.known.copy(RequestHead.knownCapacity, from: known, at: 0, to: place &* RequestHead.knownCapacity)
    }
}

/// What is known of all header fields of a head together. Bits are those of `KnownHeader.bit`.
struct FieldFacts: BitwiseCopyable {
    /// Number of fields.
    var count = 0
    /// The known headers that are there.
    var presence: UInt64 = 0
    /// Those that are there more than once.
    var repeated: UInt64 = 0
    /// Those whose first value may hold an at sign (`RequestHead.mayHoldAtSign`).
    var withAtSigns: UInt64 = 0
    /// `RequestHead.orderHash`.
    var orderHash: UInt64 = 0
    /// `RequestHead.fieldsNumber`.
    var number: UInt64 = 0
}
