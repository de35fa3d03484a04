package import Journal

/// Why the aggregator can't go on for now. Nothing is lost by it: the next try begins at the store's checkpoint.
package enum AggregatorError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The journal can't be read.
    case journal(JournalError)
    /// The store can't be read or written.
    case store(StoreError)

    package var description: String {
        switch self {
        case .journal(let error): "\(error)"
        case .store(let error): "\(error)"
        }
    }
}
