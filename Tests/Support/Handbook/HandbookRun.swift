import Foundation

/// One page of the handbook, executed.
///
/// The page's folder looks like a checkout that was built: `Config` is a copy, so that a page may change it, everything
/// else leads to the checkout, and `tremolo` is on the PATH. `Tests/Fixtures/handbook/run-page` executes the blocks; it
/// says what a machine of their own is.
package struct HandbookRun {
    private let page: HandbookPage
    private let folder: TemporaryFolder
    private var place: String { folder.path + "/checkout" }
    private var steps: String { folder.path + "/steps" }
    private let scripts = HandbookPage.checkout + "/Tests/Fixtures/handbook"

    /// Programs of the packages that every Debian has, which the commands of `make test` may use.
    private static let base = [
        "bash", "cat", "chmod", "cp", "cut", "date", "grep", "head", "ls", "mkdir", "mv", "rm", "sed", "sort", "tail",
        "timeout", "touch", "tr", "wc",
    ]

    /// Makes the folder.
    package init(_ page: HandbookPage) throws {
        self.page = page
        folder = try TemporaryFolder()
        let files = FileManager.default
        for made in [place, place + "/.build/release", steps, folder.path + "/bin"] {
            try files.createDirectory(atPath: made, withIntermediateDirectories: true)
        }
        for name in try files.contentsOfDirectory(atPath: HandbookPage.checkout) where !name.hasPrefix(".") {
            guard name != "data" else { continue }
            let original = HandbookPage.checkout + "/" + name
            if name == "Config" {
                try files.copyItem(atPath: original, toPath: place + "/Config")
            } else {
                try files.createSymbolicLink(atPath: place + "/" + name, withDestinationPath: original)
            }
        }
        for link in [place + "/.build/release/tremolo", folder.path + "/bin/tremolo"] {
            try files.createSymbolicLink(atPath: link, withDestinationPath: tremoloBinary())
        }
        for name in ["journal-maker", "tremolo-load"] {
            // The one that ships where it was built, else the one beside these tests.
            let shipped = (tremoloBinary() as NSString).deletingLastPathComponent + "/" + name
            let program = files.fileExists(atPath: shipped) ? shipped : try builtProgram(name)
            try files.createSymbolicLink(atPath: place + "/.build/release/" + name, withDestinationPath: program)
        }
        if !page.needsOutside {
            for name in Self.base {
                try files.createSymbolicLink(
                    atPath: folder.path + "/bin/" + name, withDestinationPath: "/usr/bin/" + name)
            }
        }
    }

    /// Executes the page to its end or to the first command that fails.
    ///
    /// - Returns: what is wrong, with the page's name and line; empty when every command did what the page says.
    package func problems() throws -> [String] {
        var number = 100
        for block in page.blocks {
            number += 1
            try write(block, to: steps + "/\(number)")
        }
        let bin = folder.path + "/bin"
        let runner: [String]
        let path: String
        if page.needsOutside {
            runner = [
                "/usr/bin/timeout", "--kill-after=10", "600", "/usr/bin/unshare", "--mount", "--net", "--pid", "--fork",
                "--mount-proc", "--kill-child",
            ]
            path = "\(bin):\(scripts)/machine:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        } else {
            runner = ["/usr/bin/timeout", "--kill-after=10", "600"]
            path = bin
        }
        let result = try run(
            runner + ["/bin/bash", scripts + "/run-page", steps, place],
            environment: [
                "PATH": path, "HOME": place, "LANG": "C.UTF-8", "TREMOLO_RULES": "",
                "PAGE": page.path.components(separatedBy: "/").last ?? page.path,
                "MACHINE": page.needsOutside ? folder.path + "/machine" : "",
            ])
        var found = try comparisons()
        if result.status != 0 {
            found.append("\(page.path): status \(result.status): \(result.output)\(result.errors)")
        } else {
            for (index, block) in page.blocks.enumerated() where block.isCommand && !block.isElsewhere {
                let printed = steps + "/\(101 + index).printed"
                if !FileManager.default.fileExists(atPath: printed) {
                    found.append("\(page.path):\(block.line): it was not executed")
                }
            }
        }
        return found
    }

    /// Writes what `run-page` does at a block. A script begins with so many empty lines that its lines have the page's
    /// numbers.
    private func write(_ block: HandbookBlock, to step: String) throws {
        func write(_ text: String, _ suffix: String) throws {
            try text.write(toFile: step + suffix, atomically: true, encoding: .utf8)
        }
        if block.isCommand, !block.isElsewhere {
            // A comment is the command's own line; a fence stands above it.
            let lines = block.words.contains("given") ? block.line - 1 : block.line
            let script = String(repeating: "\n", count: lines) + block.text
            try write("\(block.exitStatus)\n", ".expected")
            try write(script, block.isServer ? ".server" : ".sh")
        } else if let file = block.file {
            try write(file, ".path")
            try write(block.text, ".file")
        } else if block.kind == "json5" {
            let object = block.text.hasPrefix("{") ? block.text : "{\n\(block.text)}\n"
            try write(object, ".json5")
            try write(String(repeating: "\n", count: block.line) + "tremolo config check --config \(step).json5", ".sh")
            try write("0\n", ".expected")
        }
    }

    /// Holds what was printed against the output blocks below.
    private func comparisons() throws -> [String] {
        var found: [String] = []
        for (index, pair) in zip(page.blocks, page.blocks.dropFirst()).enumerated()
        where pair.1.kind == "output" && pair.0.isCommand && !pair.0.isElsewhere {
            // Of a server, what it said until it listened.
            let file = steps + "/\(101 + index).printed" + (pair.0.isServer ? ".start" : "")
            // A command that was not come to has no output; the run says why.
            guard FileManager.default.fileExists(atPath: file) else { continue }
            let printed = try String(contentsOfFile: file, encoding: .utf8)
            if !HandbookOutput.matches(expected: pair.1.text, printed: printed) {
                found.append("\(page.path):\(pair.1.line): the page shows\n\(pair.1.text)and it prints\n\(printed)")
            }
        }
        return found
    }
}
