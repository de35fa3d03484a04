import Foundation
import LoadEngine

/// A row's measurements, as they are kept: what was seen and where, nothing that is made of it.
struct MeasuredRow: Codable, Equatable {
    /// A server, or one way of running or asking it.
    struct Subject: Codable, Equatable {
        /// What tables call it.
        var name: String
        /// Each round's figures by name. Round n of one subject ran beside round n of the others.
        var rounds: [[String: Double]] = []

        /// A figure's values, round by round.
        func values(_ figure: String) -> [Double] { rounds.compactMap { $0[figure] } }

        /// A figure's middle and ends; nil where no round has it.
        func spread(_ figure: String) -> Spread? { Spread(values(figure)) }
    }

    /// The row's name.
    var row: String
    /// True for short runs, which are a look and no result.
    var isQuick: Bool
    /// When it was measured, UTC.
    var date: String
    /// Where.
    var machine: MachineFacts
    /// What was run, without ports and processes.
    var commands: [String]
    /// How durable an answered event was, and how often files were synced.
    var durability: String
    /// What was measured.
    var subjects: [Subject]

    /// The subject of a name.
    func subject(_ name: String) -> Subject? { subjects.first { $0.name == name } }
}

/// The folder of kept measurements: a file a row.
struct MeasurementFolder {
    let path: String

    /// Keeps a row in place of an older one.
    func keep(_ row: MeasuredRow) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(row).write(to: URL(fileURLWithPath: "\(path)/\(row.row).json"), options: .atomic)
    }

    /// The rows that were kept, in no order.
    func read() throws -> [MeasuredRow] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return try names.filter { $0.hasSuffix(".json") }.sorted().map { name in
            let data = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))
            return try JSONDecoder().decode(MeasuredRow.self, from: data)
        }
    }
}
