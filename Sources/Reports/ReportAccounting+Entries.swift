import Campaigns

extension ReportAccounting {
    /// Every number by its name, in the order of the contract.
    var entries: [(name: String, events: UInt64)] {
        [
            ("received", received), ("journaled", journaled), ("waiting", waiting), ("lost", lost),
            ("counted", counted),
            ("pending", pending), ("damaged", damaged), ("expired", expired),
        ]
    }
}
