import Bus
import Glibc
import Synchronization
import Testing

@Suite("the publisher")
struct BusPublisherTests {
    private func options(_ broker: BrokerFixture, _ client: String) -> BusOptions {
        BusOptions(address: broker.address, identity: BusIdentity(clientID: client))
    }

    @Test(
        "answers come in order across a restart of the broker, and nothing is lost",
        arguments: [SIGTERM, SIGKILL]
    )
    func orderAcrossRestart(signal: Int32) throws {
        let broker = try BrokerFixture()
        let answers = Answers()
        let publisher = BusPublisher(options(broker, "out"), queueLimit: 20_000)
        publisher.start()
        let names = (0..<6000).map(String.init)
        for (index, name) in names.enumerated() {
            publisher.publish(BusMessage(topic: "t", payload: Array(name.utf8)), settled: answers.note(name))
            if index == 2000 {
                #expect(soon { answers.count > 100 })
                broker.end(signal)
            }
        }
        #expect(soon { publisher.status.lastError != nil })
        #expect(publisher.status.queued > 0)
        try broker.start()
        #expect(soon { answers.count == names.count })
        publisher.stop()
        #expect(answers.failures.isEmpty)
        #expect(answers.list.withLock { $0.map(\.0) } == names)
        #expect(publisher.status.messages == 6000)
        #expect(publisher.status.queued == 0)
    }

    @Test("the queue is bounded, and what is left at the end is answered")
    func bounded() throws {
        let broker = try BrokerFixture(start: false)
        let answers = Answers()
        let publisher = BusPublisher(options(broker, "full"), queueLimit: 3)
        publisher.start()
        for name in ["a", "b", "c", "d"] {
            publisher.publish(BusMessage(topic: "t", payload: []), settled: answers.note(name))
        }
        #expect(answers.list.withLock { $0.map(\.0) } == ["d"])
        #expect(answers.failures == [.queueFull(limit: 3)])
        publisher.stop()
        #expect(answers.list.withLock { $0.map(\.0) } == ["d", "a", "b", "c"])
        #expect(answers.failures.suffix(3) == [.stopped, .stopped, .stopped])
        publisher.publish(BusMessage(topic: "t", payload: []), settled: answers.note("late"))
        #expect(answers.failures.last == .stopped)
    }

    @Test("what may be left out takes no more than its room, and none that others wait in")
    func offered() throws {
        let broker = try BrokerFixture(start: false)
        let answers = Answers()
        let publisher = BusPublisher(options(broker, "copies"), queueLimit: 5)
        var made = 0
        for _ in 0..<10 {
            publisher.offer(below: 3) {
                made += 1
                return BusMessage(topic: "copy", payload: [])
            }
        }
        #expect(made == 3 && publisher.status.queued == 3)
        for name in ["a", "b", "c"] {
            publisher.publish(BusMessage(topic: "t", payload: []), settled: answers.note(name))
        }
        #expect(answers.failures == [.queueFull(limit: 5)])
        try broker.start()
        publisher.start()
        #expect(soon { answers.count == 3 && publisher.status.queued == 0 })
        publisher.offer(below: 3) { BusMessage(topic: "copy", payload: []) }
        #expect(soon { publisher.status.messages == 6 })
        publisher.stop()
    }

    @Test("a topic with a wildcard is refused at once")
    func badTopic() throws {
        let broker = try BrokerFixture(start: false)
        let answers = Answers()
        let publisher = BusPublisher(options(broker, "bad"))
        publisher.publish(BusMessage(topic: "t/#", payload: []), settled: answers.note("x"))
        #expect(answers.failures == [.topicInvalid(topic: "t/#", .wildcardInTopic)])
        publisher.stop()
    }

    @Test("a message larger than the broker takes fails alone")
    func tooLarge() throws {
        let broker = try BrokerFixture(more: "max_packet_size 2000")
        let answers = Answers()
        let publisher = BusPublisher(options(broker, "large"))
        publisher.start()
        publisher.publish(BusMessage(topic: "t", payload: [1]), settled: answers.note("small"))
        #expect(soon { answers.count == 1 })
        publisher.publish(
            BusMessage(topic: "t", payload: [UInt8](repeating: 0, count: 5000)),
            settled: answers.note("large")
        )
        publisher.publish(BusMessage(topic: "t", payload: [2]), settled: answers.note("after"))
        #expect(soon { answers.count == 3 })
        #expect(answers.failures == [.tooLarge(topic: "t", bytes: 5000)])
        #expect(publisher.status.failures == 1)
        publisher.stop()
    }

    @Test("the will is published when we vanish, and not when we stop")
    func will() throws {
        let broker = try BrokerFixture()
        let tally = Tally()
        let reader = link(broker.address, "reader", filters: ["status"], tally: tally)
        reader.start()
        #expect(soon { reader.status.state == .online })
        var options = options(broker, "gateway")
        options.will = BusMessage(topic: "status", payload: Array("offline".utf8), retain: true)
        let polite = BusPublisher(options)
        polite.start()
        #expect(soon { polite.status.state == .online })
        let answers = Answers()
        polite.publish(BusMessage(topic: "status", payload: Array("bye".utf8)), settled: answers.note("bye"))
        polite.stop()
        #expect(answers.count == 1 && answers.failures.isEmpty)
        #expect(soon { tally.settled == ["bye"] })
        // A takeover ends the first connection without its own DISCONNECT, as a crash does.
        let crashing = BusPublisher(options)
        crashing.start()
        #expect(soon { crashing.status.state == .online })
        let rival = BusPublisher(
            BusOptions(address: broker.address, identity: BusIdentity(clientID: "gateway"))
        )
        rival.start()
        #expect(soon { tally.settled == ["bye", "offline"] })
        rival.stop()
        crashing.stop()
        reader.stop()
    }

    @Test("what is queued before the stop still goes out")
    func stopFlushes() throws {
        let broker = try BrokerFixture()
        let answers = Answers()
        let publisher = BusPublisher(options(broker, "flush"))
        publisher.start()
        #expect(soon { publisher.status.state == .online })
        for index in 0..<3000 {
            publisher.publish(
                BusMessage(topic: "t", payload: [UInt8(index & 255)]),
                settled: answers.note("\(index)")
            )
        }
        publisher.stop()
        #expect(answers.count == 3000)
        #expect(answers.failures.isEmpty)
    }
}

@Suite("the load")
struct BusLoadTests {
    @Test("every message is acknowledged and arrives", arguments: [(1, 8192), (3, 100), (2, 1)])
    func load(connections: Int, window: Int) throws {
        let broker = try BrokerFixture()
        let tally = Tally()
        let reader = link(broker.address, "reader", filters: ["load/#"], tally: tally)
        reader.start()
        #expect(soon { reader.status.state == .online })
        let options = BusOptions(address: broker.address, identity: BusIdentity(clientID: "load"))
        let outcome = BusLoad(options, connections: connections, window: window).run(count: 1000) { number in
            BusMessage(topic: "load/\(number % 7)", payload: Array("\(number)".utf8))
        }
        #expect(outcome.acknowledged == 1000 && outcome.failed == 0)
        #expect(soon { tally.settled.count == 1000 })
        reader.stop()
        #expect(Set(tally.settled).count == 1000)
    }
}
