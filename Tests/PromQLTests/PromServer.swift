import Foundation

/// Debian's Prometheus over samples of a test's own, on a free port of loopback.
final class PromServer {
    private let server = Process()
    private let port: Int

    struct Trouble: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter lines: samples as OpenMetrics: `name{label="…"} value seconds`.
    init(folder: String, lines: [String]) throws {
        let samples = "\(folder)/samples.txt"
        try (lines + ["# EOF", ""]).joined(separator: "\n").write(
            toFile: samples,
            atomically: false,
            encoding: .utf8
        )
        let blocks = Process()
        blocks.executableURL = URL(fileURLWithPath: "/usr/bin/promtool")
        blocks.arguments = ["tsdb", "create-blocks-from", "openmetrics", samples, "\(folder)/blocks"]
        blocks.standardOutput = FileHandle.nullDevice
        try blocks.run()
        blocks.waitUntilExit()
        guard blocks.terminationStatus == 0 else {
            throw Trouble(description: "promtool cannot read \(samples)")
        }

        port = try PromServer.freePort()
        let settings = "\(folder)/prometheus.yml"
        try "global: {}\n".write(toFile: settings, atomically: false, encoding: .utf8)
        let log = "\(folder)/prometheus.log"
        try Data().write(to: URL(fileURLWithPath: log))
        server.executableURL = URL(fileURLWithPath: "/usr/bin/prometheus")
        server.arguments = [
            "--config.file", settings, "--storage.tsdb.path", "\(folder)/blocks", "--web.listen-address",
            "127.0.0.1:\(port)", "--storage.tsdb.retention.time", "100y", "--log.level", "warn",
        ]
        server.standardError = FileHandle(forWritingAtPath: log)
        server.standardOutput = FileHandle.nullDevice
        try server.run()
        let end = Date().addingTimeInterval(120)
        while (try? get("/-/ready"))?.status != 200 {
            guard server.isRunning, Date() < end else {
                throw Trouble(
                    description: (try? String(contentsOfFile: log, encoding: .utf8)) ?? "no Prometheus"
                )
            }
            usleep(50_000)
        }
    }

    deinit {
        if server.isRunning { kill(server.processIdentifier, SIGKILL) }
        server.waitUntilExit()
    }

    /// What it answers: rows by labels, or its error.
    func ask(_ path: String, _ words: [(String, String)]) throws -> Reply {
        let query = words.map { "\($0.0)=\(PromServer.escaped($0.1))" }.joined(separator: "&")
        return try JSONDecoder().decode(Reply.self, from: try get("\(path)?\(query)").body)
    }

    /// An answer of the API, as far as it is compared.
    struct Reply: Decodable {
        var status: String
        var error: String?
        var data: Rows?

        struct Rows: Decodable {
            var resultType: String
            var rows: [Row]

            private enum CodingKeys: String, CodingKey { case resultType, result }

            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                resultType = try container.decode(String.self, forKey: .resultType)
                if resultType == "scalar" {
                    rows = [Row(metric: [:], values: [try container.decode(Point.self, forKey: .result)])]
                } else {
                    rows = try container.decode([Row].self, forKey: .result)
                }
            }
        }
        struct Row: Decodable {
            var metric: [String: String]
            var value: Point?
            var values: [Point]?
            var points: [Point] { values ?? value.map { [$0] } ?? [] }
        }
        struct Point: Decodable {
            var ms: Int64
            var value: Double

            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                ms = Int64((try container.decode(Double.self) * 1000).rounded())
                let text = try container.decode(String.self)
                value = Double(text) ?? .nan
            }
        }
    }

    /// A request that the server ends by closing the connection.
    private func get(_ target: String) throws -> (status: Int, body: Data) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = PromServer.loopback(port)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { throw Trouble(description: "nobody listens on port \(port)") }
        let request = Array("GET \(target) HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw Trouble(description: "port \(port) takes no request")
        }
        var answer = Data()
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &piece, piece.count, 0)
            if count <= 0 { break }
            answer.append(contentsOf: piece[0..<count])
        }
        guard let head = answer.range(of: Data("\r\n\r\n".utf8)) else {
            throw Trouble(description: "port \(port) answers no HTTP")
        }
        let line = String(decoding: answer.prefix(15), as: UTF8.self).split(separator: " ")
        return (
            line.dropFirst().first.flatMap { Int($0) } ?? 0,
            answer.subdata(in: head.upperBound..<answer.endIndex)
        )
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        address.sin_port = in_port_t(port).bigEndian
        return address
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw Trouble(description: "no free port on loopback") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            return isPlain ? String(UnicodeScalar(byte)) : (byte < 16 ? "%0" : "%") + String(byte, radix: 16)
        }.joined()
    }
}
