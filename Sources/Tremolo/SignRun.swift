import Bytes
import LinuxSystem
import Settings
import TrackingLinks

/// One run of `tremolo sign` over URLs: signs each as it comes, and goes on behind one that can't be signed.
struct SignRun: ~Copyable {
    /// A line that does not fit is refused. Longer than any link that is signed.
    private static let lineBytesMax = 262_144

    private var signer: LinkSigner
    private let scope: SignatureScope?
    private let expirySeconds: UInt64?
    private var output: [UInt8] = []
    private var count = 0
    private var refusedCount = 0

    init(_ signer: consuming LinkSigner, scope: SignatureScope?, expirySeconds: UInt64?) {
        self.signer = signer
        self.scope = scope
        self.expirySeconds = expirySeconds
    }

    /// Signs the URLs of a command line.
    mutating func sign(_ urls: [String]) throws(CommandFailure) -> ExitCode {
        for url in urls {
            let bytes = Array(url.utf8)
            sign(bytes.span, named: "URL")
        }
        try flush()
        return result
    }

    /// Signs the lines of standard input. What was read is written before more is waited for, so that a program can ask
    /// for one link after the other.
    mutating func signStandardInput() throws(CommandFailure) -> ExitCode {
        var input = ByteBuffer(capacity: Self.lineBytesMax)
        var isTooLong = false
        while try read(into: &input) > 0 {
            let consumed = takeLines(input, &isTooLong)
            input.removeFirst(consumed)
            if input.freeCapacity == 0 {
                // Its end is waited for, its bytes are not kept.
                isTooLong = true
                input.removeAll()
            }
            try flush()
        }
        if !input.isEmpty || isTooLong { takeLastLine(input, isTooLong) }
        try flush()
        return result
    }

    private func read(into input: inout ByteBuffer) throws(CommandFailure) -> Int {
        do throws(SystemError) {
            return try StandardStream.input.read(into: &input)
        } catch {
            throw CommandFailure(
                .inputOutput, Message("standard input", why: error.reason, whatToDo: "give one URL a line"))
        }
    }

    /// Signs every whole line.
    ///
    /// - Parameter isTooLong: true while the beginning of the line was dropped.
    /// - Returns: bytes of whole lines.
    private mutating func takeLines(_ input: borrowing ByteBuffer, _ isTooLong: inout Bool) -> Int {
        var start = 0
        while let end = input.withSpan({ $0.firstOffset(of: UInt8(ascii: "\n"), from: start) }) {
            if isTooLong {
                refuse(.tooLong, named: "line")
            } else {
                input.withSpan(of: start..<end) { signLine($0) }
            }
            isTooLong = false
            start = end + 1
        }
        return start
    }

    private mutating func takeLastLine(_ input: borrowing ByteBuffer, _ isTooLong: Bool) {
        if isTooLong {
            refuse(.tooLong, named: "line")
        } else {
            input.withSpan { signLine($0) }
        }
    }

    /// Signs a line. A return at its end belongs to the line's end; a line of nothing stays one.
    private mutating func signLine(_ line: Span<UInt8>) {
        let hasReturn = !line.isEmpty && line[line.count - 1] == UInt8(ascii: "\r")
        let url = line.extracting(first: line.count - (hasReturn ? 1 : 0))
        guard !url.isEmpty else {
            count += 1
            return output.append(UInt8(ascii: "\n"))
        }
        sign(url, named: "line")
    }

    private mutating func sign(_ url: Span<UInt8>, named name: StaticString) {
        do throws(SigningRefusal) {
            output += try signer.sign(url, scope: scope, expirySeconds: expirySeconds)
            output.append(UInt8(ascii: "\n"))
            count += 1
        } catch {
            refuse(error, named: name)
        }
    }

    private mutating func refuse(_ refusal: SigningRefusal, named name: StaticString) {
        count += 1
        refusedCount += 1
        output.append(UInt8(ascii: "\n"))
        CommandOutput.message(Message("\(name) \(count)", why: refusal.explanation))
    }

    private mutating func flush() throws(CommandFailure) {
        guard !output.isEmpty else { return }
        try CommandOutput.write(output)
        output.removeAll(keepingCapacity: true)
    }

    private var result: ExitCode {
        guard refusedCount > 0 else { return .done }
        CommandOutput.message(
            Message("sign", why: "\(refusedCount) of \(count) could not be signed", whatToDo: "see above for each"))
        return .badInput
    }
}
