internal import Codec
internal import Readings

/// Goes over the catalogue's records and names those that are gone.
struct CatalogueInspection {
    private let store: OfflineStore
    /// The next ids that must come.
    private var next = CatalogueCounts()
    /// Where the edition begins in the file.
    private var start = Geometry.pageBytes

    init(_ store: OfflineStore) {
        self.store = store
    }

    /// Looks at every record.
    mutating func run(_ verdict: inout StoreVerdict) throws(StoreFailure) {
        let checkpoint = store.state.checkpoint
        let file = store.files.catalogue(seed: store.core.raw.seed)
        // Without a checkpoint it ends where nothing intact follows.
        let length = store.state.isLost ? nil : checkpoint.catalogueLength
        let edition = try store.state.isLost ? file.loadNewest().edition : checkpoint.catalogueEdition
        start = file.start(of: edition)
        let bytes = try file.file.read(min(file.bytesMax, length ?? file.bytesMax), at: start)
        var offset = 0
        var gap: Gap?
        var isSkipping = false
        while offset + CatalogueFile.headBytes <= bytes.count {
            guard let record = file.record(in: bytes, at: offset), record.edition == edition else {
                if !isSkipping {
                    if let gap { verdict.add(place(gap)) }
                    gap = Gap(offset: offset, before: next)
                }
                isSkipping = true
                offset += 1
                continue
            }
            isSkipping = false
            for definition in record.definitions {
                switch definition {
                case .series(let series, _):
                    gap?.end(series: Int(series.id.index))
                    next.series = Int(series.id.index) + 1
                case .text(let id, _):
                    gap?.end(texts: Int(id.index))
                    next.texts = Int(id.index) + 1
                }
            }
            verdict.definitions += record.definitions.count
            verdict.bytes += record.end - offset
            offset = record.end
        }
        if length != nil {
            if gap == nil && offset < bytes.count { gap = Gap(offset: offset, before: next) }
            gap?.end(series: checkpoint.counts.series)
            gap?.end(texts: checkpoint.counts.texts)
        } else if isSkipping {
            // What follows the last intact record is not ours.
            gap = nil
        }
        if let gap { verdict.add(place(gap)) }
    }

    /// Records that are gone, one after the other.
    private struct Gap {
        var offset: Int
        /// What was there before.
        var before: CatalogueCounts
        /// The first ids after it, where that is known.
        var seriesEnd: Int?
        var textsEnd: Int?

        /// The first to be told counts.
        mutating func end(series: Int) { seriesEnd = seriesEnd ?? series }

        mutating func end(texts: Int) { textsEnd = textsEnd ?? texts }
    }

    /// `the names of series 3 … 5`.
    private func names(_ kind: String, _ start: Int, _ end: Int) -> String {
        end - start == 1
            ? "the name of \(kind) \(start)" : "the names of \(kind) \(start) … \(end - 1)"
    }

    private func place(_ gap: Gap) -> DamagedPlace {
        var lost: [String] = []
        if let end = gap.seriesEnd, end > gap.before.series {
            lost.append(names("series", gap.before.series, end))
        }
        if let end = gap.textsEnd, end > gap.before.texts {
            lost.append(names("text", gap.before.texts, end))
        }
        return DamagedPlace(
            file: "catalogue",
            offset: start + gap.offset,
            what: "a record of names does not match its checksum",
            lost: (lost.isEmpty ? "the names of some series or texts" : lost.joined(separator: " and "))
                + "; the samples are kept under “lost”"
        )
    }
}
