public import Bus
public import Intake
public import Plant
public import Readings
public import RingStore
public import Sharing

/// What the desk may look into. It looks, and hands on what operators want done; it does nothing itself.
public struct Rooms: Sendable {
    /// The gateway's id.
    public var gateway: String
    /// Of the executable.
    public var version: String
    /// Since the daemon began.
    public var uptimeSeconds: @Sendable () -> Double
    /// The present, as the wiring tells it.
    public var clock: @Sendable () -> Instant
    /// What is kept.
    public var store: RingStore
    /// Stock and machines.
    public var plant: Plant
    /// What became of the messages.
    public var intake: Intake
    /// What came to nothing.
    public var letters: DeadLetterRing
    /// The way in.
    public var link: @Sendable () -> LinkStatus
    /// The link that speaks for our Sparkplug host; nil while we only listen.
    public var sparkplug: @Sendable () -> LinkStatus?
    /// Messages per second over the last ten seconds.
    public var messageRate: @Sendable () -> Double
    /// What leaves.
    public var feeds: @Sendable () -> [FeedStatus]
    /// What releases have cost.
    public var releaseCosts: @Sendable () -> ReleaseCosts
    /// Releases of each feed (`agreement/grant`) that no broker has confirmed yet.
    public var waiting: @Sendable () -> [String: Int]
    /// Takes a person's count; returns when it is durable. May be called from any thread.
    public var count: @Sendable (CountWish) throws(CountRefusal) -> CountRow
    /// How far the plant's clocks are ahead of UTC at an instant: where its shifts lie.
    public var offsetSeconds: @Sendable (Instant) -> Int
    /// Where sensors and partners connect; nil with a broker of somebody else's.
    public var managedListen: String?
    /// What else is wrong, one line each: the managed broker, the publisher's link.
    public var faults: @Sendable () -> [String]
    /// The last closed buckets of an agreement's grants, as they are and as they are seen; nil when it is not known.
    public var examples: @Sendable (_ agreement: String) throws(StoreFailure) -> [ReleaseClock.Example]?
    /// Takes a step of a disaster mode.
    public var disaster: @Sendable (DisasterWish) throws(DisasterRefusal) -> DisasterRow
    /// What is requested, active and over.
    public var disasters: @Sendable () -> [DisasterRow]
    /// Reads the configuration again and goes by it, if all of it is right.
    public var reload: @Sendable (ReloadWish) async -> ReloadReport
    /// Revokes an agreement, in six steps, and shows each.
    public var revoke: @Sendable (_ agreement: String, _ atOnce: Bool) async -> RevocationReport
    /// Goes by the partners that are prepared now; cuts the session of one whose certificate was replaced. Returns what
    /// stands in the way.
    public var readPartners: @Sendable (_ cut: String?) async -> String?
    /// What somebody should look at.
    public var alerts = AlertRoom()
    /// What has left to a partner; nothing where nobody shows it.
    public var released: @Sendable (_ partner: String) -> [ReleasedFeed] = { _ in [] }

    /// Made of its parts.
    public init(
        gateway: String,
        version: String,
        uptimeSeconds: @escaping @Sendable () -> Double,
        clock: @escaping @Sendable () -> Instant,
        store: RingStore,
        plant: Plant,
        intake: Intake,
        letters: DeadLetterRing,
        link: @escaping @Sendable () -> LinkStatus,
        sparkplug: @escaping @Sendable () -> LinkStatus?,
        messageRate: @escaping @Sendable () -> Double,
        feeds: @escaping @Sendable () -> [FeedStatus],
        releaseCosts: @escaping @Sendable () -> ReleaseCosts,
        waiting: @escaping @Sendable () -> [String: Int],
        count: @escaping @Sendable (CountWish) throws(CountRefusal) -> CountRow,
        offsetSeconds: @escaping @Sendable (Instant) -> Int,
        managedListen: String?,
        faults: @escaping @Sendable () -> [String],
        examples: @escaping @Sendable (String) throws(StoreFailure) -> [ReleaseClock.Example]?,
        disaster: @escaping @Sendable (DisasterWish) throws(DisasterRefusal) -> DisasterRow,
        disasters: @escaping @Sendable () -> [DisasterRow],
        reload: @escaping @Sendable (ReloadWish) async -> ReloadReport,
        revoke: @escaping @Sendable (_ agreement: String, _ atOnce: Bool) async -> RevocationReport,
        readPartners: @escaping @Sendable (_ cut: String?) async -> String?
    ) {
        self.gateway = gateway
        self.version = version
        self.uptimeSeconds = uptimeSeconds
        self.clock = clock
        self.store = store
        self.plant = plant
        self.intake = intake
        self.letters = letters
        self.link = link
        self.sparkplug = sparkplug
        self.messageRate = messageRate
        self.feeds = feeds
        self.releaseCosts = releaseCosts
        self.waiting = waiting
        self.count = count
        self.offsetSeconds = offsetSeconds
        self.managedListen = managedListen
        self.faults = faults
        self.examples = examples
        self.disaster = disaster
        self.disasters = disasters
        self.reload = reload
        self.revoke = revoke
        self.readPartners = readPartners
    }
}
