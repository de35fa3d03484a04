/// A report as one HTML page.
package struct LoadPage: Sendable {
    private let report: LoadReport

    /// Makes the page of a report.
    package init(_ report: LoadReport) {
        self.report = report
    }

    /// The page.
    package var text: String { "" }
}
