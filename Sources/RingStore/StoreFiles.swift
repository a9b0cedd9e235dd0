internal import Codec

/// The store's open files, laid out to their full size.
final class StoreFiles: Sendable {
    let geometry: Geometry
    private let files: [StoreFileKind: StoreFile]
    /// What laying the files out has written.
    private let layoutBytes: Int
    /// The store was made just now.
    let isNew: Bool
    /// What the operator should know: a budget that differs, files that had to be mended.
    let notes: [String]

    /// Opens the files of a directory, or lays them out.
    ///
    /// An existing layout is kept, see ``Relayout``. A missing file, or one whose first page
    /// is damaged, is laid out again; its content counts as lost where its checksums say so.
    /// - Parameter kept: why an existing layout stays although the options ask for another.
    init(
        _ directory: StoreDirectory,
        options: StoreOptions,
        tuning: StoreTuning,
        kept: String?
    ) throws(StoreFailure) {
        var files: [StoreFileKind: StoreFile] = [:]
        var found: [StoreFileKind: Geometry.Reading] = [:]
        for kind in StoreFileKind.allCases {
            let file = try StoreFile(directory: directory.path, name: kind.name, disk: tuning.disk)
            files[kind] = file
            found[kind] = Geometry.read(try file.read(Geometry.pageBytes, at: 0), kind: kind)
        }
        let existing = try StoreFiles.agreed(found, directory.path)
        let asked = Geometry(
            budgetBytes: options.budgetBytes,
            rings: options.rings,
            storeID: .random(in: 1...UInt64.max),
            tuning: tuning
        )
        if existing == nil, let fault = asked.fault { throw fault }
        let layout = existing ?? asked
        var notes: [String] = []
        if let kept {
            notes.append(
                "the budget of \(options.budgetBytes) bytes is not applied yet, the store was laid out for "
                    + "\(layout.budgetBytes): \(kept)"
            )
        }
        do throws(StoreFailure) {
            try StoreFiles.layOut(files, layout, directory)
        } catch {
            // One that cannot be removed either is laid out to its end at the next opening.
            if existing == nil { for kind in StoreFileKind.allCases { try? directory.remove(kind.name) } }
            throw error
        }
        for kind in StoreFileKind.allCases where existing != nil && found[kind] != .valid(layout) {
            notes.append("\(kind.name) was missing or its first page damaged; it was laid out again")
        }
        self.files = files
        geometry = layout
        layoutBytes = files.values.reduce(0) { $0 + $1.writtenBytes }
        isNew = existing == nil
        self.notes = notes
    }

    /// Lays files out in a folder of their own, for a store that is to take this one's place.
    init(
        layingOut geometry: Geometry,
        in path: String,
        _ directory: StoreDirectory,
        disk: Disk
    ) throws(StoreFailure) {
        var files: [StoreFileKind: StoreFile] = [:]
        for kind in StoreFileKind.allCases {
            files[kind] = try StoreFile(directory: path, name: kind.name, disk: disk)
        }
        try StoreFiles.layOut(files, geometry, directory)
        self.files = files
        self.geometry = geometry
        layoutBytes = files.values.reduce(0) { $0 + $1.writtenBytes }
        isNew = true
        notes = []
    }

    /// The layout that stands in a directory's files, nil when there is no store.
    static func layout(in path: String, disk: Disk) throws(StoreFailure) -> Geometry? {
        var found: [StoreFileKind: Geometry.Reading] = [:]
        for kind in StoreFileKind.allCases {
            let file = try StoreFile(reading: path, name: kind.name, disk: disk)
            found[kind] = Geometry.read(try file.read(Geometry.pageBytes, at: 0), kind: kind)
        }
        return try agreed(found, path)
    }

    /// Bytes written to all files since opening, the layout of a new store not included.
    var writtenBytes: Int {
        files.values.reduce(-layoutBytes) { $0 + $1.writtenBytes }
    }

    /// The file of a kind.
    subscript(_ kind: StoreFileKind) -> StoreFile {
        guard let file = files[kind] else { preconditionFailure("every kind of file is opened") }
        return file
    }

    /// The file of names.
    func catalogue(seed: UInt32) -> CatalogueFile {
        CatalogueFile(file: self[.catalogue], seed: seed, bytesMax: geometry.catalogueHalfBytes)
    }

    /// Opens the files of a directory for reading alone: nothing is made, mended or laid out.
    init(reading directory: String, disk: Disk) throws(StoreFailure) {
        if try Relayout.isUnderWay(in: directory, disk) {
            throw .notAStore(
                path: directory,
                reason: "a change of its budget was cut off; start the daemon once"
            )
        }
        var files: [StoreFileKind: StoreFile] = [:]
        var found: [StoreFileKind: Geometry.Reading] = [:]
        for kind in StoreFileKind.allCases {
            let file = try StoreFile(reading: directory, name: kind.name, disk: disk)
            files[kind] = file
            found[kind] = Geometry.read(try file.read(Geometry.pageBytes, at: 0), kind: kind)
        }
        self.files = files
        guard let layout = try StoreFiles.agreed(found, directory) else {
            throw .notAStore(path: directory, reason: "no file begins as a store's does")
        }
        geometry = layout
        layoutBytes = 0
        isNew = false
        notes = []
    }

    /// The rings, empty until recovered, by ``RingKind``.
    func rings(seed: UInt32) -> [Ring] {
        RingKind.allCases.map { Ring(file: self[.ring($0)], shape: geometry[$0], seed: seed) }
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
                throw .notAStore(path: path, reason: "\(kind.name) has version \(number)")
            case .damaged: throw .notAStore(path: path, reason: "no file begins as a store's does")
            default: break
            }
        }
        return nil
    }

    /// Gives every file its full size and its first page. Zeros are really written to the journal, so that a
    /// commit never has to wait for the file system to turn reserved blocks into written ones.
    ///
    /// A first page stands only in a file whose name is durable, so that an opening that finds them all has nothing
    /// to sync.
    private static func layOut(
        _ files: [StoreFileKind: StoreFile],
        _ layout: Geometry,
        _ directory: StoreDirectory
    ) throws(StoreFailure) {
        var sizes: [StoreFileKind: Int] = [:]
        var missing = 0
        for (kind, file) in files {
            let size = try file.size()
            sizes[kind] = size
            missing += max(0, layout.bytes(of: kind) - size)
        }
        let free = directory.freeBytes
        if missing > free { throw .noSpace(path: directory.path, neededBytes: missing, freeBytes: free) }
        for kind in StoreFileKind.allCases {
            guard let file = files[kind], let had = sizes[kind], had < layout.bytes(of: kind) else {
                continue
            }
            try file.allocate(layout.bytes(of: kind))
            if kind == .journal { try fillWithZeros(file, from: had, to: layout.bytes(of: kind)) }
        }
        var isDurable = false
        for kind in StoreFileKind.allCases {
            guard let file = files[kind] else { continue }
            let page = layout.encoded(for: kind)
            if try file.read(page.count, at: 0) == page { continue }
            if !isDurable { try directory.sync() }
            isDurable = true
            try file.write(page, at: 0)
            try file.sync()
        }
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
