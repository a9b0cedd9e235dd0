import Bus
import Desk
import Disclosure
import Glibc
import Intake
import Logging
import Plant
import Readings
import RingStore
import ServiceLifecycle
import Settings
import Sharing
import Synchronization
import UnixSignals

/// One running gateway: every room, wired.
///
///     broker ◀─ SparkplugLink ◀─ Intake (what its host wants said)
///     broker ─▶ BusLink ─▶ Intake ─▶ RingStore.commit ─▶ Plant.fold
///                                          │
///     partner ◀─ BusPublisher ◀─ OutboxPump ◀─ Outbox ◀─ ReleaseClock
final class Gateway: Sendable {
    private let settings: Settings
    private let logger: Logger
    private let startedMs: Int64
    /// Whether the clock was set when somebody last looked.
    private let clockIsSet: Atomic<Bool>
    private let broker: ManagedBroker?
    private let store: RingStore
    private let plant: Plant
    private let ingest: Ingest
    private let link: BusLink
    private let publisher: BusPublisher
    /// Speaks for our Sparkplug host; nil while we only listen.
    private let sparkplug: SparkplugLink?
    private let pump: OutboxPump
    private let clock: ReleaseClock
    private let outbox: Outbox
    private let rate = RateMeter()
    private let watch: Watchman

    /// Opens the store and starts the broker, but takes no message yet.
    ///
    /// - Throws: ``Trouble`` with one clear line; nothing of ours runs then.
    init(_ settings: Settings, logger: Logger) throws(Trouble) {
        self.settings = settings
        self.logger = logger
        watch = Watchman(logger)
        startedMs = WallClock.uptimeMs
        let now = WallClock.now
        clockIsSet = Atomic(Intake.isSet(now))
        if !Intake.isSet(now) {
            logger.warning("the clock stands at \(now.iso8601); messages wait until it is set")
        }
        let folders = Links.Folders(of: settings)
        try makeFolder(folders.root, mode: 0o711)
        for folder in [folders.sharing, folders.runtime] { try makeFolder(folder, mode: 0o711) }
        if let slash = settings.deskSocket.lastIndex(of: "/"), slash > settings.deskSocket.startIndex {
            try makeFolder(String(settings.deskSocket[..<slash]), mode: 0o755)
        }
        try Gateway.claim(settings.deskSocket)
        ingest = try Ingest(settings, folder: folders.store, logger: logger)
        store = ingest.store
        plant = ingest.plant
        do {
            let filtersBefore = try FilterMemory(folders.root).exchange(ingest.filters)
            outbox = try Outbox(directory: folders.sharing)
            try outbox.withdraw(unlessGrantedBy: settings.agreements)
            broker = try Gateway.startBroker(settings, folders, sensorFilters: ingest.filters, logger)
            let options = try Gateway.links(settings, broker)
            publisher = BusPublisher(options.out)
            var inward = options.inward
            sparkplug = options.sparkplug.map { SparkplugLink($0, host: settings.rules.sparkplug.hostID) }
            if let sparkplug { ingest.speak(through: sparkplug) }
            inward.filters = ingest.filters
            inward.watchesDrops = true
            inward.filtersBefore = filtersBefore
            link = BusLink(
                inward,
                sink: ingest.sink(deadLetters: Gateway.letters(to: publisher, settings.gateway.id))
            )
        } catch let failure as OutboxFailure {
            store.close()
            throw Trouble("error: \(failure)")
        } catch let failure as BrokerFailure {
            store.close()
            throw Trouble("error: \(failure)")
        } catch let trouble as Trouble {
            store.close()
            throw trouble
        } catch {
            preconditionFailure("these rooms throw nothing else: \(error)")
        }
        clock = ReleaseClock(
            agreements: settings.agreements,
            outbox: outbox,
            now: now,
            view: { [ingest] in ingest.view() }
        )
        pump = OutboxPump(outbox: outbox, clock: { WallClock.now }) { [publisher] entry, answered in
            let message = BusMessage(topic: entry.topic, payload: entry.payload, retain: entry.retain)
            publisher.publish(message) { result in
                if case .failure(let failure) = result {
                    answered(failure.description)
                } else {
                    answered(nil)
                }
            }
        }
    }

    /// Runs until SIGTERM or SIGINT, then ends in order: no new messages, what was taken is durable, the broker
    /// has saved its sessions.
    func run() async throws {
        publisher.start()
        link.start()
        publisher.publish(statusMessage("online")) { _ in }
        let rooms = rooms()
        let desk = Desk(rooms).application(socket: settings.deskSocket, logger: logger)
        var plan = ServiceGroupConfiguration(
            services: [
                .init(service: desk),
                .init(service: Ticker(every: .seconds(1)) { [self] in tick() }),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        // An asker who has stopped reading must not keep the daemon.
        plan.maximumGracefulShutdownDuration = .seconds(5)
        let group = ServiceGroup(configuration: plan)
        logger.notice("\(settings.gateway.id) runs; ask it with: tsunagi status --config \(settings.file)")
        do {
            try await group.run()
        } catch is CancellationError {
            logger.warning("an asker did not let go of the desk in time")
        } catch {
            close()
            throw Trouble(
                "error: the desk cannot answer at \(settings.deskSocket): \(error); set desk.socket to a path we may write"
            )
        }
        close()
        logger.notice("\(settings.gateway.id) has ended; everything acknowledged is on disk")
    }

    /// Once a second: rates, releases that are due, the outbox, and what the log should know.
    private func tick() {
        let now = WallClock.now
        rate.mark(link.status.messages, at: now)
        if link.status.state == .online { sparkplug?.start() }
        let isAnew = watch.look(
            broker: broker?.status,
            link: link.status,
            publisher: publisher.status,
            store: store.status
        )
        // When its link broke, the broker said "offline" in our name.
        if isAnew { publisher.publish(statusMessage("online")) { _ in } }
        if isTimely(now), now >= clock.nextDue { clock.tick(now: now) }
        pump.turn()
    }

    /// Whether the clock is set. Until it is nothing is released: no bucket of 1970 leaves.
    private func isTimely(_ now: Instant) -> Bool {
        let isSet = Intake.isSet(now)
        if isSet, !clockIsSet.load(ordering: .relaxed) {
            logger.notice("the clock is set: it is \(now.iso8601)")
            clock.begin(now: now)
            clockIsSet.store(true, ordering: .relaxed)
        }
        return isSet
    }

    private func close() {
        link.stop()
        sparkplug?.stop()
        publisher.publish(statusMessage("offline")) { _ in }
        publisher.stop()
        broker?.stop()
        store.close()
        unsafe unlink(settings.deskSocket)
    }

    private func statusMessage(_ word: String) -> BusMessage {
        Gateway.status(word, gateway: settings.gateway.id)
    }

    private func rooms() -> Rooms {
        let (broker, link, rate, clock, pump, outbox, publisher, ingest, plant) =
            (broker, link, rate, clock, pump, outbox, publisher, ingest, plant)
        return Rooms(
            gateway: settings.gateway.id,
            version: Version.text,
            uptimeSeconds: { [startedMs] in Double(WallClock.uptimeMs - startedMs) / 1000 },
            clock: { WallClock.now },
            store: store,
            plant: plant,
            intake: ingest.intake,
            letters: ingest.letters,
            link: { link.status },
            sparkplug: { [sparkplug] in sparkplug?.status },
            messageRate: { rate.perSecond },
            feeds: {
                clock.status.map { feed in
                    var feed = feed
                    feed.fault = feed.fault ?? pump.fault(agreement: feed.agreement, grant: feed.grant)
                    return feed
                }
            },
            waiting: { outbox.waiting },
            managedListen: broker.map { "\($0.status.listenAddress):\($0.status.port)" },
            faults: {
                var faults: [String] = []
                let refused = plant.refusedCount
                if refused > 0 {
                    faults.append(
                        "plant: \(refused) series of stock or machines found no room; raise data.budget (for a new"
                            + " data folder), or keep changing names out of items and assets"
                    )
                }
                if let broker = broker?.status, broker.state != .running {
                    faults.append("managed broker: \(broker.lastError ?? broker.state.word)")
                }
                if publisher.status.state != .online, link.status.state == .online {
                    faults.append("publishing: \(publisher.status.lastError ?? publisher.status.state.word)")
                }
                return faults
            }
        )
    }
}

// MARK: - Putting it together

extension Gateway {
    /// The gateway's own status on the bus: retained, and `offline` is its will.
    fileprivate static func status(_ word: String, gateway: String) -> BusMessage {
        let text = "{\"gateway\":\"\(gateway)\",\"state\":\"\(word)\"}"
        return BusMessage(topic: "tsunagi/v1/g/\(gateway)/status", payload: Array(text.utf8), retain: true)
    }

    /// Where dead letters go, beside the journal.
    fileprivate static func letters(to publisher: BusPublisher, _ gateway: String)
        -> @Sendable (DeadLetter) -> Void
    {
        let topic = DeadLetterFeed.topic(gateway: gateway)
        return { letter in
            // A copy for listeners; the letter itself is on disk, so a full queue loses nothing.
            publisher.publish(BusMessage(topic: topic, payload: DeadLetterFeed.payload(of: letter))) { _ in }
        }
    }

    fileprivate static func startBroker(
        _ settings: Settings,
        _ folders: Links.Folders,
        sensorFilters: [String],
        _ logger: Logger
    ) throws(BrokerFailure) -> ManagedBroker? {
        guard case .managed(let choice) = settings.broker else { return nil }
        var options = ManagedBrokerOptions(
            directory: absolute(folders.broker),
            runtimeDirectory: absolute(folders.runtime)
        )
        options.listenAddress = choice.listenHost
        options.port = choice.listenPort
        // Only we speak on our STATE topic, and only edge nodes of a host that speaks have something to read.
        options.sensorFilters = sensorFilters.filter { !$0.hasPrefix("spBv1.0/STATE/") }
        if settings.rules.isSparkplugHost {
            options.sensorReads = ["spBv1.0/+/NCMD/#", "spBv1.0/+/DCMD/#", "spBv1.0/STATE/#"]
        }
        options.partners = Set(settings.agreements.map(\.recipient.id)).sorted()
        let broker = try ManagedBroker(options) { line in logger.debug("mosquitto: \(line)") }
        try broker.start()
        return broker
    }

    /// The options of the two links: readings in, releases out.
    fileprivate static func links(
        _ settings: Settings,
        _ broker: ManagedBroker?
    ) throws(BrokerFailure) -> (inward: BusOptions, out: BusOptions, sparkplug: BusOptions?) {
        var inward: BusOptions
        var out: BusOptions
        var sparkplug: BusOptions
        switch settings.broker {
        case .managed(let choice):
            guard let broker else { preconditionFailure("a managed broker was started") }
            inward = try broker.link(.gateway, client: "in")
            out = try broker.link(.gateway, client: "out")
            sparkplug = try broker.link(.gateway, client: "sparkplug")
            inward.keepAliveSeconds = choice.keepAliveSeconds
            inward.lingerMs = choice.lingerMs
        case .external(let options):
            inward = options
            out = options
            out.identity.clientID += "-out"
            sparkplug = options
            sparkplug.identity.clientID += "-sparkplug"
        }
        out.will = status("offline", gateway: settings.gateway.id)
        return (inward, out, settings.rules.isSparkplugHost ? sparkplug : nil)
    }

    /// Makes sure that the desk's socket is ours to make: a left-over goes, a living daemon's does not.
    fileprivate static func claim(_ socket: String) throws(Trouble) {
        guard UnixSocket.exists(socket) else { return }
        guard !UnixSocket.answers(socket) else {
            throw Trouble(
                "error: another tsunagi already answers at \(socket); stop it, or give this one its own data.directory"
            )
        }
        guard UnixSocket.isSocket(socket) else {
            throw Trouble("error: \(socket) is a file, not a socket; name another path as desk.socket")
        }
        guard unsafe unlink(socket) == 0 else {
            throw Trouble(
                "error: cannot remove the old socket \(socket): \(unsafe String(cString: strerror(errno)))"
            )
        }
    }
}

/// Calls a closure at a steady pace until the group shuts down.
private struct Ticker: Service {
    let every: Duration
    let tick: @Sendable () -> Void

    init(every: Duration, tick: @escaping @Sendable () -> Void) {
        self.every = every
        self.tick = tick
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                tick()
                // Cancelled means that the group shuts down; that is the way this ends.
                try? await Task.sleep(for: every)
            }
        }
    }
}
