import Board
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
    let settings: Settings
    let supervisor: Supervisor
    let logger: Logger
    private let startedMs: Int64
    /// Whether the clock was set when somebody last looked.
    private let clockIsSet: Atomic<Bool>
    private let broker: ManagedBroker?
    private let store: RingStore
    private let plant: Plant
    let ingest: Ingest
    let link: BusLink
    let members: MemberLinks
    /// Says what leaves as Sparkplug.
    private let edges: SparkplugEdges
    let publisher: BusPublisher
    /// Speaks for our Sparkplug host; nil while we only listen.
    private let sparkplug: SparkplugLink?
    let pump: OutboxPump
    /// Made anew when agreements change, on the ticker.
    let clock: Mutex<ReleaseClock>
    /// By which buckets are closed.
    let steady: SteadyClock
    /// Agreements that the ticker is to take over.
    private let terms = Mutex<Terms?>(nil)
    /// Whether the ticker goes by the terms that it was given last.
    private let hasAgreed = Atomic(true)
    let outbox: Outbox
    private let keys: KeyFolder
    /// Signed by at the start.
    let key: SigningKey
    let heads: AuditHeads
    let emergencies: EmergencyBook
    /// What left last, for the board.
    let showcase: Showcase
    let rate = RateMeter()
    let watch: Watchman
    private let files: FileDoor

    /// Opens the store and starts the broker, but takes no message yet.
    ///
    /// - Throws: ``Trouble`` with one clear line; nothing of ours runs then.
    init(_ settings: Settings, supervisor: Supervisor, logger: Logger) throws(Trouble) {
        (self.settings, self.supervisor, self.logger) = (settings, supervisor, logger)
        watch = Watchman(logger)
        startedMs = WallClock.uptimeMs
        let now = WallClock.now
        clockIsSet = Atomic(Intake.isSet(now))
        steady = SteadyClock(now: now)
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
        let pool: Pool
        ingest = try Ingest(settings, folder: folders.store, logger: logger)
        store = ingest.store
        plant = ingest.plant
        files = FileDoor(ingest, logger)
        do {
            try files.open(ingest.drops)
            let filtersBefore = try FilterMemory(folders.root).exchange(ingest.filters)
            outbox = try Outbox(directory: folders.sharing)
            try outbox.withdraw(unlessGrantedBy: settings.agreements, at: now)
            pool = try Gateway.pool(Terms(settings), folders, outbox)
            showcase = Showcase(directory: folders.sharing)
            keys = KeyFolder(folders.keys)
            key = try keys.open(gateway: settings.gateway.id, now: now)
            heads = try AuditHeads(directory: folders.sharing)
            emergencies = try EmergencyBook(directory: folders.sharing, outbox: outbox, key: key)
            broker = try Gateway.startBroker(settings, folders, sensorFilters: ingest.filters, logger)
            let options = try Gateway.links(settings, broker)
            publisher = BusPublisher(options.out)
            var inward = options.inward
            sparkplug = options.sparkplug.map { SparkplugLink($0, host: settings.rules.sparkplug.hostID) }
            if let sparkplug { ingest.speak(through: sparkplug) }
            inward.filters = ingest.filters
            inward.watchesDrops = true
            inward.filtersBefore = filtersBefore
            let letters = Gateway.letters(to: publisher, settings.gateway.id)
            files.tell(letters)
            members = try MemberLinks(settings, ingest, letters: letters)
            let edges = SparkplugEdges(over: options.out)
            self.edges = edges
            var sink = ingest.sink(deadLetters: letters, own: { edges.own($0) })
            members.watch(&sink)
            link = BusLink(inward, sink: sink)
        } catch {
            store.close()
            throw error as? Trouble ?? Trouble("error: \(error)")
        }
        clock = Mutex(
            Gateway.clock(
                Terms(settings),
                of: settings,
                outbox,
                pool,
                emergencies,
                showcase,
                key,
                ingest,
                now: now
            )
        )
        let publish = Gateway.publish(over: publisher, edges, showcase)
        pump = OutboxPump(outbox: outbox, clock: { [steady] in steady.now }, publish: publish)
    }

    /// Runs until SIGTERM or SIGINT, then ends in order: no new messages, what was taken is durable, the broker
    /// has saved its sessions.
    ///
    /// - Parameter hangups: each SIGHUP has the configuration read again, one that came before all stood too.
    func run(hangups: UnixSignalsSequence) async throws {
        publisher.start()
        link.start()
        members.start()
        edges.adopt(settings.agreements)
        publisher.publish(statusMessage("online")) { _ in }
        let alerts = alerting()
        let reload = reload(alerts)
        var rooms = rooms(reload)
        rooms.alerts = alerts.room
        let counter = Desk(rooms)
        let desk = counter.application(socket: settings.deskSocket, logger: logger)
        let boards = try boards(rooms, counter, logger)
        var plan = ServiceGroupConfiguration(
            services: [
                .init(service: desk),
                .init(service: Ticker { [self] in tick() }),
                .init(service: alerts),
                .init(service: Ticker { [self] in becomeReady() }),
                .init(service: Hangups(signals: hangups) { [self] in await supervise(reload) }),
                .init(
                    service: Ticker { [files, showcase] in
                        files.turn()
                        showcase.keep()
                        return .seconds(1)
                    }
                ),
                .init(
                    service: Ticker {
                        await reload.endNoticed()
                        return .seconds(1)
                    }
                ),
            ] + boards,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        // An asker who has stopped reading must not keep the daemon.
        plan.maximumGracefulShutdownDuration = .seconds(5)
        let group = ServiceGroup(configuration: plan)
        logger.notice("\(settings.gateway.id) runs; ask it with: tsunagi status --config \(settings.file)")
        do {
            try await group.run()
        } catch let failure as BoardFailure {
            close()
            throw Trouble("error: \(failure)")
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

    /// Once a second, and whenever something is to leave: rates, releases that are due, the outbox, and what the log
    /// should know.
    ///
    /// - Returns: how long until there is something to do again.
    private func tick() -> Duration {
        let now = WallClock.now
        rate.mark(link.status.messages, at: now)
        beat()
        if link.status.state == .online { sparkplug?.start() }
        let isAnew = watch.look(
            broker: broker?.status,
            link: link.status,
            publisher: publisher.status,
            store: store.status
        )
        // When its link broke, the broker said "offline" in our name.
        if isAnew { publisher.publish(statusMessage("online")) { _ in } }
        if let fresh = terms.withLock({ $0.take() }) { agree(to: fresh, now: now) }
        let clock = clock.withLock { $0 }
        var next = Instant.distantFuture
        if isTimely(now, clock) {
            settle(at: now)
            emergencies.expire(clock.agreements, now: now)
            let due = steady.now
            if due >= clock.nextDue { clock.tick(now: due) { [pump] in pump.turn() } }
            next = clock.nextDue
        }
        next = min(next, pump.turn() ?? .distantFuture)
        return .milliseconds(ReleaseClock.restMs(until: next, now: steady.now))
    }

    /// Goes by other agreements. On the ticker, so that no release is under way.
    private func agree(to fresh: Terms, now: Instant) {
        let pool: Pool
        do throws(OutboxFailure) {
            pool = try Gateway.pool(fresh, Links.Folders(of: settings), outbox)
        } catch {
            return logger.error("agreements: \(error); the old ones stand until they are read again")
        }
        do throws(OutboxFailure) {
            try outbox.withdraw(unlessGrantedBy: fresh.agreements, at: now)
        } catch {
            logger.error("agreements: what waits by old ones could not be taken back: \(error)")
        }
        do throws(Trouble) {
            try members.adopt(fresh.consents)
        } catch {
            logger.error("members: \(error); the keys that were read before count on")
        }
        var key = key
        do throws(KeyFailure) {
            // It may have been rotated.
            key = try keys.open(gateway: settings.gateway.id, now: now)
            emergencies.sign(with: key)
        } catch {
            logger.error("keys: \(error); releases are signed by the one that was read before")
        }
        let made = Gateway.clock(
            fresh,
            of: settings,
            outbox,
            pool,
            emergencies,
            showcase,
            key,
            ingest,
            now: now
        )
        clock.withLock { $0 = made }
        edges.adopt(fresh.agreements)
        terms.withLock { if $0 == nil { hasAgreed.store(true, ordering: .releasing) } }
    }

    private func reload(_ alerts: AlertWatch) -> Reload {
        let parts = Reload.Parts(
            filters: FilterMemory(Links.Folders(of: settings).root),
            broker: broker,
            ingest: ingest,
            link: link,
            files: files,
            outbox: outbox,
            agree: { [self] fresh in
                terms.withLock { terms in
                    terms = fresh
                    hasAgreed.store(false, ordering: .releasing)
                }
            },
            hasAgreed: { [self] in hasAgreed.load(ordering: .acquiring) },
            feeds: { [self] in Set(clock.withLock { $0 }.status.map(\.agreement)) },
            announce: { [self] record, agreement in
                let key = clock.withLock { $0 }.key
                try outbox.announce(record, of: agreement, key: key, at: WallClock.now)
            },
            publish: { [publisher] message in publisher.publish(message) { _ in } },
            alert: { await alerts.adopt($0) }
        )
        return Reload(settings, parts, logger: logger)
    }

    /// Whether the clock is set. Until it is nothing is released: no bucket of 1970 leaves.
    private func isTimely(_ now: Instant, _ clock: ReleaseClock) -> Bool {
        let isSet = Intake.isSet(now)
        if isSet, !clockIsSet.load(ordering: .relaxed) {
            logger.notice("the clock is set: it is \(now.iso8601)")
            clock.begin(now: now)
            steady.begin(now: now)
            clockIsSet.store(true, ordering: .relaxed)
        }
        return isSet
    }

    private func close() {
        supervisor.stopping()
        link.stop()
        members.stop()
        edges.stop()
        sparkplug?.stop()
        publisher.publish(statusMessage("offline")) { _ in }
        publisher.stop()
        showcase.keep(isLast: true)
        broker?.stop()
        // A door may be in the middle of a commit.
        ingest.turnstile.pass { store.close() }
        unsafe unlink(settings.deskSocket)
    }

    private func statusMessage(_ word: String) -> BusMessage {
        Gateway.status(word, gateway: settings.gateway.id)
    }

    private func rooms(_ reload: Reload) -> Rooms {
        let (broker, link, rate, outbox, publisher, ingest, plant, files, emergencies, members, edges) =
            (broker, link, rate, outbox, publisher, ingest, plant, files, emergencies, members, edges)
        let showcase = showcase
        var rooms = Rooms(
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
            feeds: { [self] in feeds },
            releaseCosts: { [self] in clock.withLock { $0 }.spent },
            waiting: { outbox.waiting },
            count: { [ingest] (wish) throws(CountRefusal) in try ingest.count(wish) },
            offsetSeconds: ZoneRules.offsetSeconds(of: settings.gateway.timezone) ?? { _ in 0 },
            managedListen: broker.map { "\($0.status.listenAddress):\($0.status.port)" },
            faults: {
                var faults = files.faults + members.faults + edges.faults
                faults += emergencies.all.filter { $0.stage == .active }.map(Self.words)
                if let fault = outbox.audit.fault { faults.append("audit log: \(fault)") }
                if let fault = showcase.fault { faults.append("showcase: \(fault)") }
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
            },
            examples: { [self] (agreement) throws(StoreFailure) in
                try clock.withLock { $0 }.examples(of: agreement, now: WallClock.now)
            },
            disaster: { [self] (wish) throws(DisasterRefusal) in try disaster(wish) },
            disasters: { [emergencies] in emergencies.all.map { DisasterRow($0) } },
            reload: { await reload.now($0) },
            revoke: { await reload.revoke($0, atOnce: $1) },
            readPartners: { await reload.readPartners(cut: $0) }
        )
        rooms.released = { [self] in released(to: $0) }
        return rooms
    }
}
