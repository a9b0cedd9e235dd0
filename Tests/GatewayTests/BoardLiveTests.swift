import Desk
import Foundation
import Synchronization
import Testing

/// What open pages are told, byte by byte, and what a partner's page shows after a restart.
@Suite struct BoardLiveTests {
    /// Twenty seconds before a minute ends, so that a release leaves soon.
    private static func clock(in workshop: Workshop) throws -> ShiftedClock {
        let second = Int(Date().timeIntervalSince1970) % 60
        return try ShiftedClock(in: workshop, seconds: (100 - second) % 60)
    }

    /// The body of an answer in chunks; nil when it does not end as one.
    private static func body(_ answer: String) -> String? {
        let bytes = Array(answer.utf8)
        guard let head = answer.utf8Range(of: "\r\n\r\n") else { return nil }
        var (rest, body) = (bytes[head.upperBound...], [UInt8]())
        while let end = rest.firstIndex(of: 13) {
            let digits = String(decoding: rest[..<end], as: UTF8.self)
            guard let length = Int(digits, radix: 16) else { return nil }
            rest = rest[(end + 2)...]
            if length == 0 {
                return rest.elementsEqual([13, 10]) ? String(decoding: body, as: UTF8.self) : nil
            }
            guard rest.count >= length + 2 else { return nil }
            body += rest.prefix(length)
            rest = rest.dropFirst(length + 2)
        }
        return nil
    }

    /// The pieces that an event names; nil when it is none.
    private static func pieces(_ event: Substring) -> [String: [String]]? {
        let lines = event.split(separator: "\n")
        guard lines.count == 2, lines[0].hasPrefix("id: "), lines[1].hasPrefix("data: "),
            let told = try? JSONSerialization.jsonObject(with: Data(lines[1].dropFirst(6).utf8))
                as? [String: Any]
        else { return nil }
        return told["set"] as? [String: [String]]
    }

    /// Whether the file says that one value left on a topic: behind it stand two numbers, and two ones.
    private static func tells(_ file: String, _ topic: String) -> Bool {
        var rest = (FileManager.default.contents(atPath: file) ?? Data())[...]
        while let place = rest.range(of: Data(topic.utf8)) {
            rest = rest[place.upperBound...]
            var behind = rest
            for _ in 0..<2 { while let byte = behind.popFirst(), byte & 0x80 != 0 {} }
            if behind.prefix(2).elementsEqual([1, 1]) { return true }
        }
        return false
    }

    /// What came over some connections.
    private final class Answers: Sendable {
        private let list = Mutex<[String]>([])
        var all: [String] { list.withLock { $0 } }

        func take(_ answer: String) {
            list.withLock { $0.append(answer) }
        }
    }

    @Test("all who look are told the same, in whole events, and the answer ends in order with the daemon")
    func live() async throws {
        let plant = try await BoardPlant(board: "")
        defer { plant.end() }
        plant.tell("shelf/棚A", "{\"item\":\"ボルト-M8\",\"qty\":46}")
        #expect(try await eventually(within: 10) { try plant.ask("/").body.contains("46 <small>pcs") })
        let now = try #require(try plant.ask("/").body.firstMatch(of: /data-now=([0-9]+)/)).1
        let question =
            "GET /live?page=&since=\(now) HTTP/1.1\r\nHost: 127.0.0.1:\(plant.port)\r\nConnection: close\r\n\r\n"
        let answers = Answers()
        let port = plant.port
        for _ in 0..<3 {
            Thread.detachNewThread {
                answers.take((try? BoardPlant.exchange(question, port: port, seconds: 120)) ?? "nothing")
            }
        }
        // Who hangs up is nobody's trouble.
        _ = try plant.ask("/live?page=&since=\(now)", ["--max-time", "1"])
        plant.tell("shelf/棚A", "{\"item\":\"ボルト-M8\",\"qty\":-3}")
        // Whoever comes now is told what changed since: it was told to those who were there.
        let isTold = try await eventually(within: 15) {
            try plant.ask("/live?page=&since=\(now)", ["--max-time", "1"]).body.contains("43 <small>pcs")
        }
        #expect(isTold)
        #expect(try plant.ask("/live?page=", ["-I", "--max-time", "5"]).status == 200)
        plant.daemon.signal(SIGTERM)
        #expect(try await eventually(within: 15) { answers.all.count == 3 })
        for answer in answers.all {
            #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer.prefix(300))")
            guard let body = Self.body(answer) else {
                Issue.record("not in chunks: \(answer)")
                continue
            }
            let events = body.split(separator: "\n\n").map(Self.pieces)
            #expect(!events.isEmpty && events.allSatisfy { $0 != nil }, "\(body)")
            let rows = events.compactMap { $0 }.flatMap(\.values).filter { $0[1].contains("ボルト-M8") }
            #expect(rows.last?[1].contains("43 <small>pcs") == true, "\(body)")
        }
    }

    @Test("after a restart, or a kill, a partner's page shows what left last", arguments: [SIGTERM, SIGKILL])
    func restart(signal: Int32) async throws {
        let plant = try await BoardPlant(board: "login: true", clock: Self.clock(in:))
        defer { plant.end() }
        plant.tell("shelf/棚A", "{\"item\":\"ボルト-M8\",\"qty\":46}")
        #expect(try await eventually(within: 10) { try await plant.daemon.stock("ボルト-M8") == 46 })
        #expect(try plant.login("buyer").status == 303)
        let isOut = try await eventually(within: 40) {
            try plant.ask("/", as: "buyer").body.contains("50 <small>pcs")
        }
        #expect(isOut, "46 to the nearest ten")
        // Written within the second.
        let file = "\(plant.workshop.path)/data/sharing/showcase"
        let topic = "tsunagi/v1/p/buyer-1/supply-buyer-1/stock"
        #expect(try await eventually(within: 10) { Self.tells(file, topic) })
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        plant.daemon.kill(signal)
        try await plant.daemon.start()
        #expect(try await eventually(within: 10) { try plant.login("buyer").status == 303 })
        let page = try plant.ask("/", as: "buyer").body
        #expect(page.contains("50 <small>pcs") && !page.contains("Nothing has left yet"), "\(page)")
        for word in ["46 <small>", "ナット", "棚"] { #expect(!page.contains(word), "\(word): \(page)") }
        #expect(try plant.login("other").status == 303)
        let other = try plant.ask("/", as: "other").body
        #expect(!other.contains("50 <small>pcs") && !other.contains("ボルト"), "\(other)")
    }
}

extension String {
    /// Where some ASCII stands, in bytes.
    fileprivate func utf8Range(of word: String) -> Range<Int>? {
        let (bytes, wanted) = (Array(utf8), Array(word.utf8))
        return bytes.indices.lazy.map { $0..<($0 + wanted.count) }
            .first { $0.upperBound <= bytes.count && bytes[$0].elementsEqual(wanted) }
    }
}
