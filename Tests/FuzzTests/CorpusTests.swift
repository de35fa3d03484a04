import Foundation
import FuzzTargets
import TestSupport
import Testing

/// Inputs that were found, and a few to begin with: `Tests/Fixtures/fuzz/<target>/`. What a hunt finds goes there.
@Suite("What a fuzzer has found stays mended")
struct CorpusTests {
    @Test(arguments: FuzzTarget.allCases)
    func corpus(_ target: FuzzTarget) throws {
        let folder = fixture("fuzz/" + target.rawValue)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(names.count >= 3)
        for name in names {
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
            target.run(bytes.span)
        }
        target.run([UInt8]().span)
    }
}
