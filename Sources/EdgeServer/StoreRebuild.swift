import Campaigns
import Journal
import LinuxSystem
package import Settings

/// Builds the store again from the journal: through the server that owns the folder, or on the folder alone.
package struct StoreRebuild {
    private let configuration: Configuration

    /// Uses the data folder, sections and rules of a configuration.
    package init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    /// Rebuilds, and swaps the new store in when it is complete.
    ///
    /// - Parameter progress: told so many events of so many.
    package func run(progress: (UInt64, UInt64) -> Void) throws(EdgeError) {
        let folder = DataFolder(path: configuration.data)
        try folder.requireThere()
        let answered = try ControlClient(folder).ask(.rebuild, timeoutMilliseconds: 600_000, progress: progress)
        if answered != nil { return }
        let owned = try OwnedDataFolder(folder)
        let files = StoreFolder(folder)
        let path = try files.prepareNext()
        do throws(EdgeError) {
            try build(path, folder, node: owned.node, progress: progress)
        } catch {
            files.discard(path)
            throw error
        }
        try files.adopt(path)
    }

    /// Counts the whole journal into a new file.
    private func build(
        _ path: String, _ folder: DataFolder, node: UInt64, progress: (UInt64, UInt64) -> Void
    ) throws(EdgeError) {
        let store = try StoreFolder.open(path)
        let sections = try SectionDirectory(configuration)
        let rules = try RuleFolder.read(configuration.rules)
        do throws(AggregatorError) {
            let aggregator = try Aggregator(
                store: store, journalFolder: folder.journal, node: node, live: [:], rules: rules,
                sections: sections, onTrouble: { _ in })
            var state = try aggregator.advance()
            while state.hasMore {
                progress(state.counted, state.counted + state.pending)
                state = try aggregator.advance()
            }
        } catch {
            throw .store(reason: "\(error)")
        }
    }
}
