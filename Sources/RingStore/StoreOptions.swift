/// Where the store lives and how much of the disk it may use, all of its files together.
public struct StoreOptions: Hashable, Sendable {
    /// Created (mode 0700) if absent.
    public var directory: String
    /// The whole budget: journal, rings, catalogue. At least ``budgetBytesMin``.
    ///
    /// A store that was laid out otherwise is laid out anew at an opening that finds nothing to replay, as it is
    /// after ``RingStore/close()``: all that still fits stays, the oldest goes.
    public var budgetBytes: Int
    /// What of it each ring gets.
    public var rings = RingBudgets()
    /// An existing store stays as it was laid out, whatever the budgets say.
    public var keepsLayout = false
    /// More series than this are refused, and the offender is named.
    public var seriesLimit = 100_000
    /// More series than this of one site and asset are refused, and the asset is named: one that puts what changes
    /// into its topics does not use up everybody's.
    public var seriesLimitPerAsset = 10_000
    /// More distinct texts than this are refused.
    public var textLimit = 100_000

    /// 16 MiB: below this a ring has too few segments to turn.
    public static let budgetBytesMin = 16 << 20

    /// The default limits.
    public init(directory: String, budgetBytes: Int) {
        self.directory = directory
        self.budgetBytes = budgetBytes
    }

    /// What is wrong with the budgets, nil when a store can be laid out so.
    public var fault: StoreFailure? {
        Geometry(budgetBytes: budgetBytes, rings: rings, storeID: 1, tuning: StoreTuning()).fault
    }
}
