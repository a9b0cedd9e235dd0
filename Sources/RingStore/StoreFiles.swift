internal import Codec

/// The store's open files, laid out to their full size.
final class StoreFiles: Sendable {
    let geometry: Geometry
    let journal: StoreFile
    let young: StoreFile
    let raw: StoreFile
    let minute: StoreFile
    let catalogue: StoreFile
    let checkpointA: StoreFile
    let checkpointB: StoreFile
    /// What laying the files out has written.
    private let layoutBytes: Int
    /// The store was made just now.
    let isNew: Bool
    /// What the operator should know: a budget that differs, files that had to be mended.
    let notes: [String]

    /// Opens the files of a directory, or lays them out.
    ///
    /// An existing layout is kept even if the budget says otherwise. A missing file, or one whose first page
    /// is damaged, is laid out again; its content counts as lost where its checksums say so.
    init(_ directory: StoreDirectory, budgetBytes: Int, tuning: StoreTuning) throws(StoreFailure) {
        var files: [StoreFileKind: StoreFile] = [:]
        var found: [StoreFileKind: Geometry.Reading] = [:]
        for kind in StoreFileKind.allCases {
            let file = try StoreFile(directory: directory.path, name: kind.rawValue, disk: tuning.disk)
            files[kind] = file
            found[kind] = Geometry.read(try file.read(Geometry.pageBytes, at: 0), kind: kind)
        }
        let existing = try StoreFiles.agreed(found, directory.path)
        let layout =
            existing
            ?? Geometry(budgetBytes: budgetBytes, storeID: .random(in: 1...UInt64.max), tuning: tuning)
        var notes: [String] = []
        if existing != nil && layout.budgetBytes != budgetBytes {
            notes.append(
                "the disk budget says \(budgetBytes) bytes but the store was laid out for "
                    + "\(layout.budgetBytes); the layout is kept"
            )
        }
        do throws(StoreFailure) {
            try StoreFiles.layOut(files, layout, directory)
        } catch {
            if existing == nil { for kind in StoreFileKind.allCases { directory.remove(kind.rawValue) } }
            throw error
        }
        for kind in StoreFileKind.allCases where existing != nil && found[kind] != .valid(layout) {
            notes.append("\(kind.rawValue) was missing or its first page damaged; it was laid out again")
        }
        guard let journal = files[.journal], let young = files[.young], let raw = files[.raw],
            let minute = files[.minute],
            let catalogue = files[.catalogue], let checkpointA = files[.checkpointA],
            let checkpointB = files[.checkpointB]
        else { preconditionFailure("every kind of file was opened above") }
        (self.journal, self.young, self.raw, self.minute) = (journal, young, raw, minute)
        (self.catalogue, self.checkpointA, self.checkpointB) = (catalogue, checkpointA, checkpointB)
        geometry = layout
        layoutBytes = files.values.reduce(0) { $0 + $1.writtenBytes }
        isNew = existing == nil
        self.notes = notes
    }

    /// Bytes written to all files since opening, the layout of a new store not included.
    var writtenBytes: Int {
        [journal, young, raw, minute, catalogue, checkpointA, checkpointB].reduce(0) { $0 + $1.writtenBytes }
            - layoutBytes
    }

    /// The file of names.
    func catalogue(seed: UInt32) -> CatalogueFile {
        CatalogueFile(file: catalogue, seed: seed, bytesMax: geometry.catalogueBytes)
    }

    /// Opens the files of a directory for reading alone: nothing is made, mended or laid out.
    init(reading directory: String, disk: Disk) throws(StoreFailure) {
        func file(_ kind: StoreFileKind) throws(StoreFailure) -> StoreFile {
            try StoreFile(reading: directory, name: kind.rawValue, disk: disk)
        }
        journal = try file(.journal)
        (young, raw, minute) = (try file(.young), try file(.raw), try file(.minute))
        catalogue = try file(.catalogue)
        (checkpointA, checkpointB) = (try file(.checkpointA), try file(.checkpointB))
        var found: [StoreFileKind: Geometry.Reading] = [:]
        for kind in StoreFileKind.allCases {
            found[kind] = Geometry.read(try file(kind).read(Geometry.pageBytes, at: 0), kind: kind)
        }
        guard let layout = try StoreFiles.agreed(found, directory) else {
            throw .notAStore(path: directory, reason: "no file begins as a store's does")
        }
        geometry = layout
        layoutBytes = 0
        isNew = false
        notes = []
    }

    /// The rings, empty until recovered.
    func rings(seed: UInt32) -> (young: Ring, raw: Ring, minute: Ring) {
        let (youngBytes, youngCount) = (geometry.youngSegmentBytes, geometry.youngSegmentCount)
        let (rawBytes, rawCount) = (geometry.rawSegmentBytes, geometry.rawSegmentCount)
        let (minuteBytes, minuteCount) = (geometry.minuteSegmentBytes, geometry.minuteSegmentCount)
        return (
            Ring(file: young, segmentBytes: youngBytes, segmentCount: youngCount, seed: seed),
            Ring(file: raw, segmentBytes: rawBytes, segmentCount: rawCount, seed: seed),
            Ring(file: minute, segmentBytes: minuteBytes, segmentCount: minuteCount, seed: seed)
        )
    }

    /// The layout that stands in the files, nil when there is none yet.
    private static func agreed(
        _ found: [StoreFileKind: Geometry.Reading],
        _ path: String
    ) throws(StoreFailure) -> Geometry? {
        for kind in StoreFileKind.allCases {
            if case .valid(let geometry) = found[kind] { return geometry }
        }
        for kind in StoreFileKind.allCases {
            switch found[kind] {
            case .version(let number):
                throw .notAStore(path: path, reason: "\(kind.rawValue) has version \(number)")
            case .damaged: throw .notAStore(path: path, reason: "no file begins as a store's does")
            default: break
            }
        }
        return nil
    }

    /// Gives every file its full size and its first page. Zeros are really written to the journal, so that a
    /// commit never has to wait for the file system to turn reserved blocks into written ones.
    private static func layOut(
        _ files: [StoreFileKind: StoreFile],
        _ layout: Geometry,
        _ directory: StoreDirectory
    ) throws(StoreFailure) {
        var missing = 0
        for (kind, file) in files { missing += max(0, layout.bytes(of: kind) - file.bytes) }
        let free = directory.freeBytes
        if missing > free { throw .noSpace(path: directory.path, neededBytes: missing, freeBytes: free) }
        for kind in StoreFileKind.allCases {
            guard let file = files[kind] else { continue }
            let had = file.bytes
            if had < layout.bytes(of: kind) {
                try file.allocate(layout.bytes(of: kind))
                if kind == .journal { try fillWithZeros(file, from: had, to: layout.bytes(of: kind)) }
            }
        }
        for kind in StoreFileKind.allCases {
            guard let file = files[kind] else { continue }
            let page = layout.encoded(for: kind)
            if try file.read(page.count, at: 0) == page { continue }
            try file.write(page, at: 0)
            try file.sync()
        }
        if missing > 0 { directory.sync() }
    }

    private static func fillWithZeros(_ file: StoreFile, from start: Int, to end: Int) throws(StoreFailure) {
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        var offset = start
        while offset < end {
            let count = min(zeros.count, end - offset)
            try file.write(count == zeros.count ? zeros : Array(zeros[..<count]), at: offset)
            offset += count
        }
        try file.sync()
    }
}
