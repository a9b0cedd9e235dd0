internal import Readings
internal import Synchronization

extension RingStore {
    /// Opens a closed store for work on its history: an import, or ``compact()``. The upper rooms' state stays in it
    /// as it was.
    ///
    /// - Throws: ``StoreFailure/unsettled(path:)`` when the journal holds batches that the upper rooms have not taken
    ///   into their state yet; else as ``open(_:catalogued:restore:replay:)`` does.
    public static func openForUpkeep(_ options: StoreOptions) throws(StoreFailure) -> RingStore {
        try openForUpkeep(options, tuning: StoreTuning())
    }

    /// The same with sizes that tests shrink.
    static func openForUpkeep(
        _ options: StoreOptions,
        tuning: StoreTuning
    ) throws(StoreFailure) -> RingStore {
        try openForUpkeep(options) { (restore, replay) throws(StoreFailure) in
            try open(options, tuning: tuning, restore: restore, replay: replay)
        }
    }

    /// The same with a directory that is held already, in the layout that it has.
    static func openForUpkeep(
        _ directory: StoreDirectory,
        _ options: StoreOptions,
        tuning: StoreTuning
    ) throws(StoreFailure) -> RingStore {
        try openForUpkeep(options) { (restore, replay) throws(StoreFailure) in
            try open(directory, options, tuning: tuning, restore: restore, replay: replay)
        }
    }

    private static func openForUpkeep(
        _ options: StoreOptions,
        _ open: (_ restore: ([UInt8]) -> Void, _ replay: (Batch) -> Void) throws(StoreFailure) -> Opened
    ) throws(StoreFailure) -> RingStore {
        var keepsake: [UInt8]?
        var isUnsettled = false
        let opened = try open(
            { keepsake = $0 },
            { batch in
                // Batches of an import are readings and nothing else; the gateway's acknowledge messages.
                if batch.messageCount > 0 || !batch.receipts.isEmpty || !batch.movements.isEmpty {
                    isUnsettled = true
                }
            }
        )
        if isUnsettled {
            // As it was found: sealing it would take the batches away from those who wait for them.
            opened.store.abandon()
            throw .unsettled(path: options.directory)
        }
        if let keepsake { opened.store.setKeepsake { _ in keepsake } }
        return opened.store
    }
}
