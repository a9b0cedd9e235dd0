import Foundation
import Synchronization

/// Debian's chromium without a window, driven over a pipe by its own protocol (DevTools).
///
/// Commands and events are JSON, each behind the other with a zero byte between; it reads them from descriptor 3 and
/// writes its own to 4.
final class Browser: Sendable {
    private let input: Int32
    private let state: Mutex<State>
    private let pid: pid_t

    private struct State {
        var next = 0
        var answers: [Int: Data] = [:]
        /// What pages complain about, by session.
        var complaints: [String: [String]] = [:]
        var hasEnded = false
    }

    /// Starts it with a profile of its own.
    ///
    /// - Parameter zone: by whose clocks its user lives.
    init(in workshop: Workshop, zone: String = "Etc/UTC") throws {
        var (toIt, fromIt): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard pipe(&toIt) == 0, pipe(&fromIt) == 0 else { throw Failure("no pipes") }
        // Closed in every other child that a test starts meanwhile.
        for descriptor in toIt + fromIt { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let log = "\(workshop.path)/chromium.log"
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Out of the way first: the pipes' own numbers may be 3 or 4.
        posix_spawn_file_actions_adddup2(&actions, toIt[0], 103)
        posix_spawn_file_actions_adddup2(&actions, fromIt[1], 104)
        posix_spawn_file_actions_adddup2(&actions, 103, 3)
        posix_spawn_file_actions_adddup2(&actions, 104, 4)
        let words = [
            "/usr/bin/chromium", "--headless=new", "--remote-debugging-pipe", "--no-sandbox",
            "--user-data-dir=\(workshop.path)/chromium", "--no-first-run", "--disable-gpu",
            "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking",
            "--hide-scrollbars", "about:blank",
        ]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        let others = ProcessInfo.processInfo.environment.filter { $0.key != "TZ" }.map { "\($0)=\($1)" }
        var variables: [UnsafeMutablePointer<CChar>?] = (others + ["TZ=\(zone)"]).map { strdup($0) } + [nil]
        defer { for variable in variables { free(variable) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, words[0], &actions, nil, &arguments, &variables)
        close(toIt[0])
        close(fromIt[1])
        guard code == 0 else { throw Failure("cannot start \(words[0]): \(String(cString: strerror(code)))") }
        pid = child
        input = toIt[1]
        state = Mutex(State())
        let output = fromIt[0]
        Thread.detachNewThread { [self] in listen(output) }
    }

    /// Ends it: without a pipe it goes, and takes its own children along.
    func end() {
        close(input)
        var status: Int32 = 0
        for _ in 0..<500 {
            if waitpid(pid, &status, WNOHANG) == pid { return }
            usleep(10_000)
        }
        kill(pid, SIGKILL)
        waitpid(pid, &status, 0)
    }

    private func listen(_ output: Int32) {
        var rest: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(output, &piece, piece.count)
            guard count > 0 else { break }
            rest += piece[..<count]
            while let end = rest.firstIndex(of: 0) {
                take(Data(rest[..<end]))
                rest.removeFirst(end + 1)
            }
        }
        close(output)
        state.withLock { $0.hasEnded = true }
    }

    private func take(_ message: Data) {
        guard let object = try? JSONSerialization.jsonObject(with: message) as? [String: Any] else { return }
        if let id = object["id"] as? Int { return state.withLock { $0.answers[id] = message } }
        guard let complaint = Self.complaint(object), let session = object["sessionId"] as? String else {
            return
        }
        state.withLock { $0.complaints[session, default: []].append(complaint) }
    }

    /// What a page's console shows in red.
    private static func complaint(_ event: [String: Any]) -> String? {
        let words = event["params"] as? [String: Any] ?? [:]
        switch event["method"] as? String {
        case "Runtime.exceptionThrown": return "exception: \(words)"
        case "Runtime.consoleAPICalled"
        where ["error", "assert"].contains(words["type"] as? String):
            return "console: \(words)"
        case "Log.entryAdded":
            let entry = words["entry"] as? [String: Any]
            return entry?["level"] as? String == "error" ? "log: \(entry ?? [:])" : nil
        default: return nil
        }
    }

    /// Sends a command and waits for what it answers.
    func ask(_ method: String, _ words: [String: Any] = [:], session: String? = nil) async throws -> [String:
        Any]
    {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        var message: [String: Any] = ["id": id, "method": method, "params": words]
        if let session { message["sessionId"] = session }
        let bytes = Array(try JSONSerialization.data(withJSONObject: message)) + [0]
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
            guard count > 0 else { throw Failure("the browser does not listen") }
            sent += count
        }
        var answer: Data?
        _ = try await eventually(within: 15, every: .milliseconds(10)) {
            answer = state.withLock { $0.answers.removeValue(forKey: id) }
            return answer != nil || state.withLock { $0.hasEnded }
        }
        guard let answer, let object = try JSONSerialization.jsonObject(with: answer) as? [String: Any] else {
            throw Failure("the browser gave no answer to \(method)")
        }
        if let trouble = object["error"] { throw Failure("\(method): \(trouble)") }
        return object["result"] as? [String: Any] ?? [:]
    }

    /// What was complained about so far is known.
    func forgive(_ session: String) {
        state.withLock { $0.complaints[session] = nil }
    }

    func complaints(of session: String) -> [String] { state.withLock { $0.complaints[session] ?? [] } }

    /// A tab, with cookies of its own.
    func tab(width: Int = 1360, height: Int = 900) async throws -> Tab {
        let context = try await ask("Target.createBrowserContext")["browserContextId"] as? String ?? ""
        let target =
            try await ask(
                "Target.createTarget",
                ["url": "about:blank", "browserContextId": context, "width": width, "height": height]
            )["targetId"] as? String ?? ""
        let session =
            try await ask("Target.attachToTarget", ["targetId": target, "flatten": true])["sessionId"]
            as? String
        guard let session else { throw Failure("no session with the tab") }
        let tab = Tab(browser: self, session: session)
        for room in ["Page", "Runtime", "Log"] { _ = try await tab.ask("\(room).enable") }
        try await tab.size(width, height)
        return tab
    }
}

/// A page in a browser.
struct Tab {
    let browser: Browser
    let session: String

    @discardableResult
    func ask(_ method: String, _ words: [String: Any] = [:]) async throws -> [String: Any] {
        try await browser.ask(method, words, session: session)
    }

    func size(_ width: Int, _ height: Int) async throws {
        try await ask(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600]
        )
    }

    /// Goes to an address and waits until its scripts have run.
    func open(_ address: String) async throws {
        try await ask("Page.navigate", ["url": address])
        let isThere = try await eventually(within: 10) {
            try await value("document.readyState === 'complete' && location.href !== 'about:blank'") as? Bool
                == true
        }
        guard isThere else { throw Failure("\(address) does not load") }
    }

    /// What a script comes to.
    func value(_ script: String) async throws -> Any? {
        let answer = try await ask(
            "Runtime.evaluate",
            ["expression": script, "returnByValue": true, "awaitPromise": true]
        )
        if let trouble = answer["exceptionDetails"] { throw Failure("\(script): \(trouble)") }
        return (answer["result"] as? [String: Any])?["value"]
    }

    /// Waits until a script comes to true.
    func waits(until script: String, within seconds: Double = 10) async throws -> Bool {
        try await eventually(within: seconds) {
            do {
                return try await value(script) as? Bool == true
            } catch is Failure {
                // It was between two pages.
                return false
            }
        }
    }

    /// Everything its console showed in red.
    var complaints: [String] { browser.complaints(of: session) }

    /// A picture of it as PNG; of all of it where it is asked for.
    func picture(_ file: String, isWhole: Bool = false) async throws {
        let answer = try await ask(
            "Page.captureScreenshot",
            ["format": "png", "captureBeyondViewport": isWhole]
        )
        guard let text = answer["data"] as? String, let bytes = Data(base64Encoded: text) else {
            throw Failure("no picture")
        }
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true
        )
        try bytes.write(to: URL(fileURLWithPath: file))
    }
}
