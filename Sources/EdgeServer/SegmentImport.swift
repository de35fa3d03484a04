package import Journal
import LinuxSystem
package import Settings

/// Takes segments of other nodes into a data folder's journal: through the server that owns it, or on the folder alone.
package struct SegmentImport {
    /// Who has done it.
    package enum Way: Equatable, Sendable {
        /// The running server: reports have what was taken, or will when its store is well again.
        case runningServer
        /// This process: reports have it once a server or a rebuild has read it.
        case folder
    }

    private let configuration: Configuration

    /// Uses the data folder and the keys of a configuration.
    package init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    /// Imports what is not here.
    ///
    /// - Parameters:
    ///   - path: a data folder, a journal, an epoch's or a shard's folder, or a folder above these.
    ///   - interruption: calls it off: what was taken stays.
    ///   - onNote: told what was not taken and why, a line each.
    ///   - progress: told so many bytes of so many.
    /// - Throws: `EdgeError.refused` while another import is on; `.interrupted` when somebody did not wait for the
    ///   server's word; what keeps a folder from being used at all.
    package func run(
        from path: String, options: JournalImport.Options, interruption: Interruption,
        onNote: @escaping (String) -> Void,
        progress: @escaping (UInt64, UInt64) -> Void
    ) throws(EdgeError) -> (outcome: ImportOutcome, way: Way) {
        let folder = DataFolder(path: configuration.data)
        try folder.requireThere()
        let source: String
        do throws(SystemError) {
            source = try Files.resolved(path)
        } catch {
            return (ImportOutcome(tally: ImportTally(), after: .unreadable(error, path: path)), .folder)
        }
        let request = ControlRequest.take(
            folder: source, takesOpen: options.takesOpen, takesAsItIs: options.takesAsItIs)
        if let outcome = try ControlClient(folder).take(
            request, interruption: interruption, onNote: onNote, progress: progress)
        {
            return (outcome, .runningServer)
        }
        let owned = try OwnedDataFolder(folder)
        let work = ImportWork(
            folder: owned.folder, keyFolder: configuration.keyFolder,
            minimumFree: configuration.journal.minimumFree, writes: { _ in false })
        let outcome = work.run(
            source, options: options, onNote: onNote, progress: progress, isStopped: { interruption.isThere })
        return (outcome, .folder)
    }
}
