/// Sizes that are no matter of configuration; tests shrink them to see rings turn.
struct StoreTuning: Sendable {
    /// Refuse smaller budgets.
    var budgetBytesMin = StoreOptions.budgetBytesMin
    /// Rows of one generation of the head: 65 536 × 25 B = 1.6 MB, touched only as far as filled. Twice as many may
    /// have to be replayed after a kill, at some 30 ns each.
    var headRows = 65_536
    /// Samples of one series in one page, at most ``PageLimits/samples``; a reader decodes a series of a page
    /// whole.
    var pageSamples = 1024
    /// Both halves of the journal together.
    var journalBytes = (4 << 20)...(128 << 20)
    /// Each checkpoint file, and the catalogue.
    var checkpointBytes = (1 << 20)...(64 << 20)
    var catalogueBytes = (1 << 20)...(256 << 20)
    /// The ring that holds what was sealed lately, until it is merged: the larger, the less a sample of many series costs.
    var youngBytes = (1 << 20)...(512 << 20)
    var segmentBytes = (64 << 10)...(4 << 20)
    /// Left of the budget for the directory itself and the file system's own blocks.
    var spareBytes = 64 << 10
    /// Waits between attempts to seal: the first, and the longest.
    var retryMs = 100
    var retryMsMax = 30_000
    /// Between attempts that commits ask for, at least.
    var urgeMs = 100
    /// Every system call that touches a file's content.
    var disk = Disk.system
}
