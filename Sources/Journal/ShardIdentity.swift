/// The name of one shard: what one thread of one process writes. Never given out twice.
package struct ShardIdentity: Hashable, Sendable {
    /// The data folder's node, random.
    package let node: UInt64
    /// The start of the process; see `Epoch`.
    package let epoch: UInt64
    /// The thread's number, or `adminShard`.
    package let shard: UInt16

    /// The shard for facts that no request carries.
    package static let adminShard: UInt16 = 0xFFFF

    package init(node: UInt64, epoch: UInt64, shard: UInt16) {
        self.node = node
        self.epoch = epoch
        self.shard = shard
    }

    /// True for the shard of facts that no request carries.
    package var isAdmin: Bool { shard == Self.adminShard }

    /// The folder of all shards of the process: `<node>-<epoch>`.
    package var epochFolderName: String { hexadecimal16(node) + "-" + hexadecimal16(epoch) }

    /// The shard's own folder: its number, or `admin`.
    package var shardFolderName: String { isAdmin ? "admin" : String(shard) }

    /// The shard's folder below the journal's: `<node>-<epoch>/<shard>`.
    package var folder: String { epochFolderName + "/" + shardFolderName }

    /// Reads the names of the two folders, exactly as they are written; nil for anything else.
    package init?(epochFolderName: String, shardFolderName: String) {
        let parts = epochFolderName.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let node = parse(hexadecimal16: parts[0]), let epoch = parse(hexadecimal16: parts[1])
        else { return nil }
        if shardFolderName == "admin" {
            self.init(node: node, epoch: epoch, shard: Self.adminShard)
        } else {
            guard let shard = UInt16(shardFolderName), String(shard) == shardFolderName, shard != Self.adminShard
            else { return nil }
            self.init(node: node, epoch: epoch, shard: shard)
        }
    }
}

extension ShardIdentity: Comparable {
    /// By node, epoch, shard.
    package static func < (left: ShardIdentity, right: ShardIdentity) -> Bool {
        (left.node, left.epoch, left.shard) < (right.node, right.epoch, right.shard)
    }
}

extension ShardIdentity: CustomStringConvertible {
    /// `node/epoch/shard`.
    package var description: String { "\(hexadecimal16(node))/\(hexadecimal16(epoch))/\(shardFolderName)" }
}

/// One start of a process that writes the journal: 64 bits that no other start has.
package enum Epoch {
    /// Makes one: milliseconds since 1970 in the upper 48 bits, random bits below.
    package static func make(nowMilliseconds: UInt64, random: UInt16) -> UInt64 {
        nowMilliseconds << 16 | UInt64(random)
    }

    /// Makes one with bits from the system.
    package static func make(nowMilliseconds: UInt64) -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return make(nowMilliseconds: nowMilliseconds, random: generator.next())
    }

    /// The time in an epoch, in milliseconds since 1970.
    package static func startMilliseconds(of epoch: UInt64) -> UInt64 { epoch >> 16 }
}

/// Sixteen lower-case hex digits.
package func hexadecimal16(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}

/// The number that `hexadecimal16` wrote.
func parse(hexadecimal16 text: some StringProtocol) -> UInt64? {
    guard let number = UInt64(text, radix: 16), hexadecimal16(number) == text else { return nil }
    return number
}
