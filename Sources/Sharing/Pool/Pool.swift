public import Disclosure
import Plant
import Readings
import RingStore
import Synchronization

/// Decides the pooled grants of a hub: takes its members' values of a bucket from the store, asks the rules, and
/// remembers what it decided.
///
/// What it decided is on disk before anything of it leaves. Killed in between, the hub finds the decision there and
/// tells what it had decided, even if members told more meanwhile.
public final class Pool: Sendable {
    /// How long a pooled bucket waits beyond ``ReleaseClock/graceMs``: members release it then themselves, within 15 s.
    public static let graceMs: Int64 = 20_000

    /// What became of a bucket of a pooled grant.
    struct Decision {
        var values: [Release.Value] = []
        /// Which rule withheld it, if nothing of it leaves.
        var rule: DisclosureRule?
        /// Why products were withheld, in plain words; nil when none was.
        var why: String?
    }

    /// A bucket that was decided: a record for each product.
    private struct Last {
        var records: [PoolRecord] = []
        /// As in ``Decision``; not kept over a restart.
        var why: String?
        /// Whether they are on disk.
        var isKept = true

        var bucketEnd: Instant? { records.first?.pooled.bucketEnd }
    }

    private struct Memory {
        var decisions: PoolDecisions
        /// The last bucket that was decided of a feed.
        var last: [String: Last] = [:]
        /// Feeds whose history was lost: nothing of them leaves up to this bucket's end.
        var blindUntil: [String: Instant] = [:]
    }

    private struct State {
        var memory: Memory
        let file: PoolFile
    }

    private let consents: Consents
    private let state: Mutex<State>

    /// Reads what was decided before.
    ///
    /// - Parameters:
    ///   - directory: where the outbox is.
    ///   - agreements: the hub's own; without a pooled grant no file is made.
    ///   - consents: its members' agreements with it.
    public convenience init(
        directory: String,
        agreements: [Agreement],
        consents: [Agreement],
        outbox: Outbox
    ) throws(OutboxFailure) {
        let decisions = PoolDecisions(agreements)
        try self.init(decisions, directory: directory, agreements, consents: consents, outbox)
    }

    /// A test may decide by fewer rules.
    package init(
        _ decisions: PoolDecisions,
        directory: String,
        _ agreements: [Agreement],
        consents: [Agreement],
        _ outbox: Outbox
    ) throws(OutboxFailure) {
        self.consents = Consents(consents)
        let grants = agreements.flatMap { agreement in
            agreement.grants.filter { $0.kind == .consortium }.map { (agreement, $0) }
        }
        let file = try PoolFile(directory: directory, isNeeded: !grants.isEmpty)
        var decisions = decisions
        var last: [String: Last] = [:]
        for record in file.records {
            decisions.recall(record.pooled, isReleased: record.rule == nil)
            let feed = "\(record.pooled.agreement)/\(record.pooled.grant.id)"
            if last[feed]?.bucketEnd != record.pooled.bucketEnd { last[feed] = Last() }
            last[feed]?.records.append(record)
        }
        var blindUntil: [String: Instant] = [:]
        for (agreement, grant) in grants {
            let feed = "\(agreement.id)/\(grant.id)"
            guard let decided = outbox.lastBucket(agreement: agreement.id, grant: grant.id) else { continue }
            let width = grant.bucket.widthMs
            let end = decided.advanced(byMs: width)
            if let known = last[feed]?.bucketEnd, known >= end { continue }
            let cooldown =
                grant.disclosure.membershipCooldownBuckets ?? DisclosureLimits.cooldownBucketsDefault
            blindUntil[feed] = end.advanced(
                byMs: (Int64(clamping: cooldown) + PoolAudit.windowBucketsMin) * width
            )
        }
        let memory = Memory(decisions: decisions, last: last, blindUntil: blindUntil)
        state = Mutex(State(memory: memory, file: file))
    }

    /// Decides a closed bucket and takes that down; asked again, it answers the same.
    ///
    /// - Parameter release: without values.
    func decide(_ release: Release, _ view: PlantView) throws(StoreFailure) -> Decision {
        try state.withLock { state throws(StoreFailure) in
            try decide(release, view, &state.memory)
        }
    }

    /// What would be decided, and the values as they are; nothing is taken down.
    func look(at release: Release, _ view: PlantView) throws(StoreFailure) -> (
        Decision, truth: [Release.Value]
    ) {
        var memory = state.withLock { $0.memory }
        let decision = try decide(release, view, &memory)
        var bare = release
        bare.grant.precision = .exact
        let records = memory.last[Self.feed(of: release)]?.records ?? []
        return (decision, records.compactMap { Self.value(of: $0, in: bare) })
    }

    /// Makes a feed's last decision durable; comes before its release is taken into the outbox.
    func keep(_ release: Release) throws(OutboxFailure) {
        let feed = Self.feed(of: release)
        try state.withLock { state throws(OutboxFailure) in
            guard let last = state.memory.last[feed], !last.isKept else { return }
            try state.file.append(last.records)
            state.memory.last[feed]?.isKept = true
        }
    }

    private static func feed(of release: Release) -> String { "\(release.agreement.id)/\(release.grant.id)" }

    private func decide(
        _ release: Release,
        _ view: PlantView,
        _ memory: inout Memory
    ) throws(StoreFailure) -> Decision {
        let feed = Self.feed(of: release)
        var records = memory.last[feed]?.records ?? []
        var decision = Decision()
        if memory.last[feed]?.bucketEnd != release.bucketEnd {
            records = []
            for product in release.grant.products {
                records.append(try record(of: release, product: product, view))
            }
            for index in records.indices {
                guard case .withhold(let rule, let why) = decide(records[index], feed, &memory) else {
                    continue
                }
                records[index].rule = rule
                decision.why = "\(rule.rawValue): \(records[index].pooled.product): \(why)"
            }
            memory.last[feed] = Last(records: records, why: decision.why, isKept: false)
        }
        decision.why = memory.last[feed]?.why
        decision.values = records.compactMap { record in
            record.rule == nil ? Self.value(of: record, in: release) : nil
        }
        if decision.values.isEmpty { decision.rule = records.lazy.compactMap(\.rule).first ?? .d03 }
        return decision
    }

    private func decide(_ record: PoolRecord, _ feed: String, _ memory: inout Memory) -> Verdict {
        if let until = memory.blindUntil[feed], record.pooled.bucketEnd <= until {
            memory.decisions.recall(record.pooled, isReleased: false)
            return .withhold(.d09, why: "what left before is not known any more")
        }
        let verdict = memory.decisions.decide(record.pooled)
        guard case .withhold(let rule, _) = verdict, record.unit == Self.unitsDiffer else { return verdict }
        return .withhold(rule, why: "its contributors count in different units")
    }

    /// In the place of a unit when there are several.
    private static let unitsDiffer = "?"

    /// What the members gave of a product to a bucket.
    private func record(
        of release: Release,
        product: String,
        _ view: PlantView
    ) throws(StoreFailure) -> PoolRecord {
        let grant = release.grant
        var pooled = PoolCase(
            agreement: release.agreement.id,
            grant: grant,
            product: product,
            recipient: release.agreement.recipient.id,
            bucketEnd: release.bucketEnd,
            contributions: [:]
        )
        var units: Set<String> = []
        var (quality, oldest) = (Quality.good, release.bucketEnd)
        let patienceMs = grant.measure.isFlow ? 0 : grant.disclosure.maxStaleness?.milliseconds ?? 0
        for firm in grant.contributors {
            let sources = consents.sources(
                of: firm,
                to: release.agreement.provider.id,
                for: grant,
                product: product,
                bucketEnd: release.bucketEnd
            )
            let since = release.bucketEnd.advanced(byMs: -patienceMs)
            var parts: [Measured] = []
            for source in sources {
                for site in source.sites {
                    let key = Self.series(source, firm: firm, site: site, grant.measure, product)
                    if let part = try view.member(key, at: release.bucketEnd, notBefore: since) {
                        parts.append(part)
                    }
                }
            }
            // A firm without one of its sites would be told of by the difference: it counts whole, or not at all.
            guard !parts.isEmpty, parts.count == sources.reduce(0, { $0 + $1.sites.count }) else { continue }
            var sum = 0.0
            for part in parts {
                if case .number(let number) = part.value { sum += number }
                units.insert(part.unit)
                quality = quality.lowered(to: part.quality)
                oldest = min(oldest, part.asOf)
            }
            if sum.isFinite { pooled.contributions[firm] = sum }
        }
        if units.count > 1 { pooled.contributions = [:] }
        return PoolRecord(
            pooled: pooled,
            rule: nil,
            unit: units.count > 1 ? Self.unitsDiffer : units.first ?? "",
            quality: quality,
            ageBuckets: release.bucketEnd.msSince(oldest) / grant.bucket.widthMs
        )
    }

    /// In which a member's values come in, by the preset `tsunagi-release`: the agreement and the grant are those of the
    /// topic, so that whoever may publish under his own agreements alone speaks for nobody else.
    static func series(
        _ source: Consents.Source,
        firm: String,
        site: String,
        _ measure: Measure,
        _ product: String
    ) -> SeriesKey {
        SeriesKey(
            site: site,
            asset: firm,
            metric: MemberSeries.metric(measure, product: product),
            tags: [Tag(name: "agreement", value: source.agreement), Tag(name: "grant", value: source.grant)]
        )
    }

    private static func value(of record: PoolRecord, in release: Release) -> Release.Value? {
        guard let value = record.pooled.value, value.isFinite else { return nil }
        return Release.Value(
            product: record.pooled.product,
            // All of them together are one place.
            site: release.grant.sites.joined(separator: "+"),
            value: release.grant.precision.obscure(value),
            unit: release.grant.aggregate == .count ? "" : record.unit,
            ageBuckets: record.ageBuckets,
            quality: record.quality
        )
    }
}

extension Pool {
    /// The pooled values of a bucket as they are, beside what their partner sees; for the operator alone.
    func examples(of release: Release, _ view: PlantView) throws(StoreFailure) -> [ReleaseClock.Example] {
        let (decision, truths) = try look(at: release, view)
        return truths.map { truth in
            var seen = decision.values.first { $0.product == truth.product } ?? truth
            if !decision.values.contains(where: { $0.product == truth.product }) {
                seen.value = .text(decision.why.map { "withheld, \($0)" } ?? "withheld")
            }
            return ReleaseClock.Example(
                grant: release.grant.id,
                bucketEnd: release.bucketEnd,
                seen: seen,
                truth: truth
            )
        }
    }
}

extension Grant {
    /// How long after its end and delay a bucket is decided: the same for every bucket of the grant.
    public var graceMs: Int64 { ReleaseClock.graceMs + (kind == .consortium ? Pool.graceMs : 0) }
}
