import CIntrinsics

/// The eight words that SHA-256 carries from block to block, and the compression function that moves them on.
struct SHA256State: Sendable {
    /// True when the processor has the instructions.
    static var isAccelerated: Bool { tremolo_sha256_is_accelerated() }

    private var words: InlineArray<8, UInt32> = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    private let isAccelerated: Bool

    /// The state before the first block (FIPS 180-4, 5.3.3).
    init(isAccelerated: Bool = SHA256State.isAccelerated) {
        self.isAccelerated = isAccelerated
    }

    /// Takes in whole blocks of 64 bytes.
    mutating func compress(_ blocks: Span<UInt8>) {
        precondition(blocks.count % SHA256.blockBytes == 0, "SHA-256 compresses whole blocks")
        if isAccelerated {
            var words = words.mutableSpan
            unsafe words.withUnsafeMutableBufferPointer { state in
                unsafe blocks.withUnsafeBufferPointer { bytes in
                    guard let state = state.baseAddress, let start = bytes.baseAddress else { return }
                    unsafe tremolo_sha256_compress(state, start, bytes.count / SHA256.blockBytes)
                }
            }
        } else {
            for block in 0..<blocks.count / SHA256.blockBytes {
                compressPortably(blocks, at: block * SHA256.blockBytes)
            }
        }
    }

    /// The digest of a message whose whole blocks before `rest` this state has taken in.
    ///
    /// - Parameters:
    ///   - rest: what is left of the message, of any length.
    ///   - totalBytes: length of the whole message.
    func digest(of rest: Span<UInt8>, totalBytes: UInt64) -> SHA256Digest {
        var state = self
        let whole = rest.count & ~(SHA256.blockBytes - 1)
        if whole > 0 { state.compress(rest.extracting(0..<whole)) }
        // FIPS 180-4, 5.1.1: a one bit, zeros, and the length in bits as the last eight bytes of a block.
        let left = rest.count - whole
        let paddedBytes = left < SHA256.blockBytes - 8 ? SHA256.blockBytes : 2 * SHA256.blockBytes
        var padded = InlineArray<16, UInt64>(repeating: 0)
        var words = padded.mutableSpan
        unsafe words.withUnsafeMutableBytes { room in
            unsafe rest.extracting(whole..<rest.count).withUnsafeBytes { unsafe room.copyMemory(from: $0) }
            unsafe room[left] = 0x80
            unsafe room.storeBytes(of: (totalBytes &* 8).bigEndian, toByteOffset: paddedBytes - 8, as: UInt64.self)
        }
        let bytes = unsafe padded.span.bytes
        state.compress(Span<UInt8>(_bytes: bytes).extracting(0..<paddedBytes))
        return state.digest
    }

    /// The words as the bytes of a digest.
    var digest: SHA256Digest {
        func pair(_ index: Int) -> UInt64 {
            (UInt64(words[index]) << 32 | UInt64(words[index + 1])).bigEndian
        }
        return SHA256Digest(pair(0), pair(2), pair(4), pair(6))
    }

    /// FIPS 180-4, 6.2.2, over the block at `start`.
    private mutating func compressPortably(_ bytes: Span<UInt8>, at start: Int) {
        var schedule = InlineArray<64, UInt32>(repeating: 0)
        for index in 0..<16 {
            schedule[index] = bytes.littleEndian(UInt32.self, at: start + 4 * index).byteSwapped
        }
        for index in 16..<64 {
            let early = schedule[index - 15]
            let late = schedule[index - 2]
            let first = early.rotatedRight(7) ^ early.rotatedRight(18) ^ early >> 3
            let second = late.rotatedRight(17) ^ late.rotatedRight(19) ^ late >> 10
            schedule[index] = schedule[index - 16] &+ first &+ schedule[index - 7] &+ second
        }
        var (a, b, c, d) = (words[0], words[1], words[2], words[3])
        var (e, f, g, h) = (words[4], words[5], words[6], words[7])
        for index in 0..<64 {
            let choice = (e & f) ^ (~e & g)
            let majority = (a & b) ^ (a & c) ^ (b & c)
            let first =
                h &+ (e.rotatedRight(6) ^ e.rotatedRight(11) ^ e.rotatedRight(25)) &+ choice
                &+ sha256RoundConstants[index] &+ schedule[index]
            let second = (a.rotatedRight(2) ^ a.rotatedRight(13) ^ a.rotatedRight(22)) &+ majority
            (h, g, f, e) = (g, f, e, d &+ first)
            (d, c, b, a) = (c, b, a, first &+ second)
        }
        words[0] &+= a
        words[1] &+= b
        words[2] &+= c
        words[3] &+= d
        words[4] &+= e
        words[5] &+= f
        words[6] &+= g
        words[7] &+= h
    }
}

extension UInt32 {
    fileprivate func rotatedRight(_ bits: UInt32) -> UInt32 { self >> bits | self << (32 - bits) }
}

/// FIPS 180-4, 4.2.2.
private let sha256RoundConstants: InlineArray<64, UInt32> = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
]
