import Plant
import Readings

/// What a machine's time and pieces came to over a closed period, in the terms of ISO 22400-2: a line of
/// `GET /v1/accounts`. Ratios are 0 … 1 and nil where a part of them is unknown; see ``Plant/MachineAccount``.
public struct AccountRow: Codable, Sendable {
    /// The asset of its readings.
    public var machine: String
    /// The place, e.g. `ota`.
    public var site: String
    /// ISO 8601, UTC; inclusive.
    public var from: String
    /// Exclusive.
    public var to: String
    /// PBT: what the shifts plan, less planned stops; unknown time included.
    public var plannedBusySeconds: Double
    /// APT.
    public var productionSeconds: Double
    /// AUST.
    public var setupSeconds: Double
    /// ADET.
    public var delaySeconds: Double
    /// Planned busy time of which nothing is known.
    public var unknownSeconds: Double
    /// Production outside of planned busy time; in no ratio.
    public var unplannedProductionSeconds: Double
    /// GQ.
    public var goodQuantity: Double?
    /// SQ.
    public var scrapQuantity: Double?
    /// PRI.
    public var plannedCycleSeconds: Double?
    /// APT / PQ.
    public var cycleSeconds: Double?
    /// APT / PBT, of what is known.
    public var availability: Double?
    /// PRI × PQ / APT: performance.
    public var effectiveness: Double?
    /// GQ / PQ.
    public var qualityRatio: Double?
    /// Availability × effectiveness × quality ratio.
    public var oee: Double?
    /// Over the whole period, in ``energyUnit``.
    public var energy: Double?
    /// By the good pieces of the whole period.
    public var energyPerGood: Double?
    /// The unit table's id; nil without a meter.
    public var energyUnit: String?
    /// Some time was shared out, because the store has only coarser buckets left.
    public var coarse: Bool
    /// The store has forgotten what lies before this.
    public var expiredBefore: String?

    init(_ account: MachineAccount) {
        func seconds(_ milliseconds: Int64) -> Double { Double(milliseconds) / 1000 }
        machine = account.machine.asset
        site = account.machine.site
        from = account.from.iso8601
        to = account.to.iso8601
        plannedBusySeconds = seconds(account.plannedBusyMs)
        productionSeconds = seconds(account.productionMs)
        setupSeconds = seconds(account.setupMs)
        delaySeconds = seconds(account.delayMs)
        unknownSeconds = seconds(account.unknownMs)
        unplannedProductionSeconds = seconds(account.unplannedProductionMs)
        goodQuantity = account.goodQuantity
        scrapQuantity = account.scrapQuantity
        plannedCycleSeconds = account.plannedRunSeconds
        cycleSeconds = account.cycleSeconds
        availability = account.availability
        effectiveness = account.effectiveness
        qualityRatio = account.qualityRatio
        oee = account.oee
        energy = account.energy
        energyPerGood = account.energyPerGood
        energyUnit = account.energyUnit.isEmpty ? nil : account.energyUnit
        coarse = account.isCoarse
        expiredBefore = account.expiredBefore?.iso8601
    }
}
