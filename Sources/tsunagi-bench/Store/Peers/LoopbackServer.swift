import Glibc

/// A server of a measurement's own that answers over HTTP on a free port of loopback.
///
/// Used by one thread.
final class LoopbackServer {
    private let process: ServerProcess
    private let client: HTTPClient

    /// Starts the program and returns when it answers.
    ///
    /// - Parameters:
    ///   - ready: the target of a GET that succeeds once the server takes requests.
    ///   - arguments: gets the port to listen on.
    init(_ program: String, ready: String, arguments: (_ port: Int) throws -> [String]) throws {
        let port = try BenchBroker.freePort()
        let process = try ServerProcess([program] + arguments(port))
        let client = HTTPClient(port: port)
        let name = program.split(separator: "/").last.map(String.init) ?? program
        try process.wait(for: name) { (try? client.request("GET", ready)) != nil }
        (self.process, self.client) = (process, client)
    }

    /// The body of a 2xx answer.
    func get(_ target: String) throws -> [UInt8] {
        try client.request("GET", target)
    }

    /// The body of a 2xx answer.
    @discardableResult
    func post(_ target: String, body: [UInt8] = [], headers: [String] = []) throws -> [UInt8] {
        try client.request("POST", target, body: body, headers: headers)
    }

    /// User and system time so far.
    func cpuSeconds() throws -> Double { try process.cpuSeconds() }

    /// What it holds in memory now.
    func residentBytes() throws -> Int { try process.residentBytes() }

    /// Ends it and waits for that.
    func end(_ signal: Int32) { process.end(signal) }
}

/// A contestant behind a ``LoopbackServer``: what all of them have in common.
protocol HTTPContestant: ServerContestant {
    /// Nil while it is not open.
    var server: LoopbackServer? { get set }
    /// The server's program.
    var program: String { get }
}

extension HTTPContestant {
    var devicesMax: Int { Int.max }
    var isInProcess: Bool { false }
    var survivesKills: Bool { true }
    var keepsTexts: Bool { false }

    /// The open server.
    func running() throws -> LoopbackServer {
        guard let server else { throw BenchFailure("\(name) is not open") }
        return server
    }

    func cpuSeconds() throws -> Double { try server?.cpuSeconds() ?? 0 }

    func residentBytes() throws -> Int { try server?.residentBytes() ?? 0 }

    func kill() {
        server?.end(SIGKILL)
        server = nil
    }

    func close() {
        server?.end(SIGTERM)
        server = nil
    }

    /// Returns when the files have rested for `seconds`, at the latest after `secondsMax`.
    func waitUntilResting(seconds: Int, secondsMax: Int) throws {
        var before = -1
        var quiet = 0
        // Two looks a second.
        for _ in 0..<secondsMax * 2 where quiet < seconds * 2 {
            usleep(500_000)
            let now = try bytesOnDisk()
            quiet = now == before ? quiet + 1 : 0
            before = now
        }
    }
}
