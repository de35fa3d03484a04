import Bytes
import TestSupport
import Testing

@Suite("SHA-256 gives the published digests, with the processor's instructions and without")
struct SHA256Tests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let message: [UInt8]
        let digest: String

        /// A row of NIST's validation files, where the message is in hex.
        init(message: String, digest: String) {
            self.message = bytes(hexadecimal: message)
            self.digest = digest
            testDescription = "NIST's message of \(self.message.count) bytes"
        }

        init(_ text: String, digest: String) {
            message = Array(text.utf8)
            self.digest = digest
            testDescription = "'\(text)'"
        }
    }

    /// NIST's examples for FIPS 180-4, then rows of its SHA-256 "ShortMsg" validation file around the padding's edges.
    static let rows = [
        Row("", digest: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        Row("abc", digest: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        Row(
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            digest: "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
        Row(
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            digest: "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"),
        Row(message: "9e", digest: "35af2d15ebde4d67b29569ec19749e813c76f02286afc5a2a9871c2bfbdaab32"),
        Row(
            message: "b1d4b3f09f8c4645b6465e701d9df61043539b0dc6a0738694c97f0b50f51d0d",
            digest: "28a71ed67523190e9eae6ed83de531ac3267739f85153a7ce787d589dcffbd6c"),
        Row(
            message:
                "d0ccbf1f852c5f43525f3b90fedd7ae8fa262b6bf0077cdf9e192d55e58c44091d22018bac7e141cd79f0e5bd8a8162130"
                + "e2dda93e03",
            digest: "c8dd8ee1be963934da13d68453234463d189917cc43151cf3d6ff0c41d7f99e6"),
        Row(
            message:
                "177df9f1768f798c8ec59a1f36ed02856a62b090403090511e794d932b1867a90383856aaff60c79d4cef0ca2a33cb6130"
                + "f92c5d1fc831",
            digest: "34416b20eef5474b6602ef98fb0b5f018086805b7b2df3ef1d4635502f631642"),
        Row(
            message:
                "08f645ff0f9a765593bd419ff60a308d3b4e70e816388577455d3c1f237ee14d7b0eb3999aef95a3a87d064138cd53dd1d"
                + "360b187f11b4b3",
            digest: "76f082a9a8e45c02a376ee1b42629cfb5db30e0ba1632f19cd28c96363f9da66"),
        Row(
            message:
                "c3e81f34b716b165addda4fce195ba39e3a496ccf44f3746b3d0c0cef9a87a1501361b8ccc8949d4c3735a759fde5ed486"
                + "635f5f7619e70be7abc300acae07",
            digest: "2775a3f9bb46a4fda00eef650b45db52a8e8c948b6eff3b7a8206544de4f3ba0"),
        Row(
            message:
                "3d007ab1483de3511ce9a7edc7a9610bcacac0ec6f3d7cb45de08fcc6a00a185b01bc4fee3ea6147e29e72c68b6bf2dad4"
                + "4392bf17e4aeb2ae147f55c02b9254",
            digest: "b9e850d487a74e6b8e07330b7648b6c1aa84cdcc16b238c96d47613de313e2f9"),
    ]

    @Test(arguments: rows)
    func publishedVector(_ row: Row) {
        let digest = SHA256Digest.hash(row.message.span)
        var portable = SHA256.portable()
        portable.update(row.message.span)
        let portableDigest = portable.finalize()
        #expect(digest.description == row.digest)
        #expect(portableDigest.description == row.digest)
    }

    @Test("A million letters (NIST's third example), in pieces of every size up to 200", arguments: [true, false])
    func million(isPortable: Bool) {
        let letters = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        var hash = isPortable ? SHA256.portable() : SHA256()
        var offset = 0
        var piece = 0
        while offset < letters.count {
            piece = piece % 200 + 1
            let end = min(offset + piece, letters.count)
            hash.update(letters.span.extracting(offset..<end))
            offset = end
        }
        let digest = hash.finalize()
        #expect(digest.description == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    /// The expected value comes from another implementation (OpenSSL's).
    @Test("Every length up to 299 bytes", arguments: [true, false])
    func everyLength(isPortable: Bool) {
        var all = SHA256()
        for count in 0..<300 {
            let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + count) }
            var hash = isPortable ? SHA256.portable() : SHA256()
            hash.update(message.span)
            hash.finalize().withSpan { all.update($0) }
        }
        let digest = all.finalize()
        #expect(digest.description == "d5238871a46ac4a1a75ac3fb19d645b0b3b9e5f35f5f720e2b240d605c6b694e")
    }

    @Test("A message at once gives what it gives in pieces")
    func atOnce() {
        var generator = SeededGenerator(seed: 61)
        for count in 0...300 {
            let message = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            var pieces = SHA256()
            for byte in message { pieces.update(CollectionOfOne(byte).span) }
            let inPieces = pieces.finalize()
            let atOnce = SHA256Digest.hash(message.span)
            #expect(atOnce == inPieces, "\(count) bytes")
            let key = HMACSHA256Key(message.span)
            var code = HMACSHA256(key: key)
            for byte in message { code.update(CollectionOfOne(byte).span) }
            let codeInPieces = code.finalize()
            let codeAtOnce = key.authenticate(message.span)
            #expect(codeAtOnce == codeInPieces, "\(count) bytes")
        }
    }

    @Test("A finished hash is as new, and a copy goes on alone")
    func reuse() {
        let text = Array("abc".utf8)
        var hash = SHA256()
        hash.update(text.span.extracting(0..<2))
        var copy = hash
        _ = hash.finalize()
        hash.update(text.span)
        copy.update(text.span.extracting(2..<3))
        let (first, second) = (hash.finalize(), copy.finalize())
        #expect(first == second)
        #expect(first.description == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("Digests that differ in any one bit are not equal")
    func inequality() {
        let message: [UInt8] = [1, 2, 3]
        let digest = SHA256Digest.hash(message.span)
        let same = SHA256Digest.hash(message.span)
        #expect(digest == same)
        for other in 0..<64 {
            let others = SHA256Digest.hash([UInt8](repeating: 9, count: other).span)
            #expect(digest != others)
        }
        let bytes = digest.withSpan { $0.toArray() }
        let prefix = digest.prefix16.withSpan { $0.toArray() }
        #expect(Array(bytes.prefix(16)) == prefix)
    }

    @Test("Hashing allocates nothing")
    func allocations() {
        let message = [UInt8](repeating: 7, count: 300)
        let key = HMACSHA256Key(message.span)
        var digest = SHA256Digest.hash(message.span)
        let allocated = allocationCount {
            digest = SHA256Digest.hash(message.span)
            digest = key.authenticate(message.span)
        }
        #expect(allocated == 0)
        withExtendedLifetime(digest) {}
    }
}
