import Bus
import Foundation
import Glibc
import Synchronization
import Testing

@Suite("the subscribing link")
struct BusLinkTests {
    private func numbers(_ range: Range<Int>) -> [String] { range.map(String.init) }

    @Test("a flood of 20 000 messages is settled, each once, in order")
    func flood() throws {
        let broker = try BrokerFixture()
        let tally = Tally()
        let link = link(broker.address, "flood", filters: ["t/#"], tally: tally)
        link.start()
        #expect(soon { link.status.state == .online })
        let answers = publish(numbers(0..<20_000), to: "t/a", at: broker.address)
        #expect(answers.failures.isEmpty)
        #expect(soon { tally.settled.count >= 20_000 })
        link.stop()
        #expect(tally.settled == numbers(0..<20_000))
        let status = link.status
        #expect(status.messages == 20_000)
        #expect(status.bytes == 20_000 * 3 + UInt64(numbers(0..<20_000).map(\.count).reduce(0, +)))
        #expect((status.lagMsP50 ?? -1) > 0 && (status.lagMsP99 ?? -1) >= (status.lagMsP50 ?? 0))
        #expect(status.lastMessageAt != nil)
        #expect(status.state == .stopped)
    }

    @Test("small and large messages come in their order")
    func sizes() throws {
        let broker = try BrokerFixture()
        let tally = Tally()
        let link = link(broker.address, "sizes", filters: ["t"], tally: tally)
        link.start()
        #expect(soon { link.status.state == .online })
        // Around the size from which on a message is handed over as it comes, and many that fill it together.
        let sizes = [1, 65_534, 2, 65_535, 65_536, 0, 200_000, 3] + [Int](repeating: 20_000, count: 40) + [4]
        let texts = sizes.enumerated().map { "\($0):" + String(repeating: "x", count: $1) }
        _ = publish(texts, to: "t", at: broker.address)
        #expect(soon { tally.settled.count >= texts.count })
        link.stop()
        #expect(tally.settled == texts)
    }

    @Test("when settle throws nothing is acknowledged: the broker sends the same messages again")
    func settleThrows() throws {
        let broker = try BrokerFixture()
        let tally = Tally(failures: 2)
        let link = link(broker.address, "disk", filters: ["t"], tally: tally)
        link.start()
        #expect(soon { link.status.state == .online })
        _ = publish(numbers(0..<50), to: "t", at: broker.address)
        #expect(
            soon { (link.status.lastError ?? "").contains("the disk is full") || tally.settled.count == 50 }
        )
        #expect(soon { tally.settled.count >= 50 })
        link.stop()
        #expect(Set(tally.settled) == Set(numbers(0..<50)))
        let seen = tally.seen.withLock { $0 }
        #expect(seen.abandoned == 2)
        #expect(seen.linked == [false, true, true])
        #expect(link.status.failures == 2)
        #expect(link.status.reconnects == 2)
    }

    @Test("what was settled is acknowledged by stop, and the session keeps what comes meanwhile")
    func sessionStays() throws {
        let broker = try BrokerFixture()
        let first = Tally()
        let before = link(broker.address, "stay", filters: ["t"], tally: first)
        before.start()
        #expect(soon { before.status.state == .online })
        _ = publish(numbers(0..<10), to: "t", at: broker.address)
        #expect(soon { first.settled.count == 10 })
        before.stop()
        _ = publish(numbers(10..<20), to: "t", at: broker.address)
        let second = Tally()
        let after = link(broker.address, "stay", filters: ["t"], tally: second)
        after.start()
        #expect(soon { second.settled.count >= 10 })
        after.stop()
        #expect(second.settled == numbers(10..<20))
        #expect(second.seen.withLock { $0.linked } == [true])
        #expect(after.status.sessionPresent)
    }

    @Test("a link outlives its broker's restart", arguments: [SIGTERM, SIGKILL])
    func restart(signal: Int32) throws {
        let broker = try BrokerFixture()
        let tally = Tally()
        let link = link(broker.address, "restart", filters: ["t"], tally: tally)
        link.start()
        #expect(soon { link.status.state == .online })
        _ = publish(["before"], to: "t", at: broker.address)
        #expect(soon { tally.settled == ["before"] })
        broker.end(signal)
        #expect(soon { link.status.lastError?.contains("127.0.0.1:\(broker.port)") == true })
        try broker.start()
        #expect(soon { link.status.state == .online })
        // SIGTERM saved the session; after SIGKILL it is gone and the link has subscribed anew.
        #expect(link.status.sessionPresent == (signal == SIGTERM))
        #expect(
            soon {
                _ = publish(["after"], to: "t", at: broker.address)
                return soon(0.3) { tally.settled.contains("after") }
            }
        )
        link.stop()
        #expect(link.status.reconnects == 1)
        #expect(link.status.lastError == nil)
    }

    @Test("a broker that is started again and again is taken for that, and for nobody who took our client id")
    func restartedOften() throws {
        let broker = try BrokerFixture()
        let tally = Tally()
        let link = link(broker.address, "restart", filters: ["t"], tally: tally)
        link.start()
        var said: Set<String> = []
        for round in 0..<8 {
            #expect(
                soon {
                    _ = publish(["\(round)"], to: "t", at: broker.address)
                    return soon(0.3) { tally.settled.contains("\(round)") }
                },
                "round \(round)"
            )
            broker.end(SIGKILL)
            _ = soon(2) { link.status.lastError != nil }
            said.insert(link.status.lastError ?? "nothing")
            try broker.start()
        }
        link.stop()
        #expect(said.allSatisfy { !$0.contains("takes the session") }, "\(said)")
    }

    @Test("a broker that is absent at the start is waited for, in plain words")
    func absent() throws {
        let broker = try BrokerFixture(start: false)
        let tally = Tally()
        let link = link(broker.address, "early", filters: ["t"], tally: tally)
        link.start()
        #expect(soon { if case .waiting = link.status.state { true } else { false } })
        #expect(
            link.status.lastError?.hasPrefix("no broker answers at mqtt://127.0.0.1:\(broker.port)") == true
        )
        try broker.start()
        #expect(soon { link.status.state == .online })
        #expect(link.status.lastError == nil)
        link.stop()
    }

    @Test("an unknown host is named, and a link that waits stops at once")
    func unknownHost() {
        let tally = Tally()
        let link = link(.tcp(host: "no-such-host.invalid", port: 1883), "lost", filters: [], tally: tally)
        link.start()
        #expect(soon { link.status.lastError?.contains("no-such-host.invalid") == true })
        let start = ContinuousClock.now
        link.stop()
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test("a takeover that the broker does not name is told once it repeats itself")
    func takeover() throws {
        let broker = try BrokerFixture()
        let mine = link(broker.address, "twin", filters: ["t"], tally: Tally())
        mine.start()
        #expect(soon { mine.status.state == .online })
        let other = link(broker.address, "twin", filters: ["t"], tally: Tally())
        other.start()
        #expect(
            soon {
                [mine, other].contains {
                    $0.status.lastError?.contains("another client with the id twin") == true
                }
            }
        )
        mine.stop()
        other.stop()
    }

    @Test("filters can be changed while online")
    func filters() throws {
        let broker = try BrokerFixture()
        let tally = Tally()
        let link = link(broker.address, "filters", filters: ["a", "b"], tally: tally)
        link.start()
        #expect(soon { link.status.state == .online })
        _ = publish(["1"], to: "a", at: broker.address)
        #expect(soon { tally.settled == ["1"] })
        link.setFilters(["b", "c"])
        #expect(
            soon {
                _ = publish(["c"], to: "c", at: broker.address)
                return soon(0.2) { tally.settled.contains("c") }
            }
        )
        _ = publish(["gone"], to: "a", at: broker.address)
        _ = publish(["end"], to: "b", at: broker.address)
        #expect(soon { tally.settled.contains("end") })
        #expect(!tally.settled.contains("gone"))
        link.stop()
    }

    @Test("a wrong password is told without being told")
    func wrongPassword() throws {
        let broker = try BrokerFixture(more: "password_file DIR/none", start: false)
        try "".write(toFile: broker.directory + "/none", atomically: true, encoding: .utf8)
        try broker.start()
        let identity = BusIdentity(clientID: "w", user: "press", password: "very-secret-word")
        let link = BusLink(BusOptions(address: broker.address, identity: identity), sink: Tally().sink())
        link.start()
        #expect(soon { link.status.lastError?.contains("refused the connection") == true })
        #expect(link.status.lastError?.contains("user press") == true)
        #expect(!"\(link.status)".contains("very-secret-word"))
        link.stop()
    }

    @Test("a listener that is no broker is told as silent or broken, never hangs the stop")
    func noBroker() throws {
        let port = try BrokerFixture.freePort()
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(port).bigEndian
        name.sin_addr.s_addr = inet_addr("127.0.0.1")
        _ = withUnsafePointer(to: name) { place in
            place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                bind(descriptor, place, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        listen(descriptor, 5)
        let link = link(.tcp(host: "127.0.0.1", port: port), "mute", filters: [], tally: Tally())
        link.start()
        #expect(soon { link.status.lastError?.contains("did not answer within") == true })
        link.stop()
    }
}
