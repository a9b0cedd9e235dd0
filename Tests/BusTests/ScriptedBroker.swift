import Foundation
import Glibc
import Synchronization
import Testing

/// One end of MQTT 5 played by the test: accepts whoever connects, says what the test wants, and notes what
/// arrives.
final class ScriptedBroker: Sendable {
    let port: Int
    private let listener: Int32
    private let kept: [UInt8]
    private let before: @Sendable () -> Void
    private let after: @Sendable (Int) -> [UInt8]
    /// The first bytes (type and flags) of the packets of each connection, in order.
    let heard = Mutex<[[UInt8]]>([])
    /// What followed those bytes and the length, of all packets in order.
    let bodies = Mutex<[[UInt8]]>([])
    private let isOver = Atomic(false)

    /// - Parameters:
    ///   - kept: what to send as soon as somebody has connected.
    ///   - before: waits as long as a SUBSCRIBE is to wait for its answer.
    ///   - after: what to send once the connection of this number (from 0) has subscribed.
    init(
        kept: [UInt8] = [],
        before: @escaping @Sendable () -> Void = {},
        after: @escaping @Sendable (Int) -> [UInt8]
    ) throws {
        (self.kept, self.before, self.after) = (kept, before, after)
        port = try BrokerFixture.freePort()
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(port).bigEndian
        name.sin_addr.s_addr = inet_addr("127.0.0.1")
        let descriptor = listener
        let code = withUnsafePointer(to: name) { place in
            place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                bind(descriptor, place, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0, listen(listener, 8) == 0 else { throw POSIXError(.EADDRINUSE) }
        Thread.detachNewThread { [self] in
            while !isOver.load(ordering: .acquiring) {
                let peer = accept(listener, nil, nil)
                if peer >= 0 { serve(peer) }
            }
        }
    }

    /// Ends the thread; the listener stays with it.
    func end() {
        isOver.store(true, ordering: .releasing)
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// PUBACKs heard on the connection of this number.
    func acknowledgements(_ connection: Int) -> Int {
        heard.withLock { $0.count > connection ? $0[connection].count { $0 == 0x40 } : 0 }
    }

    private func serve(_ peer: Int32) {
        defer { close(peer) }
        var number: Int?
        while let (first, body) = packet(peer) {
            if first == 0x10 {
                number = heard.withLock { heard in
                    heard.append([])
                    return heard.count - 1
                }
                send(peer, [0x20, 0x03, 0x00, 0x00, 0x00] + kept)
            }
            guard let number else { return }
            bodies.withLock { $0.append(body) }
            heard.withLock { $0[number].append(first) }
            if first == 0x82 {
                before()
                send(peer, [0x90, 0x04, body[0], body[1], 0x00, 0x01])
                send(peer, after(number))
            }
        }
    }

    private func packet(_ peer: Int32) -> (UInt8, [UInt8])? {
        guard let first = bytes(peer, 1)?[0] else { return nil }
        var (length, shift) = (0, 0)
        while let byte = bytes(peer, 1)?[0] {
            length |= Int(byte & 0x7f) << shift
            shift += 7
            if byte & 0x80 == 0 { return bytes(peer, length).map { (first, $0) } }
        }
        return nil
    }

    private func bytes(_ peer: Int32, _ count: Int) -> [UInt8]? {
        var all: [UInt8] = []
        while all.count < count {
            var part = [UInt8](repeating: 0, count: count - all.count)
            let got = read(peer, &part, part.count)
            if got <= 0 { return nil }
            all += part[..<got]
        }
        return all
    }

    private func send(_ peer: Int32, _ bytes: [UInt8]) {
        _ = Glibc.send(peer, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// PUBLISH packets at QoS 1 to topic `t` with the ids 1 … count.
    static func messages(_ count: Int) -> [UInt8] {
        (1...count).flatMap { [0x32, 0x07, 0x00, 0x01, 0x74, UInt8($0 >> 8), UInt8($0 & 255), 0x00, 0x41] }
    }
}
