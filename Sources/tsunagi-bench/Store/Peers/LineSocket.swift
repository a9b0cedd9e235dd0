import Glibc

/// A connection to a server that speaks in lines over a Unix socket.
///
/// Used by one thread.
final class LineSocket {
    private let descriptor: Int32
    private var received: [UInt8] = []
    private var place = 0
    private var piece = [UInt8](repeating: 0, count: 1 << 16)

    /// Nil when nobody listens.
    init?(_ path: String) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let descriptor = descriptor
        let isConnected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                unsafe connect(descriptor, raw, length) == 0
            }
        }
        guard isConnected else {
            close(descriptor)
            return nil
        }
    }

    deinit {
        close(descriptor)
    }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
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
            guard count > 0 else { throw BenchFailure("the socket was closed") }
            sent += count
        }
    }

    /// The next line, without its end.
    func line() throws -> String {
        while true {
            if let end = received[place...].firstIndex(of: 10) {
                defer { place = end + 1 }
                return String(decoding: received[place..<end], as: UTF8.self)
            }
            received.removeFirst(place)
            place = 0
            let count = unsafe recv(descriptor, &piece, piece.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BenchFailure("the socket was closed") }
            received.append(contentsOf: piece[0..<count])
        }
    }
}
