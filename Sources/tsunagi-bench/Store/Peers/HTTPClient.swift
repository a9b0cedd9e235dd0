import Glibc

/// A connection to a server on loopback that is kept open; as thin as can be, so that it costs no peer anything.
///
/// Used by one thread.
final class HTTPClient {
    /// What came back.
    struct Answer {
        var status: Int
        var body: [UInt8]
    }

    private let port: Int
    private var descriptor: Int32 = -1
    private var received: [UInt8] = []
    private var piece = [UInt8](repeating: 0, count: 1 << 18)
    /// An answer that takes longer is a failure.
    private static let secondsMax = 300

    init(port: Int) {
        self.port = port
    }

    deinit {
        disconnect()
    }

    /// Sends a request and returns the body of a 2xx answer.
    func request(
        _ method: String,
        _ target: String,
        body: [UInt8] = [],
        headers: [String] = []
    ) throws -> [UInt8] {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: 127.0.0.1:\(port)"] + headers
        if method != "GET" { lines.append("Content-Length: \(body.count)") }
        let bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
        let answer: Answer
        do {
            if descriptor < 0 { try connect() }
            try send(bytes)
            answer = try receive()
        } catch {
            disconnect()
            throw error
        }
        guard (200..<300).contains(answer.status) else {
            let text = String(decoding: answer.body.prefix(300), as: UTF8.self)
            throw BenchFailure("\(method) \(target.prefix(80)): status \(answer.status) \(text)")
        }
        return answer.body
    }

    private func connect() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        address.sin_port = in_port_t(port).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isConnected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                unsafe Glibc.connect(descriptor, raw, length) == 0
            }
        }
        guard isConnected else { throw BenchFailure("nobody listens on port \(port)") }
        var one: Int32 = 1
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(4))
        var limit = timeval(tv_sec: HTTPClient.secondsMax, tv_usec: 0)
        let limitLength = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, limitLength)
    }

    private func disconnect() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        received.removeAll(keepingCapacity: true)
    }

    private func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor,
                    buffer.baseAddress.map { unsafe $0 + sent },
                    buffer.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BenchFailure("port \(port) closed the connection") }
            sent += count
        }
    }

    /// Reads more into `received`; false at the end.
    private func more() throws -> Bool {
        while true {
            let count = unsafe recv(descriptor, &piece, piece.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw BenchFailure("port \(port) does not answer") }
            received.append(contentsOf: piece[0..<count])
            return count > 0
        }
    }

    private func receive() throws -> Answer {
        received.removeAll(keepingCapacity: true)
        var head: Int?
        while head == nil {
            guard try more() else { throw BenchFailure("port \(port) closed the connection") }
            head = end(of: [13, 10, 13, 10], from: 0)
        }
        let start = head ?? 0
        let text = String(decoding: received[0..<start], as: UTF8.self).lowercased()
        let status = text.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0) } ?? 0
        if let line = text.split(separator: "\r\n").first(where: { $0.hasPrefix("content-length:") }) {
            let length = line.dropFirst(15).split(separator: " ").first.flatMap { Int($0) } ?? 0
            while received.count < start + length {
                guard try more() else { throw BenchFailure("port \(port) cut an answer short") }
            }
            return Answer(status: status, body: Array(received[start..<(start + length)]))
        }
        if text.contains("transfer-encoding: chunked") {
            return Answer(status: status, body: try chunks(from: start))
        }
        return Answer(status: status, body: [])
    }

    private func chunks(from start: Int) throws -> [UInt8] {
        var body: [UInt8] = []
        var place = start
        while true {
            var lineEnd = end(of: [13, 10], from: place)
            while lineEnd == nil {
                guard try more() else { throw BenchFailure("port \(port) cut an answer short") }
                lineEnd = end(of: [13, 10], from: place)
            }
            let next = lineEnd ?? place
            let size = Int(String(decoding: received[place..<(next - 2)], as: UTF8.self), radix: 16) ?? 0
            while received.count < next + size + 2 {
                guard try more() else { throw BenchFailure("port \(port) cut an answer short") }
            }
            if size == 0 { return body }
            body.append(contentsOf: received[next..<(next + size)])
            place = next + size + 2
        }
    }

    /// Behind the next occurrence of the pattern, or nil.
    private func end(of pattern: [UInt8], from start: Int) -> Int? {
        var place = start
        while place + pattern.count <= received.count {
            if received[place] == pattern[0], received[place..<(place + pattern.count)].elementsEqual(pattern)
            {
                return place + pattern.count
            }
            place += 1
        }
        return nil
    }
}
