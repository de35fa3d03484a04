import Foundation
import TestSupport
import Testing

/// What a command writes to a terminal that tells no width: its standard output, and its standard error where that is
/// asked for.
func outputOnTerminal(of arguments: [String], errorsToo: Bool = false) throws -> String {
    let control = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY)
    try #require(control >= 0)
    let handle = FileHandle(fileDescriptor: control, closeOnDealloc: true)
    var locked: Int32 = 0
    var number: UInt32 = 0
    try #require(unsafe ioctl(control, setLock, &locked) == 0)
    try #require(unsafe ioctl(control, getNumber, &number) == 0)
    let path = "/dev/pts/\(number)"
    let terminal = try #require(FileHandle(forUpdatingAtPath: path))
    let process = SpawnedProcess()
    process.executableURL = URL(fileURLWithPath: tremoloBinary())
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = terminal
    if errorsToo { process.standardError = terminal }
    try process.run()
    try terminal.close()
    // Reading ends with an error once nobody has the terminal open any more.
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while true {
        let count = unsafe read(handle.fileDescriptor, &chunk, chunk.count)
        guard count > 0 else { break }
        output += chunk[..<count]
    }
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: output, as: UTF8.self)
}

// ioctl_tty(2): TIOCSPTLCK and TIOCGPTN, macros that Swift does not read.
private let setLock: UInt = 0x4004_5431
private let getNumber: UInt = 0x8004_5430
