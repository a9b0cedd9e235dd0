import Bus
import Desk
import Foundation
import Readings
import Sharing
import Testing

/// What becomes of releases when brokers are away, come and go, and when gateways share with each other in a ring.
@Suite(.serialized) struct SharingScenarioTests {
    private static let topic = "tsunagi/v1/p/buyer-1/supply-1/stock"

    @Test(
        "scenario 10: a day's backlog leaves in order when the broker is back, killed on the way or not, and live goes on"
    )
    func brokerAway() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        broker.stop()
        try workshop.write(FirstLightTests.agreement, to: "agreements/supply.yaml")
        let daemon = try Daemon(
            in: workshop,
            settings: """
                broker: mqtt://127.0.0.1:\(broker.port)
                agreements: agreements/
                rules: [{name: plain, topic: "plain/{asset}", asset: "{asset}", readings: [{metric: v, value: $}]}]
                """
        )
        // A day of minutes, as it would have become while the broker was away.
        let count = 1400
        let folder = "\(workshop.path)/data/sharing"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let minute = Int64(Date().timeIntervalSince1970 / 60) * 60_000
        do {
            let outbox = try Outbox(directory: folder)
            let entries = (0..<count).map { number in
                OutboxEntry(
                    agreement: "supply-1",
                    grant: "stock",
                    bucketStart: Instant(milliseconds: minute - Int64(count - number) * 60_000),
                    topic: Self.topic,
                    payload: Array("{\"id\":\"\(number)\"}".utf8),
                    retain: true
                )
            }
            for answer in outbox.add(entries) { _ = try answer.get() }
        }
        try daemon.launch()
        let isWaiting = try await eventually(within: 20) {
            (try? await daemon.status())?.feeds.first { $0.grant == "stock" }?.pending ?? 0 >= count
        }
        #expect(isWaiting, "\(daemon.said)")
        // It stands still until somebody listens: who comes late hears what is retained alone.
        daemon.signal(SIGSTOP)
        try broker.begin()
        #expect(try await eventually(within: 10, every: .milliseconds(5)) { broker.accepts })
        let recorder = Recorder(port: broker.port, filters: ["tsunagi/v1/p/buyer-1/#"])
        #expect(try await eventually(within: 10) { recorder.isOnline })
        let began = Date()
        daemon.signal(SIGCONT)
        // Killed while some have left and some have not.
        let isUnderWay = try await eventually(within: 60, every: .milliseconds(1)) {
            !recorder.on(Self.topic).isEmpty
        }
        #expect(isUnderWay, "\(daemon.said)")
        daemon.kill(SIGKILL)
        try await daemon.start()
        func heard() -> [Int] {
            recorder.on(Self.topic).filter { !$0.retain }.compactMap { $0.id.flatMap { Int($0) } }
        }
        let isDrained = try await eventually(within: 60) { Set(heard()).count == count }
        #expect(isDrained, "\(Set(heard()).count) of \(count); \(daemon.said.suffix(1000))")
        let seconds = Date().timeIntervalSince(began)
        // Ten times as fast as they come, and far more.
        #expect(Double(count) / seconds > 10.0 / 60, "\(seconds) s")
        // Each for the first time in order: only what was under way at the kill comes twice.
        var first: [Int] = []
        for number in heard() where number > first.last ?? -1 { first.append(number) }
        #expect(first == Array(0..<count))
        #expect(heard().count <= count + 1000, "at most what was under way comes again")
        // The other feeds of the partner had their turn.
        let goesOn = try await eventually(within: 75, every: .milliseconds(500)) {
            recorder.deliveries.contains { $0.topic.hasSuffix("/output") }
        }
        #expect(goesOn)
        #expect(
            try await eventually(within: 10) {
                try await daemon.status().feeds.allSatisfy { $0.pending == 0 }
            }
        )
        let verdict = try Executable.run(["audit", "verify", "--config", daemon.config])
        #expect(verdict.status == 0, "\(verdict.output)")
        recorder.stop()
        daemon.kill(SIGTERM)
        broker.stop()
    }

    @Test("scenario 23: fifty gateways come back to a broker that is bounced, each with its own patience")
    func storm() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        #expect(try await eventually(within: 10) { broker.accepts })
        let links = (0..<50).map { Recorder(port: broker.port, filters: ["plain/#"], name: "門-\($0)") }
        let publisher = broker.publisher(queueLimit: 10_000)
        publisher.start()
        /// A hundred messages a second for so long, to all of them.
        func load(seconds: Int) async throws -> [Double] {
            var busy: [Double] = []
            for _ in 0..<seconds {
                let before = broker.cpuSeconds
                for _ in 0..<10 {
                    for _ in 0..<10 {
                        publisher.publish(BusMessage(topic: "plain/a", payload: [49])) { _ in }
                    }
                    try await Task.sleep(for: .milliseconds(100))
                }
                busy.append(broker.cpuSeconds - before)
            }
            return busy
        }
        #expect(try await eventually(within: 20) { links.allSatisfy(\.isOnline) })
        let steady = try await load(seconds: 3).max() ?? 0
        let bounces = KillTests.isLong ? 20 : 3
        for round in 1...bounces {
            broker.end(SIGTERM)
            try broker.begin()
            #expect(try await eventually(within: 10, every: .milliseconds(5)) { broker.accepts })
            let peak = try await load(seconds: 3).max() ?? 0
            let areBack = try await eventually(within: 35) { links.allSatisfy(\.isOnline) }
            #expect(areBack, "round \(round): \(links.count { !$0.isOnline }) are away")
            if Figures.areHeld { #expect(peak < 2 * steady, "round \(round): \(peak) after \(steady)") }
        }
        // Nobody knocks again and again.
        let connects = broker.said.components(separatedBy: "New client connected").count - 1
        #expect(connects <= 2 * 50 * (bounces + 1), "\(connects) connections for \(bounces) bounces")
        for link in links { link.stop() }
        publisher.stop()
        broker.stop()
    }

    /// One gateway of the ring: shares its own stock with both others, and takes theirs in.
    private func ringGateway(_ name: String, _ others: [String], at port: Int, in workshop: Workshop) throws
        -> Daemon
    {
        for other in others {
            try workshop.write(
                """
                id: \(name)-to-\(other)
                version: 1
                status: active
                provider: {id: \(name)}
                recipient: {id: \(other), relationship: customer}
                purpose: supply-assurance
                \(Agreements.validity)
                grants:
                  - {id: bolts, measure: stock, products: [ボルト-M8], sites: [\(name)], kind: own,
                     aggregate: last, bucket: PT1M, delay: PT0S, precision: {mode: exact}, cadence: clock}
                """,
                to: "agreements/\(other).yaml"
            )
        }
        return try Daemon(
            in: workshop,
            settings: """
                broker: {url: "mqtt://127.0.0.1:\(port)", client_id: \(name)}
                agreements: agreements/
                rules:
                  - preset: tsunagi-release
                    base: tsunagi/v1/p/\(name)
                  - name: shelf
                    topic: \(name)/{asset}
                    site: \(name)
                    asset: "{asset}"
                    readings: [{metric: "stock/{$.item}", value: $.qty, unit: 個}]
                """
        )
    }

    @Test(
        "scenario 24: three gateways that share with each other have each reading once, its origin kept, and nothing goes round"
    )
    func ring() async throws {
        let names = ["suwa", "ota", "sakai"]
        let workshops = try names.map { _ in try Workshop() }
        let broker = try OutsideBroker(in: workshops[0])
        #expect(try await eventually(within: 10) { broker.accepts })
        let recorder = Recorder(port: broker.port, filters: ["tsunagi/v1/p/#"])
        var daemons: [Daemon] = []
        for (index, name) in names.enumerated() {
            let others = names.filter { $0 != name }
            daemons.append(try ringGateway(name, others, at: broker.port, in: workshops[index]))
            try await daemons[index].start()
        }
        while Int(Date().timeIntervalSince1970) % 60 > 50 { try await Task.sleep(for: .milliseconds(200)) }
        let sensor = broker.publisher(queueLimit: 100)
        sensor.start()
        for (index, name) in names.enumerated() {
            let text = "{\"item\":\"ボルト-M8\",\"qty\":\((index + 1) * 111)}"
            sensor.publish(BusMessage(topic: "\(name)/棚A", payload: Array(text.utf8))) { _ in }
        }
        func came(_ daemon: Daemon, from other: String) async throws -> [Double?] {
            try await daemon.samples("\(other)/\(other)/release/stock/ボルト-M8").map(\.value.number)
        }
        for (index, name) in names.enumerated() {
            for (place, other) in names.enumerated() where other != name {
                let isThere = try await eventually(within: 90, every: .milliseconds(500)) {
                    try await came(daemons[index], from: other) == [Double((place + 1) * 111)]
                }
                let found = try await came(daemons[index], from: other)
                #expect(isThere, "\(other) at \(name): \(found)")
            }
        }
        // The same release again, and the retained ones to a gateway that begins anew: each is one reading still.
        let again = try #require(
            recorder.deliveries.first { $0.topic == "tsunagi/v1/p/ota/suwa-to-ota/bolts" && $0.isReleased }
        )
        for _ in 0..<3 {
            sensor.publish(BusMessage(topic: again.topic, payload: Array(again.payload.utf8))) { _ in }
        }
        daemons[1].kill(SIGTERM)
        try await daemons[1].start()
        #expect(try await came(daemons[1], from: "suwa").allSatisfy { $0 == 111 })
        #expect(try await came(daemons[1], from: "suwa").count <= 2)
        // Nobody hears of itself, nobody tells what it heard, and what it heard is no stock of its own.
        for (index, name) in names.enumerated() {
            #expect(try await came(daemons[index], from: name).isEmpty)
            #expect(try await daemons[index].stock("ボルト-M8") == Double((index + 1) * 111))
        }
        for delivery in recorder.deliveries where delivery.id != nil {
            let origin = delivery.topic.split(separator: "/")[4].prefix { $0 != "-" }
            #expect(delivery.payload.contains("\"provider\":\"\(origin)\""))
        }
        sensor.stop()
        recorder.stop()
        for daemon in daemons { daemon.kill(SIGTERM) }
        broker.stop()
        withExtendedLifetime(workshops) {}
    }
}
