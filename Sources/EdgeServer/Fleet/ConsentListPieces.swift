import Bytes
import Campaigns
import Engagement
import LinuxSystem

/// Brings the files of subscriber lists to the fleet and from it, a piece at a time: a list may be larger than memory.
struct ConsentListPieces {
    private let files: ConsentListFile

    /// The lists of a data folder.
    init(_ folder: DataFolder) {
        files = ConsentListFile(folder: folder.consent)
    }

    /// Puts in what is not there of a list. A file that is not here any more is nothing to wait for: a later list has
    /// taken its place.
    func push(_ list: Bytes16, to fleet: some FleetFacts) throws(EdgeError) {
        let there = try EdgeError.fleet { () throws(FleetError) in try fleet.pieces(of: list) }
        if there.isWhole { return }
        guard let file = try open(list) else { return }
        try push(list, file, there, to: fleet)
    }

    private func open(_ list: Bytes16) throws(EdgeError) -> FileDescriptor? {
        do throws(SystemError) {
            return try FileDescriptor.open(files.path(list), .read)
        } catch {
            if error.isNotFound { return nil }
            throw .file(path: files.path(list), error)
        }
    }

    private func size(of file: borrowing FileDescriptor, _ list: Bytes16) throws(EdgeError) -> UInt64 {
        do throws(SystemError) {
            return try file.status().sizeBytes
        } catch {
            throw .file(path: files.path(list), error)
        }
    }

    private func push(
        _ list: Bytes16, _ file: borrowing FileDescriptor, _ there: FleetPieces, to fleet: some FleetFacts
    ) throws(EdgeError) {
        let size = try size(of: file, list)
        let pieceBytes = UInt64(ConsentListFile.pieceBytes)
        let count = UInt32(clamping: (size + pieceBytes - 1) / pieceBytes)
        var piece = ByteBuffer(capacity: ConsentListFile.pieceBytes)
        for number in 0..<count {
            piece.removeAll()
            do throws(SystemError) {
                try ConsentListFile.fill(&piece, from: file)
            } catch {
                throw .file(path: files.path(list), error)
            }
            guard !there.numbers.contains(number) else { continue }
            let bytes = piece.toArray()
            try EdgeError.fleet { () throws(FleetError) in
                try fleet.insert(piece: bytes, number, of: list, count: count)
            }
        }
    }

    /// Fetches a list, durably, where it is not here.
    ///
    /// - Returns: false where it is not all there, or is not what its name says.
    func pull(_ list: Bytes16, from fleet: some FleetFacts) throws(EdgeError) -> Bool {
        if files.trouble(with: list) == nil { return true }
        let there = try EdgeError.fleet { () throws(FleetError) in try fleet.pieces(of: list) }
        guard there.isWhole, let count = there.count, count <= Self.countMax else { return false }
        var number: UInt32 = 0
        return try files.write(list) { () throws(EdgeError) in
            guard number < count else { return nil }
            defer { number += 1 }
            return try EdgeError.fleet { () throws(FleetError) in try fleet.piece(number, of: list) }
        }
    }

    /// Pieces of the longest list that there can be.
    private static let countMax = UInt32(
        (ConsentListFile.peopleMax * ConsentListHead.bytesPerPerson) / ConsentListFile.pieceBytes + 1)
}

extension EdgeError {
    /// Does something with the fleet's database.
    static func fleet<Result>(_ body: () throws(FleetError) -> Result) throws(EdgeError) -> Result {
        do throws(FleetError) {
            return try body()
        } catch {
            throw .fleet(error)
        }
    }
}
