public import Readings

/// What a machine's time and pieces came to over a closed period, in the terms of ISO 22400-2:2014.
///
/// Times and quantities are those within **planned busy time** (PBT): what the shift calendar plans, less the time in
/// states that are planned stops. Time of which nothing is known, because no state was told yet or the source said that
/// it has none, is kept apart: it is part of neither production nor delay, and indicators are made of what is known. All
/// of them are nil where a part of them is unknown, and where they would be divided by nothing.
public struct MachineAccount: Hashable, Sendable {
    /// Which machine.
    public let machine: MachineKey
    /// Inclusive.
    public let from: Instant
    /// Exclusive.
    public let to: Instant
    /// Planned busy time, unknown time included, in milliseconds.
    public internal(set) var plannedBusyMs: Int64 = 0
    /// Actual production time (APT): pieces are made.
    public internal(set) var productionMs: Int64 = 0
    /// Actual unit setup time (AUST).
    public internal(set) var setupMs: Int64 = 0
    /// Actual unit delay time (ADET): it was to work and did not.
    public internal(set) var delayMs: Int64 = 0
    /// Planned busy time of which nothing is known.
    public internal(set) var unknownMs: Int64 = 0
    /// Production outside of planned busy time; in no indicator.
    public internal(set) var unplannedProductionMs: Int64 = 0
    /// Planned run time per item (PRI) in seconds.
    public let plannedRunSeconds: Double?
    /// Good quantity (GQ); nil when no counter tells.
    public internal(set) var goodQuantity: Double?
    /// Scrap quantity (SQ), rejected pieces; nil when no counter tells.
    public internal(set) var scrapQuantity: Double?
    /// Energy over the whole period, planned or not, in ``energyUnit``; nil when no meter tells.
    public internal(set) var energy: Double?
    /// Good pieces over the whole period, planned or not.
    public internal(set) var goodOverall: Double?
    /// The unit table's id; empty without a meter.
    public internal(set) var energyUnit = ""
    /// Buckets that only partly lie in planned time were shared out by time, because finer ones are no longer there.
    public internal(set) var isCoarse = false
    /// The store has forgotten what lies before this, though it was asked for.
    public internal(set) var expiredBefore: Instant?

    init(_ machine: MachineKey, from: Instant, to: Instant, plannedRunSeconds: Double?) {
        (self.machine, self.from, self.to) = (machine, from, to)
        self.plannedRunSeconds = plannedRunSeconds
    }

    /// Produced quantity (PQ): good and scrap.
    public var producedQuantity: Double? {
        guard let goodQuantity, let scrapQuantity else { return nil }
        return goodQuantity + scrapQuantity
    }

    /// Availability: APT / PBT, of the planned busy time that is known.
    public var availability: Double? {
        ratio(Double(productionMs), Double(plannedBusyMs - unknownMs))
    }

    /// Effectiveness, which shops call performance: PRI × PQ / APT. More than 1 where pieces come faster than planned,
    /// or were made in unknown time.
    public var effectiveness: Double? {
        guard let plannedRunSeconds, let producedQuantity else { return nil }
        return ratio(plannedRunSeconds * producedQuantity * 1000, Double(productionMs))
    }

    /// Quality ratio: GQ / PQ.
    public var qualityRatio: Double? {
        guard let goodQuantity, let producedQuantity else { return nil }
        return ratio(goodQuantity, producedQuantity)
    }

    /// Overall equipment effectiveness index: availability × effectiveness × quality ratio.
    public var oee: Double? {
        guard let availability, let effectiveness, let qualityRatio else { return nil }
        return availability * effectiveness * qualityRatio
    }

    /// What a piece took: APT / PQ, in seconds.
    public var cycleSeconds: Double? {
        producedQuantity.flatMap { ratio(Double(productionMs) / 1000, $0) }
    }

    /// Energy per good piece, both over the whole period: what the machine uses at night is used for its pieces too.
    public var energyPerGood: Double? {
        guard let energy, let goodOverall else { return nil }
        return ratio(energy, goodOverall)
    }

    private func ratio(_ above: Double, _ below: Double) -> Double? {
        below > 0 && (above / below).isFinite ? above / below : nil
    }
}
