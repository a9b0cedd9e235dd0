internal import Glibc

/// Why the store could not open, register or commit. The text says what, where, and what to do next.
public enum StoreFailure: Error, Hashable, Sendable {
    /// The budget is below what a ring needs to turn.
    case budgetTooSmall(bytes: Int, minimum: Int)
    /// The budgets of the rings do not fit the whole, or one is too small to turn.
    case ringBudgets(reason: String)
    /// The directory cannot be made, entered or written.
    case directory(path: String, reason: String)
    /// Another process has the store open.
    case locked(path: String)
    /// A daemon has the store open, so that it cannot be read from its files.
    case inUse(path: String)
    /// The journal holds what the upper rooms have not taken into their state yet.
    case unsettled(path: String)
    /// The file system has too little room to lay the files out.
    case noSpace(path: String, neededBytes: Int, freeBytes: Int)
    /// The directory holds files of these names that are not ours, or of a later version.
    case notAStore(path: String, reason: String)
    /// A read, write or sync failed; `code` is an errno.
    case disk(step: String, file: String, code: Int32)
    /// As many series as allowed are registered.
    case seriesLimit(limit: Int, key: String)
    /// One site and asset have `count` series, as many as allowed or more; `key` would be another.
    case assetSeriesLimit(site: String, asset: String, count: Int, limit: Int, key: String)
    /// As many texts as allowed are registered.
    case textLimit(limit: Int)
    /// A text, or a part of a key, is too long.
    case textTooLong(bytes: Int, limit: Int)
    /// The catalogue's file has no room for another definition.
    case catalogueFull(bytes: Int)
    /// The batch does not fit the journal.
    case batchTooLarge(bytes: Int, limit: Int)
    /// The upper rooms' state does not fit a checkpoint.
    case keepsakeTooLarge(bytes: Int, limit: Int)
    /// The journal is full and cannot be emptied, because sealing fails for this reason.
    case sealing(reason: String)
    /// The store was closed.
    case closed
}

extension StoreFailure: CustomStringConvertible {
    /// One line for the operator.
    public var description: String {
        switch self {
        case .budgetTooSmall(let bytes, let minimum):
            "a disk budget of \(bytes) bytes is too small; give the store at least \(minimum) bytes"
        case .ringBudgets(let reason):
            "the budgets of the rings cannot be laid out: \(reason)"
        case .directory(let path, let reason):
            "cannot use the data directory \(path): \(reason); choose another or mend its owner and mode"
        case .locked(let path):
            "the data directory \(path) is in use by another process; stop it or choose another directory"
        case .inUse(let path):
            "the data directory \(path) is in use by a daemon; ask that (tsunagi status, tsunagi query), "
                + "or copy the directory and read the copy"
        case .unsettled(let path):
            "the store in \(path) was not closed: start the daemon once and stop it, so that stock and "
                + "machines take in what the journal holds, then try again"
        case .noSpace(let path, let needed, let free):
            "\(path) has \(free) bytes free but the store needs \(needed) more; free some or lower the budget"
        case .notAStore(let path, let reason):
            "\(path) does not hold a store that this version can read (\(reason)); choose another directory"
        case .disk(let step, let file, let code):
            "cannot \(step) \(file): \(StoreFailure.reason(code)); check the disk, it is tried again"
        case .seriesLimit(let limit, let key):
            "series \(key) is one more than the limit of \(limit); raise it or keep changing names out"
        case .assetSeriesLimit(let site, let asset, let count, let limit, let key):
            "\(site.isEmpty ? asset : site + "/" + asset) has \(count) series of at most \(limit), and \(key) would be"
                + " one more; keep changing names out of its topics, or raise series_limit_per_asset"
        case .textLimit(let limit):
            "the limit of \(limit) distinct texts is reached; keep changing texts out of values"
        case .textTooLong(let bytes, let limit):
            "a text of \(bytes) bytes is over the limit of \(limit); shorten it in its rule"
        case .catalogueFull(let bytes):
            "the catalogue's \(bytes) bytes are full; start a new directory with a larger disk budget"
        case .batchTooLarge(let bytes, let limit):
            "a batch of \(bytes) bytes is over the journal's \(limit); send smaller messages"
        case .keepsakeTooLarge(let bytes, let limit):
            "\(bytes) bytes of plant state are over the checkpoint's \(limit); use a larger disk budget"
        case .sealing(let reason):
            "the journal is full and cannot be emptied: \(reason)"
        case .closed:
            "the store is closed"
        }
    }

    /// The system's words for an errno.
    static func reason(_ code: Int32) -> String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}
