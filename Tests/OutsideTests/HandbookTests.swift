import TestSupport
import Testing

@Suite(
    "Pages of the handbook that need more than the binary do what they say, on a machine of their own",
    .enabled(if: OutsideProgram.isAskedFor))
struct HandbookTests {
    static let pages: [HandbookPage] = {
        do { return try HandbookPage.all() } catch { preconditionFailure("the handbook can't be read: \(error)") }
    }()

    @Test("A page is executed from top to bottom, and prints what it shows", arguments: pages.filter(\.needsOutside))
    func executed(_ page: HandbookPage) throws {
        for problem in try HandbookRun(page).problems() { Issue.record("\(problem)") }
    }
}
