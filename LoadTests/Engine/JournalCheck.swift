import Bytes

/// Holds the journal's events, a line of JSON each, against what was sent. Memory: two bits a request.
package struct JournalCheck: Sendable {
    private let salt: UInt64
    private var ledgers: [Int: RequestLedger] = [:]
    private var seen: [Int: [UInt64]] = [:]
    private var result = Verification()
    /// Lines that are no event.
    package private(set) var unreadable: UInt64 = 0

    /// Begins with what was sent under a salt.
    package init(_ ledgers: [RequestLedger], salt: UInt64) {
        self.salt = salt
        for ledger in ledgers {
            self.ledgers[ledger.lane] = ledger
            seen[ledger.lane] = [UInt64](repeating: 0, count: Int(ledger.sentCount + 63) / 64)
            result.acknowledged += ledger.acknowledgedCount
            result.sent += ledger.sentCount
        }
    }

    /// Takes one line of `tremolo events --format ndjson`. Other runs' events count for the totals alone.
    ///
    /// The two members that matter are found by their keys: in this program's own JSON no quote stands inside a text
    /// without a backslash, so `"kind":"` can't be part of one.
    package mutating func take(_ line: Span<UInt8>) {
        guard line.count > 0 else { return }
        guard let kind = Self.text(of: Self.kindKey, in: line) else {
            unreadable += 1
            return
        }
        if line.extracting(kind).equals("click") { result.journalClicks += 1 }
        if line.extracting(kind).equals("open") { result.journalOpens += 1 }
        guard let visit = Self.text(of: Self.visitKey, in: line), visit.count == VisitIDs.digitCount,
            let number = Self.decimal(line.extracting(visit)),
            let (lane, counter) = VisitIDs.place(of: number, salt: salt)
        else { return }
        result.found += 1
        guard let ledger = ledgers[lane], counter < ledger.sentCount else {
            result.unknown += 1
            return
        }
        let word = Int(counter >> 6)
        let bit = UInt64(1) << (counter & 63)
        if seen[lane, default: []][word] & bit != 0 {
            result.doubled += 1
            return
        }
        seen[lane, default: []][word] |= bit
        if !ledger.isAcknowledged(counter) { result.unacknowledgedFound += 1 }
    }

    /// What it came to, once every line was taken.
    package func finish() -> Verification {
        var result = result
        let once = result.found - result.doubled - result.unknown - result.unacknowledgedFound
        result.lost = result.acknowledged - min(once, result.acknowledged)
        return result
    }

    private static let kindKey = Array("\"kind\":\"".utf8)
    private static let visitKey = Array("\"expVisitId\":\"".utf8)

    /// Where the text behind a key stands.
    private static func text(of key: [UInt8], in line: Span<UInt8>) -> Range<Int>? {
        var from = 0
        while let quote = line.firstOffset(of: UInt8(ascii: "\""), from: from) {
            from = quote + 1
            guard line.count - quote > key.count,
                line.extracting(quote..<quote + key.count).hasSameBytes(as: key.span)
            else { continue }
            let start = quote + key.count
            guard let end = line.firstOffset(of: UInt8(ascii: "\""), from: start) else { return nil }
            return start..<end
        }
        return nil
    }

    private static func decimal(_ text: Span<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for index in text.indices {
            guard text[index].isASCIIDigit else { return nil }
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, tooLargeToo) = product.addingReportingOverflow(UInt64(text[index] - UInt8(ascii: "0")))
            guard !tooLarge, !tooLargeToo else { return nil }
            value = sum
        }
        return value
    }
}
