import Bytes
import Testing

@Suite("HMAC-SHA-256 gives the codes of RFC 4231")
struct HMACSHA256Tests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let key: [UInt8]
        let message: [UInt8]
        let code: String
    }

    /// RFC 4231, 4.2 to 4.8; the fifth gives 16 bytes only.
    static let rows = [
        Row(
            testDescription: "1: a key of 20 bytes", key: [UInt8](repeating: 0x0B, count: 20),
            message: Array("Hi There".utf8),
            code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        Row(
            testDescription: "2: a key shorter than the code", key: Array("Jefe".utf8),
            message: Array("what do ya want for nothing?".utf8),
            code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        Row(
            testDescription: "3: key and message together longer than a block",
            key: [UInt8](repeating: 0xAA, count: 20),
            message: [UInt8](repeating: 0xDD, count: 50),
            code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        Row(
            testDescription: "4: a key of 25 bytes", key: Array(1...25), message: [UInt8](repeating: 0xCD, count: 50),
            code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        Row(
            testDescription: "5: a code cut to 16 bytes", key: [UInt8](repeating: 0x0C, count: 20),
            message: Array("Test With Truncation".utf8), code: "a3b6167473100ee06e0c796c2955552b"),
        Row(
            testDescription: "6: a key longer than a block", key: [UInt8](repeating: 0xAA, count: 131),
            message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        Row(
            testDescription: "7: key and message longer than a block", key: [UInt8](repeating: 0xAA, count: 131),
            message: Array(
                ("This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
            code: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
    ]

    @Test(arguments: rows)
    func publishedVector(_ row: Row) {
        let key = HMACSHA256Key(row.key.span)
        let code = key.authenticate(row.message.span)
        #expect(code.description.hasPrefix(row.code))

        var pieces = HMACSHA256(key: key)
        for offset in row.message.indices { pieces.update(row.message.span.extracting(offset..<offset + 1)) }
        let again = pieces.finalize()
        #expect(again == code)
        let empty = pieces.finalize()
        let expected = key.authenticate([UInt8]().span)
        #expect(empty == expected)
    }

    @Test("A key of a digest is a key of its 32 bytes")
    func keyOfDigest() {
        let message = Array("tremolo/v1/person/".utf8)
        let digest = SHA256Digest.hash(message.span)
        let code = HMACSHA256Key(digest).authenticate(message.span)
        let same = digest.withSpan { HMACSHA256Key($0) }.authenticate(message.span)
        #expect(code == same)
    }
}
