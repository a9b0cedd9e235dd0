public import Readings

/// One place in a store's files that is not as it was written.
public struct DamagedPlace: Hashable, Sendable {
    /// The file's name within the directory.
    public var file: String
    /// In bytes from the start of the file.
    public var offset: Int
    /// What stands there, or should: `a page of samples does not match its checksum`.
    public var what: String
    /// What is lost with it, for people.
    public var lost: String
    /// The path of the series, or of the machine or shelf whose series they are; nil when nobody knows.
    public var path: String?
    /// The earliest stamp that may be lost; nil when nobody knows, or nothing is.
    public var from: Instant?
    /// The latest stamp that may be lost.
    public var through: Instant?

    /// A place and what it is.
    public init(file: String, offset: Int, what: String, lost: String) {
        self.file = file
        self.offset = offset
        self.what = what
        self.lost = lost
    }
}

/// What a look at every byte of a store found.
public struct StoreVerdict: Hashable, Sendable {
    /// At most so many places are listed; all are counted.
    public static let placesMax = 1000

    /// The first ``placesMax``, file by file.
    public private(set) var places: [DamagedPlace] = []
    /// All of them.
    public private(set) var damaged = 0
    /// What is worth knowing and no damage: what a crash cut off, one sentence each.
    public internal(set) var notes: [String] = []
    /// Journal records since the checkpoint that are intact.
    public internal(set) var records = 0
    /// Definitions of series and texts that are intact.
    public internal(set) var definitions = 0
    /// Blocks whose headers are intact and that still count.
    public internal(set) var blocks = 0
    /// Pages that were decoded and hold what their directory says.
    public internal(set) var pages = 0
    /// Samples in them; one that was sent twice, or that stands in a page and in the journal, counts twice.
    public internal(set) var samples = 0
    /// Buckets of all tiers in them.
    public internal(set) var buckets = 0
    /// Bytes that were looked at.
    public internal(set) var bytes = 0

    /// Whether everything is as it was written.
    public var isWhole: Bool { damaged == 0 }

    init() {}

    mutating func add(_ place: DamagedPlace) {
        damaged += 1
        if places.count < StoreVerdict.placesMax { places.append(place) }
    }
}
