internal import Codec

/// How the budget is laid out over the files; fixed when the store is created and kept at the head of every
/// file.
///
/// The first page (4096 bytes) of each file, little endian:
///
///     0        8         12     16        24      32 …                           112
///     "TSUNAGI"│version 4│kind 4│store id 8│budget 8│10 numbers of 8: see `numbers`│crc32c 4│ zeros
struct Geometry: Hashable, Sendable {
    /// The first page of each file; content follows.
    static let pageBytes = 4096
    static let version: UInt32 = 2
    private static let magic: UInt64 = 0x0049_4741_4E55_5354  // "TSUNAGI\0"
    private static let headBytes = 112

    /// Random; part of every checksum, so that no foreign bytes can pass for a record of ours.
    var storeID: UInt64
    var budgetBytes: Int
    /// One of the journal's two halves.
    var halfBytes: Int
    /// One of the two checkpoint files, its page not counted.
    var checkpointBytes: Int
    var catalogueBytes: Int
    var youngSegmentBytes: Int
    var youngSegmentCount: Int
    var rawSegmentBytes: Int
    var rawSegmentCount: Int
    var minuteSegmentBytes: Int
    var minuteSegmentCount: Int

    /// Splits a budget: an eighth to the journal and to the young ring, a thirty-second to each checkpoint and
    /// to the catalogue (within bounds); of the rest three quarters to raw samples, one to minutes.
    init(budgetBytes: Int, storeID: UInt64, tuning: StoreTuning) {
        self.storeID = storeID
        self.budgetBytes = budgetBytes
        halfBytes = Geometry.pages(Geometry.clamp(budgetBytes / 8, tuning.journalBytes) / 2)
        checkpointBytes = Geometry.pages(Geometry.clamp(budgetBytes / 32, tuning.checkpointBytes))
        catalogueBytes = Geometry.pages(Geometry.clamp(budgetBytes / 32, tuning.catalogueBytes))
        let fixed = 2 * halfBytes + 2 * checkpointBytes + catalogueBytes + 7 * Geometry.pageBytes
        let young = Geometry.clamp(budgetBytes / 8, tuning.youngBytes)
        (youngSegmentBytes, youngSegmentCount) = Geometry.segments(of: young, tuning)
        let rings = max(0, budgetBytes - fixed - youngSegmentBytes * youngSegmentCount - tuning.spareBytes)
        (rawSegmentBytes, rawSegmentCount) = Geometry.segments(of: rings / 4 * 3, tuning)
        (minuteSegmentBytes, minuteSegmentCount) = Geometry.segments(of: rings / 4, tuning)
    }

    /// All files together.
    var totalBytes: Int {
        StoreFileKind.allCases.reduce(0) { $0 + bytes(of: $1) }
    }

    /// The size of one file, its page included.
    func bytes(of kind: StoreFileKind) -> Int {
        switch kind {
        case .journal: Geometry.pageBytes + 2 * halfBytes
        case .young: Geometry.pageBytes + youngSegmentBytes * youngSegmentCount
        case .raw: Geometry.pageBytes + rawSegmentBytes * rawSegmentCount
        case .minute: Geometry.pageBytes + minuteSegmentBytes * minuteSegmentCount
        case .catalogue: Geometry.pageBytes + catalogueBytes
        case .checkpointA, .checkpointB: Geometry.pageBytes + checkpointBytes
        }
    }

    /// A definition takes at least 20 bytes of the catalogue, so ids stay below this.
    var seriesMax: Int { catalogueBytes / 20 + 1 }

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
        for _ in 0..<10 {
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
        youngSegmentBytes = numbers[4]
        youngSegmentCount = numbers[5]
        rawSegmentBytes = numbers[6]
        rawSegmentCount = numbers[7]
        minuteSegmentBytes = numbers[8]
        minuteSegmentCount = numbers[9]
    }

    private var numbers: [Int] {
        [
            budgetBytes, halfBytes, checkpointBytes, catalogueBytes, youngSegmentBytes, youngSegmentCount,
            rawSegmentBytes, rawSegmentCount, minuteSegmentBytes, minuteSegmentCount,
        ]
    }

    // MARK: Arithmetic

    private static func clamp(_ bytes: Int, _ bounds: ClosedRange<Int>) -> Int {
        min(max(bytes, bounds.lowerBound), bounds.upperBound)
    }

    private static func pages(_ bytes: Int) -> Int {
        bytes / pageBytes * pageBytes
    }

    /// Segments of a power of two, about 32 of them, at least 4.
    private static func segments(of bytes: Int, _ tuning: StoreTuning) -> (bytes: Int, count: Int) {
        var size = tuning.segmentBytes.lowerBound
        while size * 2 <= tuning.segmentBytes.upperBound && bytes / (size * 2) >= 32 { size *= 2 }
        return (size, bytes / size)
    }
}

/// The files of a store.
enum StoreFileKind: String, Hashable, Sendable, CaseIterable {
    case journal
    case young = "young.ring"
    case raw = "raw.ring"
    case minute = "minute.ring"
    case catalogue
    case checkpointA = "checkpoint-a"
    case checkpointB = "checkpoint-b"

    /// In the first page: 1 … 7.
    var number: UInt32 {
        switch self {
        case .journal: 1
        case .raw: 2
        case .minute: 3
        case .catalogue: 4
        case .checkpointA: 5
        case .checkpointB: 6
        case .young: 7
        }
    }
}
