internal import Codec
internal import Readings

/// Looks at every byte that a store keeps, and says what is damaged and what is lost with it.
public enum StoreInspector {
    /// Checks every checksum of a store that no daemon has open, decodes every page, and holds what it finds
    /// against what leads to it. Writes nothing.
    ///
    /// - Parameter progress: told now and then, `done` of `total` bytes; the total is about right.
    /// - Returns: what was found; damage is never a reason to stop.
    /// - Throws: when there is no store, or a daemon has it open.
    public static func verify(
        _ directory: String,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(StoreFailure) -> StoreVerdict {
        try verify(directory, disk: .system, progress: progress)
    }

    /// The same with a disk that tests spoil.
    static func verify(
        _ directory: String,
        disk: Disk,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(StoreFailure) -> StoreVerdict {
        let store = try RingStore.openReadOnly(directory: directory, disk: disk)
        var verdict = StoreVerdict()
        verdict.notes = store.recovered.notes
        let view = store.core.view
        let blocks = RingKind.allCases.flatMap { view[$0].blocks }
        let names = store.core.catalogue.fileBytes.sum
        let total = blocks.reduce(names + store.state.end.offset) { $0 + $1.bytes }
        var done = 0
        func step(_ bytes: Int) {
            done += bytes
            progress(min(done, total), total)
        }
        try firstPages(store, &verdict)
        try CheckpointInspection(store).run(&verdict)
        var journal = JournalInspection(store)
        try journal.run(&verdict, step)
        var catalogue = CatalogueInspection(store)
        try catalogue.run(&verdict)
        step(names)
        try rings(store, view, &verdict, step)
        for fault in store.disk.faults {
            verdict.add(
                DamagedPlace(
                    file: fault.file,
                    offset: fault.offset,
                    what: "the disk cannot read this: \(StoreFailure.reason(fault.code))",
                    lost: "what other findings say of this place; copy the directory to another disk now"
                )
            )
        }
        return verdict
    }

    private static func rings(
        _ store: OfflineStore,
        _ view: View,
        _ verdict: inout StoreVerdict,
        _ step: (Int) -> Void
    ) throws(StoreFailure) {
        let names = DeviceNames(store.core.catalogue)
        for ring in RingKind.allCases {
            var inspection = RingInspection(
                store.core[ring],
                PageInspection.Form(of: ring),
                state: view[ring].state,
                isEndKnown: !store.state.isLost,
                blocks: view[ring].blocks,
                names: names,
                seriesCount: store.core.catalogue.counts.series
            )
            try inspection.run(&verdict, step)
            for place in inspection.places { verdict.add(place) }
        }
    }

    /// Each file must be as long as it was laid out and begin with the layout.
    private static func firstPages(_ store: OfflineStore, _ verdict: inout StoreVerdict) throws(StoreFailure)
    {
        for kind in StoreFileKind.allCases {
            let file = store.files[kind]
            let size = store.files.geometry.bytes(of: kind)
            let found = try file.size()
            if found == 0 {
                let what = "the file is missing or empty"
                verdict.add(DamagedPlace(file: kind.name, offset: 0, what: what, lost: all(of: kind)))
                continue
            }
            let page = try file.read(Geometry.pageBytes, at: 0)
            verdict.bytes += page.count
            if Geometry.read(page, kind: kind) != .valid(store.files.geometry) {
                verdict.add(
                    DamagedPlace(
                        file: kind.name,
                        offset: 0,
                        what: "the first page does not match its checksum",
                        lost: "nothing: another file has the same"
                    )
                )
            }
            if found < size {
                verdict.add(
                    DamagedPlace(
                        file: kind.name,
                        offset: found,
                        what: "the file ends here; it was laid out for \(size) bytes",
                        lost: "what other findings say of this file"
                    )
                )
            }
        }
    }

    private static func all(of kind: StoreFileKind) -> String {
        switch kind {
        case .journal: "all batches since the last seal"
        case .ring(.young): "what was sealed and not yet merged"
        case .ring(.raw): "all merged samples; buckets of them are kept"
        case .ring(.minute), .ring(.hour), .ring(.day):
            "buckets of samples that the raw ring has gone over; the others are folded again"
        case .catalogue: "all names; the samples are kept under “lost”"
        case .checkpointA, .checkpointB: "nothing as long as the other one is intact"
        }
    }
}
