internal import Codec
internal import Readings

/// Goes over the journal's records since the checkpoint, as an opening would, and names what is missing.
struct JournalInspection {
    private let store: OfflineStore
    private var reader: JournalReader

    init(_ store: OfflineStore) {
        self.store = store
        reader = JournalReader(file: store.files[.journal], geometry: store.files.geometry)
    }

    /// Looks at every record; `step` is told the bytes of each.
    mutating func run(_ verdict: inout StoreVerdict, _ step: (Int) -> Void) throws(StoreFailure) {
        let start = store.state.start
        var here = start
        // When the batch before was opened, by the gateway's clock.
        var before: Instant?
        while true {
            var found = try reader.record(half: here.half, offset: here.offset, from: here.sequence)
            if found == nil { found = try reader.search(after: here) }
            if found == nil && here.half == start.half {
                found = try reader.otherHalf(than: here)
            }
            guard let record = found else { break }
            var body = try reader.body(of: record)
            let batch = try? BatchRecord.decode(&body).0
            if record.sequence > here.sequence {
                let count = record.sequence - here.sequence
                verdict.add(
                    place(
                        at: here,
                        "\(count) journal record\(count == 1 ? "" : "s") before number \(record.sequence) "
                            + "cannot be read",
                        "as many batches",
                        before,
                        batch?.opened
                    )
                )
            }
            here = JournalPosition(half: record.half, offset: record.offset, sequence: record.sequence)
            if let batch {
                before = batch.opened
                verdict.records += 1
            } else {
                let what = "journal record \(record.sequence) cannot be decoded"
                verdict.add(place(at: here, what, "its batch", before, nil))
            }
            verdict.bytes += record.bytes
            step(record.bytes)
            here.offset += record.bytes
            here.sequence += 1
        }
        try tellEnd(here, &verdict)
    }

    /// Whether what stands behind the last intact record looks like the next one.
    private func tellEnd(_ end: JournalPosition, _ verdict: inout StoreVerdict) throws(StoreFailure) {
        guard end.offset + Journal.headBytes <= store.files.geometry.halfBytes else { return }
        var head = ByteReader(try store.files[.journal].read(Journal.headBytes, at: offset(end)))
        guard (try? head.fixed32()) == Journal.magic, (try? head.raw(12)) != nil,
            (try? head.fixed64()) == end.sequence, (try? head.fixed64()) == store.files.geometry.storeID
        else { return }
        verdict.notes.append(
            "journal record \(end.sequence), the last one, is not whole (journal, byte \(offset(end))): "
                + "if a crash cut it off, it was never acknowledged and comes again"
        )
    }

    private func offset(_ position: JournalPosition) -> Int {
        Geometry.pageBytes + position.half * store.files.geometry.halfBytes + position.offset
    }

    private func place(
        at position: JournalPosition,
        _ what: String,
        _ lost: String,
        _ from: Instant?,
        _ through: Instant?
    ) -> DamagedPlace {
        var words = lost
        if let from { words += ", received after \(from.iso8601)" }
        if let through { words += "\(from == nil ? ", received" : " and") before \(through.iso8601)" }
        var place = DamagedPlace(file: "journal", offset: offset(position), what: what, lost: words)
        (place.from, place.through) = (from, through)
        return place
    }
}
