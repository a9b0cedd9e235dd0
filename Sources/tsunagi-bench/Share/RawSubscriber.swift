import Foundation
import Readings
import Synchronization

/// One subscription at QoS 0 over a socket of its own, MQTT 5, that reads whatever has come in one go.
///
/// On a machine of two cores a listener that acknowledges each message would take its share of what is measured.
final class RawSubscriber: Sendable {
    /// A message as it came.
    struct Heard {
        let topic: [UInt8]
        let payload: [UInt8]
        let instant: Instant
    }

    private let socket: Int32
    private let heard = Mutex<[Heard]>([])

    /// Returns once it is subscribed.
    init(port: Int, filter: String) throws {
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                unsafe connect(socket, raw, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw BenchFailure("the broker takes no connection at port \(port)") }
        // Protocol level 5, a clean start, no keepalive, no properties.
        try say(0x10, Self.text("MQTT") + [5, 2, 0, 0, 0] + Self.text("bench-partners-\(getpid())"))
        try say(0x82, [0, 1, 0] + Self.text(filter) + [0])
        var answers = Packets(of: socket)
        while try answers.next().kind != 0x90 {}
        let thread = Thread { [self, answers] in
            var answers = answers
            while let packet = try? answers.next() { take(packet) }
        }
        thread.start()
    }

    deinit { close(socket) }

    /// All that came since the last call of ``forget()``.
    var messages: [Heard] { heard.withLock { $0 } }

    /// Begins anew.
    func forget() {
        heard.withLock { $0.removeAll() }
    }

    func stop() {
        shutdown(socket, Int32(SHUT_RDWR))
    }

    private func take(_ packet: Packets.Packet) {
        // Retained ones are of before.
        guard packet.kind & 0xF1 == 0x30 else { return }
        let topicEnd = 2 + Int(packet.body[0]) << 8 + Int(packet.body[1])
        var place = topicEnd
        let propertyBytes = Packets.varint(packet.body, &place)
        let message = Heard(
            topic: Array(packet.body[2..<topicEnd]),
            payload: Array(packet.body[(place + propertyBytes)...]),
            instant: packet.instant
        )
        heard.withLock { $0.append(message) }
    }

    private func say(_ kind: UInt8, _ body: [UInt8]) throws {
        precondition(body.count < 128, "a length of one byte")
        let packet = [kind, UInt8(body.count)] + body
        guard unsafe send(socket, packet, packet.count, 0) == packet.count else {
            throw BenchFailure("the broker let go")
        }
    }

    private static func text(_ text: String) -> [UInt8] {
        [UInt8(text.utf8.count >> 8), UInt8(text.utf8.count & 255)] + Array(text.utf8)
    }
}

/// Cuts what comes over a socket into packets.
private struct Packets {
    struct Packet {
        let kind: UInt8
        let body: ArraySlice<UInt8>
        /// When the bytes were read that it ends in.
        let instant: Instant
    }

    private let socket: Int32
    private var bytes: [UInt8] = []
    private var start = 0
    private var room = [UInt8](repeating: 0, count: 128 << 10)
    private var instant = Instant.distantPast

    init(of socket: Int32) {
        self.socket = socket
    }

    mutating func next() throws -> Packet {
        while true {
            var place = start + 1
            if bytes.count > place, let length = length(at: &place), bytes.count >= place + length {
                let packet = Packet(
                    kind: bytes[start],
                    body: Array(bytes[place..<place + length])[...],
                    instant: instant
                )
                start = place + length
                return packet
            }
            try fill()
        }
    }

    private mutating func fill() throws {
        bytes.removeSubrange(..<start)
        start = 0
        let count = unsafe recv(socket, &room, room.count, 0)
        guard count > 0 else { throw BenchFailure("the broker let go") }
        instant = BenchClock.now
        bytes += room[..<count]
    }

    /// Nil while it has not come whole.
    private func length(at place: inout Int) -> Int? {
        let end = bytes[place...].prefix(4).firstIndex { $0 < 128 }
        return end == nil ? nil : Self.varint(bytes[...], &place)
    }

    static func varint(_ bytes: ArraySlice<UInt8>, _ place: inout Int) -> Int {
        var (value, shift) = (0, 0)
        while true {
            let byte = bytes[place]
            place += 1
            value |= Int(byte & 127) << shift
            shift += 7
            if byte < 128 { return value }
        }
    }
}
