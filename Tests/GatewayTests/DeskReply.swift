import Foundation

/// A bare answer of the desk: status, headers and body, as they came over its socket.
struct DeskReply {
    let status: Int
    private let head: [String]
    let body: Data

    /// The value of a header; nil when it is not there.
    func header(_ name: String) -> String? {
        head.first { $0.lowercased().hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
    }

    static func get(_ target: String, socket: String, accept: String = "*/*") throws -> DeskReply {
        try DeskReply("GET \(target) HTTP/1.1\r\nAccept: \(accept)\r\n", "", socket: socket)
    }

    static func post(_ target: String, _ form: String, socket: String) throws -> DeskReply {
        let kind = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(form.utf8.count)\r\n"
        return try DeskReply("POST \(target) HTTP/1.1\r\n\(kind)", form, socket: socket)
    }

    private init(_ head: String, _ body: String, socket path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { place in
            place.copyBytes(from: Array(path.utf8).prefix(place.count - 1))
        }
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isConnected else { throw Failure("nobody listens at \(path)") }
        let request = Array("\(head)Host: tsunagi\r\nConnection: close\r\n\r\n\(body)".utf8)
        var sent = 0
        while sent < request.count {
            let count = request.withUnsafeBytes {
                send(descriptor, $0.baseAddress.map { $0 + sent }, request.count - sent, Int32(MSG_NOSIGNAL))
            }
            // The desk may have answered and gone before it had it all.
            if count <= 0 { break }
            sent += count
        }
        var answer = Data()
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &piece, piece.count, 0)
            if count <= 0 { break }
            answer.append(contentsOf: piece[0..<count])
        }
        guard let end = answer.range(of: Data("\r\n\r\n".utf8)) else { throw Failure("no HTTP from \(path)") }
        self.head = String(decoding: answer[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        status = self.head[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        self.body = answer.subdata(in: end.upperBound..<answer.endIndex)
    }
}
