import Alerts
import Bus
import Intake
import Plant
import Readings
import RingStore
import Sharing

/// Where alerts look: what `status`, `stock` and `machines` look at too.
struct AlertSight {
    /// What it looks into; all of it may be asked from any thread.
    struct Rooms: Sendable {
        let plant: Plant
        let store: RingStore
        let sources: @Sendable () -> [SourceStatus]
        let link: @Sendable () -> LinkStatus
        /// All that we and our partners log in with; read from files, so asked for once a minute.
        let certificates: @Sendable () -> [CertificateStatus]
        let feeds: @Sendable () -> [FeedStatus]
        /// Releases of each feed that no broker has confirmed yet.
        let waiting: @Sendable () -> [String: Int]
        /// Where the store lies, in the operator's words.
        let folder: String
        let offsetSeconds: @Sendable (Instant) -> Int
    }

    let rooms: Rooms
    private var plant: PlantLooks
    private var lasting = Lasting()
    private var certificates: [CertificateStatus] = []
    private var certificatesRead = Instant.distantPast

    init(_ rooms: Rooms) {
        self.rooms = rooms
        plant = PlantLooks(offsetSeconds: rooms.offsetSeconds)
    }

    /// What all rules see now, rule by rule.
    mutating func looks(_ rules: [AlertRule], now: Instant) -> [(rule: AlertRule, looks: [Look])] {
        plant.find(rules, in: rooms.plant)
        let sources =
            rules.contains { $0.kind == .sourceSilent || $0.kind == .clockSkew } ? rooms.sources() : []
        let link = rooms.link()
        if now.msSince(certificatesRead).magnitude >= 60_000 {
            (certificates, certificatesRead) = (rooms.certificates(), now)
        }
        let snapshot = rooms.store.snapshot()
        return rules.map { rule in
            let looks =
                switch rule.kind {
                case .lowStock, .lowCover, .machineStopped:
                    plant.looks(rule, in: rooms.plant, word: { snapshot.text($0) }, now: now)
                case .sourceSilent: silent(rule, sources, link, now)
                case .clockSkew: skewed(sources)
                case .feedLate: late(now)
                case .linkDown: [down(link, now)]
                case .certificate: certificates.map { certificate($0, now) }
                case .disk: [Look(rooms.folder, value: Double(rooms.store.freeBytes))]
                }
            return (rule, looks.filter { rule.wants($0.subject) })
        }
    }

    /// While there is no link nobody can be heard, and nobody is looked at; nor is, for as long as it may be silent, who
    /// has not spoken since the link stands.
    private func silent(_ rule: AlertRule, _ sources: [SourceStatus], _ link: LinkStatus, _ now: Instant)
        -> [Look]
    {
        guard link.state == .online else { return [] }
        let linked = min(link.since, now)
        var looks: [String: Look] = [:]
        for source in sources where source.lastSeen > .distantPast {
            let own = source.patienceMs.map(Double.init)
            let silentMs = Double(max(0, now.msSince(max(source.lastSeen, linked))))
            guard let limit = rule.limit ?? own, source.lastSeen >= linked || silentMs > limit else {
                continue
            }
            var look = Look(source.name, value: silentMs)
            look.limit = own
            // Several rules may read one source; it is silent when none of them hears it.
            if let other = looks[source.name], other.value <= look.value { continue }
            looks[source.name] = look
        }
        return Array(looks.values)
    }

    private func skewed(_ sources: [SourceStatus]) -> [Look] {
        var looks: [String: Look] = [:]
        for source in sources {
            guard let skewMs = source.skewMs else { continue }
            var look = Look(source.name, value: Double(skewMs.magnitude))
            look.detail = skewMs > 0 ? "slow" : "fast"
            if let other = looks[source.name], other.value >= look.value { continue }
            looks[source.name] = look
        }
        return Array(looks.values)
    }

    /// A feed is late by how long its next bucket is overdue, and by how long something waits for the broker.
    private mutating func late(_ now: Instant) -> [Look] {
        let waiting = rooms.waiting()
        return rooms.feeds().map { feed in
            let isWaiting = (waiting[feed.feed] ?? 0) > 0
            let since = lasting.since("feed \(feed.feed)", holds: isWaiting, from: now, now: now)
            let lateMs = max(0, now.msSince(feed.nextDue), since.map { now.msSince($0) } ?? 0)
            var look = Look(feed.feed, value: Double(lateMs))
            look.detail = feed.fault
            return look
        }
    }

    private mutating func down(_ link: LinkStatus, _ now: Instant) -> Look {
        let since = lasting.since("link", holds: link.state != .online, from: now, now: now)
        var look = Look("broker", value: since.map { Double(now.msSince($0)) } ?? 0)
        look.detail = link.lastError
        return look
    }

    private func certificate(_ status: CertificateStatus, _ now: Instant) -> Look {
        var look = Look(status.file, value: Double(status.end.msSince(now)))
        look.end = status.end
        return look
    }
}
