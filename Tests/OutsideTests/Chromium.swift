import Foundation
import TestSupport
import Testing

/// A headless Chromium with one page, driven over its pipe by its DevTools protocol. It reaches 127.0.0.1 alone.
final class Chromium {
    /// Why it can't be driven.
    struct Trouble: Error, CustomStringConvertible {
        let description: String
    }

    /// What the browser thinks of a URL.
    struct Location: Equatable {
        /// As it looks it up, without the port.
        let hostname: String
        /// Empty for the scheme's own.
        let port: String
        /// With the colon.
        let scheme: String
        /// User and password.
        let userInfo: String
        /// With the port where it is not the scheme's own.
        var host: String { port.isEmpty ? hostname : hostname + ":" + port }
    }

    /// What pages complained of since the last one was opened: messages of the console, blocked resources, dialogs.
    private(set) var complaints: [String] = []
    private let folder: TemporaryFolder
    private let process = SpawnedProcess()
    private let input: FileHandle
    private let output: FileHandle
    private var received = Data()
    private var lastNumber = 0
    private var session: String?
    private var isLoaded = false
    private var url = ""

    /// Starts the browser with an empty page.
    init() throws {
        folder = try TemporaryFolder()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        // The protocol is spoken on descriptors 3 and 4.
        process.arguments = [
            "-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null", "sh", "/usr/bin/chromium", "--headless",
            "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--disable-sync",
            "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "--user-data-dir=\(folder.path)/profile", "about:blank",
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(["HOME": folder.path]) { $1 }
        process.standardInput = input
        process.standardOutput = output
        self.input = input.fileHandleForWriting
        self.output = output.fileHandleForReading
        try process.run()
        let target = try call("Target.createTarget", ["url": "about:blank"])["targetId"].string
        session = try call("Target.attachToTarget", ["targetId": target ?? "", "flatten": true])["sessionId"].string
        for domain in ["Page", "Runtime", "Log", "Network"] { _ = try call(domain + ".enable") }
    }

    deinit {
        try? input.close()
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// Opens a page and waits until it has loaded.
    ///
    /// - Parameters:
    ///   - width: of the window, in CSS pixels; a narrow one is a phone's.
    ///   - language: the value of `Accept-Language`.
    func open(_ url: String, width: Int, language: String = "en") throws {
        let size: [String: Any] = ["width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600]
        _ = try call("Emulation.setDeviceMetricsOverride", size)
        _ = try call("Network.setExtraHTTPHeaders", ["headers": ["Accept-Language": language]])
        (complaints, isLoaded, self.url) = ([], false, url)
        let trouble = try call("Page.navigate", ["url": url])["errorText"]
        guard trouble.isMissing else { throw Trouble(description: "\(url): \(trouble.string ?? "")") }
        try waitForLoad()
    }

    /// Forbids the scripts of pages, as a person does, or allows them.
    func allowScripts(_ areAllowed: Bool) throws {
        _ = try call("Emulation.setScriptExecutionDisabled", ["value": !areAllowed])
    }

    /// Shows pages as on paper, or on a screen of a person who likes dark ones.
    func show(onPaper: Bool = false, dark: Bool = false) throws {
        let scheme = ["name": "prefers-color-scheme", "value": dark ? "dark" : "light"]
        _ = try call("Emulation.setEmulatedMedia", ["media": onPaper ? "print" : "screen", "features": [scheme]])
    }

    /// Clicks where an element stands and waits for the page that this leads to.
    func click(_ selector: String) throws {
        let place = try evaluate(
            "(r=>[r.x+r.width/2,r.y+r.height/2])(document.querySelector('\(selector)').getBoundingClientRect())")
        guard let x = place.elements.first?.double, let y = place.elements.last?.double else {
            throw Trouble(description: "there is no \(selector)")
        }
        isLoaded = false
        for type in ["mousePressed", "mouseReleased"] {
            let event: [String: Any] = ["type": type, "x": x, "y": y, "button": "left", "clickCount": 1]
            _ = try call("Input.dispatchMouseEvent", event)
        }
        try waitForLoad()
    }

    /// The value of an expression in the page, awaited where it is a promise; it has to have a form in JSON.
    func evaluate(_ expression: String) throws -> JSONDocument {
        let parameters: [String: Any] = ["expression": expression, "returnByValue": true, "awaitPromise": true]
        let answer = try call("Runtime.evaluate", parameters)
        guard answer["exceptionDetails"].isMissing else { throw Trouble(description: "\(expression) failed") }
        return answer["result"]["value"]
    }

    /// Where the browser would go for each text; nil for one that it refuses.
    func locations(of texts: [String]) throws -> [Location?] {
        let list = String(decoding: try JSONSerialization.data(withJSONObject: texts), as: UTF8.self)
        let answers = try evaluate(
            """
            \(list).map(text => { try { const url = new URL(text);
            return [url.hostname, url.port, url.protocol, url.username + url.password] } catch { return null } })
            """
        ).elements
        guard answers.count == texts.count else { throw Trouble(description: "\(answers.count) answers") }
        return answers.map { answer in
            let parts = answer.elements.compactMap(\.string)
            guard parts.count == 4 else { return nil }
            return Location(hostname: parts[0], port: parts[1], scheme: parts[2], userInfo: parts[3])
        }
    }

    // MARK: The protocol

    private func call(_ method: String, _ parameters: [String: Any] = [:]) throws -> JSONDocument {
        lastNumber += 1
        var message: [String: Any] = ["id": lastNumber, "method": method, "params": parameters]
        message["sessionId"] = session
        try input.write(contentsOf: try JSONSerialization.data(withJSONObject: message) + [0])
        while true {
            let answer = try receive()
            guard answer["id"].int == lastNumber else {
                take(answer)
                continue
            }
            guard answer["error"].isMissing else {
                throw Trouble(description: "\(method): \(answer["error"]["message"].string ?? "")")
            }
            return answer["result"]
        }
    }

    private func waitForLoad() throws {
        while !isLoaded { take(try receive()) }
        // Complaints that were on their way come before this answer.
        _ = try evaluate("1")
    }

    /// The next message; messages end in a zero byte.
    private func receive() throws -> JSONDocument {
        while true {
            if let end = received.firstIndex(of: 0) {
                let text = String(decoding: received[..<end], as: UTF8.self)
                received = Data(received[received.index(after: end)...])
                return try JSONDocument(text)
            }
            let chunk = output.availableData
            guard !chunk.isEmpty else { throw Trouble(description: "the browser has ended") }
            received += chunk
        }
    }

    private func take(_ event: JSONDocument) {
        let parameters = event["params"]
        switch event["method"].string {
        case "Page.loadEventFired": isLoaded = true
        case "Log.entryAdded":
            // A page with a status of 404 is none.
            let entry = parameters["entry"]
            if entry["url"].string == url, entry["source"].string == "network" { break }
            complaints.append(entry["text"].string ?? "an entry without text")
        case "Runtime.consoleAPICalled": complaints.append("console: \(parameters["type"].string ?? "")")
        case "Runtime.exceptionThrown": complaints.append("an exception")
        case "Page.javascriptDialogOpening": complaints.append("a dialog: \(parameters["message"].string ?? "")")
        default: break
        }
    }
}
