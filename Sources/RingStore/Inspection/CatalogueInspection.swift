internal import Codec
internal import Readings

/// Goes over the catalogue's records and names those that are gone.
struct CatalogueInspection {
    private let store: OfflineStore
    /// The next ids that must come.
    private var next = CatalogueCounts()

    init(_ store: OfflineStore) {
        self.store = store
    }

    /// Looks at every record.
    mutating func run(_ verdict: inout StoreVerdict) throws(StoreFailure) {
        let checkpoint = store.state.checkpoint
        let most = store.files.geometry.catalogueBytes
        let file = CatalogueFile(file: store.files[.catalogue], seed: store.core.raw.seed, bytesMax: most)
        // Without a checkpoint it ends where nothing intact follows.
        let length = store.state.isLost ? nil : checkpoint.catalogueLength
        let bytes = try file.file.read(min(most, length ?? most), at: Geometry.pageBytes)
        var offset = 0
        var gap: Int?
        while offset + CatalogueFile.headBytes <= bytes.count {
            guard let (definition, end) = file.definition(in: bytes, at: offset) else {
                gap = gap ?? offset
                offset += 1
                continue
            }
            if let start = gap { verdict.add(place(start, before(definition))) }
            gap = nil
            switch definition {
            case .series(let series, _): next.series = Int(series.id.index) + 1
            case .text(let id, _): next.texts = Int(id.index) + 1
            }
            verdict.definitions += 1
            verdict.bytes += end - offset
            offset = end
        }
        guard let length else { return }
        if gap == nil && offset < length { gap = offset }
        if let start = gap {
            var lost: [String] = []
            if next.series < checkpoint.counts.series {
                lost.append(names("series", next.series, checkpoint.counts.series))
            }
            if next.texts < checkpoint.counts.texts {
                lost.append(names("text", next.texts, checkpoint.counts.texts))
            }
            verdict.add(place(start, lost.joined(separator: " and ")))
        }
    }

    private func before(_ definition: Definition) -> String {
        switch definition {
        case .series(let series, _):
            let isNext = Int(series.id.index) <= next.series
            return isNext ? "" : names("series", next.series, Int(series.id.index))
        case .text(let id, _):
            return Int(id.index) <= next.texts ? "" : names("text", next.texts, Int(id.index))
        }
    }

    /// `the names of series 3 … 5`.
    private func names(_ kind: String, _ start: Int, _ end: Int) -> String {
        end - start == 1
            ? "the name of \(kind) \(start)" : "the names of \(kind) \(start) … \(end - 1)"
    }

    private func place(_ offset: Int, _ lost: String) -> DamagedPlace {
        DamagedPlace(
            file: "catalogue",
            offset: Geometry.pageBytes + offset,
            what: "a definition does not match its checksum",
            lost: (lost.isEmpty ? "the names of some series or texts" : lost)
                + "; the samples are kept under “lost”"
        )
    }
}
