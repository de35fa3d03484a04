package import Bytes
package import Journal

/// A record of an `admin` shard, as it travels.
package struct FleetFact: Equatable, Sendable {
    /// The record.
    package var record: ShardCopy.Record
    /// The sequence behind the record before it in its shard; 0 for the first.
    package var follows: UInt64

    /// Puts both together.
    package init(_ record: ShardCopy.Record, follows: UInt64) {
        self.record = record
        self.follows = follows
    }
}

extension [FleetFact] {
    /// The records that can be put behind those that are here, in their order: whoever reads a table of which a part is
    /// still on its way sees later rows first. What is here already is left out.
    ///
    /// - Parameter next: the sequence behind the last record that is here.
    package func chain(from next: UInt64) -> [ShardCopy.Record] {
        var end = next
        var chain: [ShardCopy.Record] = []
        for fact in self where fact.record.sequence >= end {
            guard fact.follows <= end else { break }
            chain.append(fact.record)
            end = fact.record.sequence + 1
        }
        return chain
    }
}

/// What the nodes of a fleet tell each other, wherever it is kept. It is asked by one thread.
///
/// Whatever is put in twice is there once. What was put in is seen at once or later, and in any order.
package protocol FleetFacts: AnyObject {
    /// Looks whether it can be used.
    func check() throws(FleetError)
    /// For each shard the sequence behind the last record that is there.
    func ends() throws(FleetError) -> [ShardIdentity: UInt64]
    /// Records of a shard from a sequence on, by ascending sequence: some of them, and at least one where there is one.
    func facts(of shard: ShardIdentity, from sequence: UInt64) throws(FleetError) -> [FleetFact]
    /// How many records of each shard of a node are there.
    func counts(of node: UInt64) throws(FleetError) -> [ShardIdentity: UInt64]
    /// Puts records in, then says where their shard ends.
    func insert(_ facts: [FleetFact], of shard: ShardIdentity) throws(FleetError)
    /// The pieces of a list that are there.
    func pieces(of list: Bytes16) throws(FleetError) -> FleetPieces
    /// One piece of a list; nil where it is not there.
    func piece(_ number: UInt32, of list: Bytes16) throws(FleetError) -> [UInt8]?
    /// Puts in one piece of a list that has so many.
    func insert(piece bytes: [UInt8], _ number: UInt32, of list: Bytes16, count: UInt32) throws(FleetError)
}

/// Which pieces of a list are there.
package struct FleetPieces: Equatable, Sendable {
    /// How many it has; nil where none is there.
    package var count: UInt32?
    /// Those that are there.
    package var numbers: Set<UInt32> = []

    /// None.
    package init() {}

    /// True when all of them are there.
    package var isWhole: Bool { count.map { numbers.count == Int($0) } ?? false }
}
