import Bytes
import Foundation
import FuzzTargets

/// The executable `fuzz`: with libFuzzer (`make fuzz`) it mutates, by itself it runs the files that it is given. The
/// grammar is that of `$FUZZ_TARGET`.
enum Fuzzing {
    static let target: FuzzTarget = {
        let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
            preconditionFailure("FUZZ_TARGET is one of \(names)")
        }
        return target
    }()
}

#if FUZZING
    /// What libFuzzer calls with each input.
    @_cdecl("LLVMFuzzerTestOneInput")
    public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        let bytes = unsafe UnsafeBufferPointer(start: start, count: start == nil ? 0 : count)
        Fuzzing.target.run(unsafe Array(bytes).span)
        return 0
    }
#else
    @main
    enum Program {
        static func main() throws {
            for path in CommandLine.arguments.dropFirst() {
                let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
                Fuzzing.target.run(bytes.span)
            }
        }
    }
#endif
