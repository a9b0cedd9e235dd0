import Bus
import Disclosure
import Glibc
import Intake
import Logging
import Readings
import Settings
import Sharing

/// By what a gateway shares.
struct Terms: Sendable {
    var agreements: [Agreement]
    /// What partners' systems know items and sites by.
    var trade: TradeBook
    /// At a hub, its members' agreements with it.
    var consents: [Agreement]

    init(_ settings: Settings) {
        agreements = settings.agreements
        trade = settings.trade
        consents = settings.consents ?? []
    }
}

/// How a gateway is put together.
extension Gateway {
    /// The gateway's own status on the bus: retained, and `offline` is its will.
    static func status(_ word: String, gateway: String) -> BusMessage {
        let text = "{\"gateway\":\"\(gateway)\",\"state\":\"\(word)\"}"
        return BusMessage(topic: "tsunagi/v1/g/\(gateway)/status", payload: Array(text.utf8), retain: true)
    }

    /// Where dead letters go, beside the journal.
    static func letters(to publisher: BusPublisher, _ gateway: String)
        -> @Sendable (DeadLetter) -> Void
    {
        let topic = DeadLetterFeed.topic(gateway: gateway)
        return { letter in
            // A copy for listeners; the letter itself is on disk, so under a flood it may be left out.
            publisher.offer(below: 256) {
                BusMessage(topic: topic, payload: DeadLetterFeed.payload(of: letter))
            }
        }
    }

    /// How a release leaves: over the publisher, or as Sparkplug; then the showcase has it.
    static func publish(over publisher: BusPublisher, _ edges: SparkplugEdges, _ showcase: Showcase)
        -> OutboxPump.Publish
    {
        { entry, told in
            let answered = { @Sendable (trouble: String?) in
                if trouble == nil { showcase.left(entry) }
                told(trouble)
            }
            if entry.contentType == SparkplugFeed.contentType { return edges.publish(entry, answered) }
            var message = BusMessage(topic: entry.topic, payload: entry.payload, retain: entry.retain)
            message.contentType = entry.contentType
            message.properties = entry.attributes.map { UserProperty($0.name, $0.value) }
            if !entry.jws.isEmpty { message.properties.append(UserProperty("jws", entry.jws)) }
            publisher.publish(message) { result in
                if case .failure(let failure) = result {
                    answered(failure.description)
                } else {
                    answered(nil)
                }
            }
        }
    }

    /// What sensors may say: only we speak on our STATE topic.
    static func sensorFilters(_ filters: [String]) -> [String] {
        filters.filter { !$0.hasPrefix("spBv1.0/STATE/") }
    }

    /// What was decided of pooled values before, and what their members consent to.
    static func pool(
        _ terms: Terms,
        _ folders: Links.Folders,
        _ outbox: Outbox
    ) throws(OutboxFailure) -> Pool {
        try Pool(
            directory: folders.sharing,
            agreements: terms.agreements,
            consents: terms.consents,
            outbox: outbox
        )
    }

    static func clock(
        _ terms: Terms,
        of settings: Settings,
        _ outbox: Outbox,
        _ pool: Pool,
        _ emergencies: EmergencyBook,
        _ showcase: Showcase,
        _ key: SigningKey,
        _ ingest: Ingest,
        now: Instant
    ) -> ReleaseClock {
        ReleaseClock(
            // A revoked one has no feed any more.
            agreements: terms.agreements.filter { $0.status != .revoked },
            outbox: outbox,
            trade: terms.trade,
            key: key,
            pool: pool,
            emergencies: emergencies,
            showcase: showcase,
            now: now,
            offsetSeconds: ZoneRules.offsetSeconds(of: settings.gateway.timezone) ?? { _ in 0 },
            view: { ingest.view() }
        )
    }

    static func startBroker(
        _ settings: Settings,
        _ folders: Links.Folders,
        sensorFilters: [String],
        _ logger: Logger
    ) throws -> ManagedBroker? {
        guard case .managed(let choice) = settings.broker else { return nil }
        var options = ManagedBrokerOptions(
            directory: absolute(folders.broker),
            runtimeDirectory: absolute(folders.runtime)
        )
        options.listenAddress = choice.listenHost
        options.port = choice.listenPort
        options.sensorFilters = Gateway.sensorFilters(sensorFilters)
        // Only edge nodes of a host that speaks have something to read.
        if settings.rules.isSparkplugHost {
            options.sensorReads = ["spBv1.0/+/NCMD/#", "spBv1.0/+/DCMD/#", "spBv1.0/STATE/#"]
        }
        options.partners = try PartnerRoll.read(settings).partners
        options.partnerListener = try partnerListener(choice, folders)
        let broker = try ManagedBroker(options) { line in logger.debug("mosquitto: \(line)") }
        try broker.start()
        return broker
    }

    /// The listener for partners with certificates, with all that it needs.
    private static func partnerListener(_ choice: ManagedChoice, _ folders: Links.Folders)
        throws(OnboardingFailure) -> PartnerListener?
    {
        guard let place = choice.partnerListen else { return nil }
        let authority = folders.authority
        try authority.open(hosts: Links.partnerHosts(choice), now: WallClock.now)
        return PartnerListener(
            address: place.host,
            port: place.port,
            caFile: authority.authorityFile,
            certificateFile: authority.brokerFile,
            keyFile: authority.brokerKeyFile,
            revocationFile: authority.revocationFile
        )
    }

    /// The options of the two links: readings in, releases out.
    static func links(
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
    static func claim(_ socket: String) throws(Trouble) {
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
