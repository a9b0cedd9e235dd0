internal import Codec

/// How the budget is laid out over the files; fixed when the store is created and kept at the head of every
/// file.
///
/// The first page (4096 bytes) of each file, little endian:
///
///     0        8         12     16        24 …                       136       144
///     "TSUNAGI"│version 4│kind 4│store id 8│14 numbers of 8: see `numbers`│zeros 8│crc32c 4│ zeros
struct Geometry: Hashable, Sendable {
    /// The first page of each file; content follows.
    static let pageBytes = 4096
    static let version: UInt32 = 4
    private static let magic: UInt64 = 0x0049_4741_4E55_5354  // "TSUNAGI\0"
    private static let headBytes = 144

    /// Random; part of every checksum, so that no foreign bytes can pass for a record of ours.
    var storeID: UInt64
    var budgetBytes: Int
    /// One of the journal's two halves.
    var halfBytes: Int
    /// One of the two checkpoint files, its page not counted.
    var checkpointBytes: Int
    var catalogueBytes: Int
    /// By ``RingKind``.
    private(set) var rings: [RingShape]

    /// Splits a budget: an eighth to the journal and to the young ring, a thirty-second to each checkpoint and
    /// to the catalogue (within bounds); of the rest 22 parts of 32 to raw samples, 6 to minutes, 3 to hours, 1 to
    /// days, as far as the operator does not say otherwise.
    init(budgetBytes: Int, rings asked: RingBudgets = RingBudgets(), storeID: UInt64, tuning: StoreTuning) {
        self.storeID = storeID
        self.budgetBytes = budgetBytes
        halfBytes = Geometry.pages(Geometry.clamp(budgetBytes / 8, tuning.journalBytes) / 2)
        checkpointBytes = Geometry.pages(Geometry.clamp(budgetBytes / 32, tuning.checkpointBytes))
        catalogueBytes = Geometry.pages(Geometry.clamp(budgetBytes / 32, tuning.catalogueBytes))
        let files = StoreFileKind.allCases.count
        let fixed = 2 * halfBytes + 2 * checkpointBytes + catalogueBytes + files * Geometry.pageBytes
        let young = RingShape(of: Geometry.clamp(budgetBytes / 8, tuning.youngBytes), tuning)
        let rest = max(0, budgetBytes - fixed - young.bytes - tuning.spareBytes)
        let least = RingShape.segmentsMin * tuning.segmentBytes.lowerBound
        rings = [young] + asked.split(rest, least: least).map { RingShape(of: $0, tuning) }
    }

    /// What is wrong with the budgets that led to it, nil when nothing is.
    var fault: StoreFailure? {
        if totalBytes > budgetBytes {
            return .ringBudgets(
                reason: "all files take \(totalBytes) bytes of \(budgetBytes); give the rings less"
            )
        }
        for ring in RingKind.allCases where self[ring].segmentCount < RingShape.segmentsMin {
            let name = StoreFileKind.ring(ring).name
            return .ringBudgets(
                reason: "\(name) has \(self[ring].bytes) bytes, too few to turn; give it more"
            )
        }
        return nil
    }

    /// The same with segments that hold the pages of another layout: see ``RingAppender/pageBytesMax``.
    func taking(pagesOf old: Geometry) -> Geometry {
        var wanted = self
        for ring in RingKind.allCases where ring != .young {
            let least = min(old[ring].segmentBytes, 4 * PageLimits.bytes)
            guard self[ring].segmentBytes < least else { continue }
            let count = self[ring].bytes / least
            wanted.rings[ring.rawValue] = RingShape(segmentBytes: least, segmentCount: count)
        }
        return wanted
    }

    subscript(_ ring: RingKind) -> RingShape { rings[ring.rawValue] }

    /// All files together.
    var totalBytes: Int {
        StoreFileKind.allCases.reduce(0) { $0 + bytes(of: $1) }
    }

    /// The size of one file, its page included.
    func bytes(of kind: StoreFileKind) -> Int {
        switch kind {
        case .journal: Geometry.pageBytes + 2 * halfBytes
        case .ring(let ring): Geometry.pageBytes + self[ring].bytes
        case .catalogue: Geometry.pageBytes + catalogueBytes
        case .checkpointA, .checkpointB: Geometry.pageBytes + checkpointBytes
        }
    }

    /// The catalogue is written anew in its other half when ids were given back.
    var catalogueHalfBytes: Int { Geometry.pages(catalogueBytes / 2) }

    /// A definition takes at least 20 bytes of the catalogue; ids stay below this.
    var seriesMax: Int { catalogueHalfBytes / 20 + 1 }

    // MARK: Bytes

    /// The first page's beginning for a file.
    func encoded(for kind: StoreFileKind) -> [UInt8] {
        var writer = ByteWriter(capacity: Geometry.headBytes + 4)
        writer.putFixed64(Geometry.magic)
        writer.putFixed32(Geometry.version)
        writer.putFixed32(kind.number)
        writer.putFixed64(storeID)
        for number in numbers { writer.putFixed64(UInt64(number)) }
        writer.putFixed64(0)
        writer.putFixed32(CRC32C.checksum(writer.bytes))
        return writer.bytes
    }

    /// What a file's first bytes say.
    enum Reading: Hashable {
        case valid(Geometry)
        /// All zeros: the file was never laid out to the end.
        case blank
        case damaged
        /// Ours, but of another version.
        case version(UInt32)
    }

    /// Reads a first page.
    static func read(_ page: [UInt8], kind: StoreFileKind) -> Reading {
        if page.allSatisfy({ $0 == 0 }) { return .blank }
        guard let geometry = try? parse(page, kind: kind) else {
            var reader = ByteReader(page)
            guard (try? reader.fixed64()) == magic, let found = try? reader.fixed32(), found != version else {
                return .damaged
            }
            return .version(found)
        }
        return .valid(geometry)
    }

    private static func parse(_ page: [UInt8], kind: StoreFileKind) throws(ByteReader.Failure) -> Geometry {
        var reader = ByteReader(page)
        let wrong = ByteReader.Failure(offset: 0, expected: "a first page")
        guard try reader.fixed64() == magic, try reader.fixed32() == version else { throw wrong }
        guard try reader.fixed32() == kind.number else { throw wrong }
        let storeID = try reader.fixed64()
        var numbers: [Int] = []
        for _ in 0..<4 + 2 * RingKind.allCases.count {
            guard let number = Int(exactly: try reader.fixed64()), number < 1 << 50 else { throw wrong }
            numbers.append(number)
        }
        _ = try reader.fixed64()
        let end = reader.offset
        guard CRC32C.checksum(Array(page[..<end])) == (try reader.fixed32()) else { throw wrong }
        return Geometry(storeID: storeID, numbers: numbers)
    }

    private init(storeID: UInt64, numbers: [Int]) {
        self.storeID = storeID
        budgetBytes = numbers[0]
        halfBytes = numbers[1]
        checkpointBytes = numbers[2]
        catalogueBytes = numbers[3]
        rings = RingKind.allCases.map { ring in
            let place = 4 + 2 * ring.rawValue
            return RingShape(segmentBytes: numbers[place], segmentCount: numbers[place + 1])
        }
    }

    private var numbers: [Int] {
        [budgetBytes, halfBytes, checkpointBytes, catalogueBytes]
            + rings.flatMap { [$0.segmentBytes, $0.segmentCount] }
    }

    // MARK: Arithmetic

    private static func clamp(_ bytes: Int, _ bounds: ClosedRange<Int>) -> Int {
        min(max(bytes, bounds.lowerBound), bounds.upperBound)
    }

    private static func pages(_ bytes: Int) -> Int {
        bytes / pageBytes * pageBytes
    }
}

/// The rings of a store.
enum RingKind: Int, Hashable, Sendable, CaseIterable {
    case young, raw, minute, hour, day

    /// The tier whose buckets it holds, nil where it holds samples.
    var tier: Tier? { Tier.allCases.first { $0.ring == self } }
}

extension Tier {
    /// Where its buckets lie.
    var ring: RingKind {
        switch self {
        case .minute: .minute
        case .hour: .hour
        case .day: .day
        }
    }
}

/// A ring's segments.
struct RingShape: Hashable, Sendable {
    /// With fewer a ring would go over what it has just written.
    static let segmentsMin = 2

    var segmentBytes: Int
    var segmentCount: Int

    init(segmentBytes: Int, segmentCount: Int) {
        (self.segmentBytes, self.segmentCount) = (segmentBytes, segmentCount)
    }

    /// Segments of a power of two, about 32 of them.
    init(of bytes: Int, _ tuning: StoreTuning) {
        segmentBytes = tuning.segmentBytes.lowerBound
        while segmentBytes * 2 <= tuning.segmentBytes.upperBound && bytes / (segmentBytes * 2) >= 32 {
            segmentBytes *= 2
        }
        segmentCount = bytes / segmentBytes
    }

    var bytes: Int { segmentBytes * segmentCount }
}

/// The files of a store.
enum StoreFileKind: Hashable, Sendable, CaseIterable {
    case journal
    case ring(RingKind)
    case catalogue
    case checkpointA
    case checkpointB

    static var allCases: [StoreFileKind] {
        [.journal] + RingKind.allCases.map { .ring($0) } + [.catalogue, .checkpointA, .checkpointB]
    }

    /// The file's name.
    var name: String {
        switch self {
        case .journal: "journal"
        case .ring(.young): "young.ring"
        case .ring(.raw): "raw.ring"
        case .ring(.minute): "minute.ring"
        case .ring(.hour): "hour.ring"
        case .ring(.day): "day.ring"
        case .catalogue: "catalogue"
        case .checkpointA: "checkpoint-a"
        case .checkpointB: "checkpoint-b"
        }
    }

    /// In the first page: 1 … 9.
    var number: UInt32 {
        switch self {
        case .journal: 1
        case .ring(.raw): 2
        case .ring(.minute): 3
        case .catalogue: 4
        case .checkpointA: 5
        case .checkpointB: 6
        case .ring(.young): 7
        case .ring(.hour): 8
        case .ring(.day): 9
        }
    }
}
