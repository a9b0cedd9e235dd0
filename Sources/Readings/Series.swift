/// Dense number of a series within one store; usable as an array index.
public struct SeriesID: Hashable, Comparable, Sendable {
    /// 0 …< the catalogue's series count.
    public var index: UInt32

    /// The series of that number.
    public init(index: UInt32) {
        self.index = index
    }

    /// The order of tables and lists.
    public static func < (left: SeriesID, right: SeriesID) -> Bool {
        left.index < right.index
    }
}

/// Dense number of a text (a state's name, a text value) in one store's dictionary.
public struct TextID: Hashable, Sendable {
    /// 0 …< the dictionary's text count.
    public var index: UInt32

    /// The text of that number.
    public init(index: UInt32) {
        self.index = index
    }
}

/// How the values of a series follow each other.
public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    /// A level: temperature, stock on a shelf.
    case gauge = 0
    /// Only grows, and may restart from zero: pieces made, energy used.
    case counter = 1
    /// A movement, to be added once: five boxes out.
    case delta = 2
    /// A text or yes/no whose change matters: running, stopped.
    case state = 3

    /// The word in configurations, tables and JSON.
    public var word: String {
        switch self {
        case .gauge: "gauge"
        case .counter: "counter"
        case .delta: "delta"
        case .state: "state"
        }
    }

    /// The kind of that word, or nil.
    public init?(word: some StringProtocol) {
        guard let found = Kind.allCases.first(where: { $0.word == word }) else { return nil }
        self = found
    }
}

/// Which of the three forms all values of a series have.
public enum ValueType: UInt8, Hashable, Sendable {
    case number = 0
    case flag = 1
    case text = 2

    /// The word in tables and JSON.
    public var word: String {
        switch self {
        case .number: "number"
        case .flag: "bool"
        case .text: "text"
        }
    }
}

/// An extra name and value that tells series apart.
public struct Tag: Hashable, Comparable, Sendable {
    /// What tells it apart.
    public var name: String
    /// Which of those it is.
    public var value: String

    /// One name and its value.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// The order of tables and lists.
    public static func < (left: Tag, right: Tag) -> Bool {
        (left.name, left.value) < (right.name, right.value)
    }
}

/// The name people give a series: where, which machine or shelf, which quantity.
public struct SeriesKey: Hashable, Sendable {
    /// The place, e.g. `osaka`; may be empty when the rule names none.
    public var site: String
    /// The machine, shelf or gateway, e.g. `press/p1`; levels are joined by `/`.
    public var asset: String
    /// The quantity, e.g. `temperature` or `stock/bolt-M8`.
    public var metric: String
    /// Sorted by name.
    public private(set) var tags: [Tag]

    /// The longest part of a key, in UTF-8 bytes.
    public static let partBytesMax = 256

    /// - Parameter tags: in any order; sorted here so that equal keys compare equal.
    public init(site: String, asset: String, metric: String, tags: [Tag] = []) {
        self.site = site
        self.asset = asset
        self.metric = metric
        self.tags = tags.sorted()
    }

    /// `site/asset/metric`, the text that selectors match; empty parts leave no slash behind.
    public var path: String {
        [site, asset, metric].filter { !$0.isEmpty }.joined(separator: "/")
    }
}

extension SeriesKey: CustomStringConvertible {
    /// `site/asset/metric` and, where there are tags, `{name=value,…}`.
    public var description: String {
        guard !tags.isEmpty else { return path }
        return path + "{" + tags.map { "\($0.name)=\($0.value)" }.joined(separator: ",") + "}"
    }
}

/// An ordered run of samples under one key, in one unit, of one kind and one type.
public struct Series: Hashable, Sendable {
    /// The dense number.
    public let id: SeriesID
    /// What it is a line of.
    public let key: SeriesKey
    /// `gauge`, `counter`, `delta` or `state`.
    public let kind: Kind
    /// `number`, `bool` or `text`.
    public let type: ValueType
    /// The unit table's id (`Cel`, `kg`, `pcs`), unknown text as it came, or empty.
    public let unit: String

    /// A series as the catalogue knows it.
    public init(id: SeriesID, key: SeriesKey, kind: Kind, type: ValueType, unit: String) {
        self.id = id
        self.key = key
        self.kind = kind
        self.type = type
        self.unit = unit
    }
}
