/// A value in JSON: a number, a text, a yes or no, or null.
public enum AnyScalar: Codable, Sendable, Hashable {
    case number(Double)
    case text(String)
    case flag(Bool)
    case null

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        case .flag(let flag): try container.encode(flag)
        case .null: try container.encodeNil()
        }
    }
}

/// One series and its current value: a line of `GET /v1/series`.
public struct SeriesRow: Codable, Sendable {
    /// `site/asset/metric`.
    public var path: String
    public var site: String
    public var asset: String
    public var metric: String
    public var tags: [String: String]?
    public var kind: String
    public var type: String
    public var unit: String
    public var value: AnyScalar
    /// Of the current value; nil before the first.
    public var time: String?
    public var ageSeconds: Double?
    public var quality: String?
}

/// The answer of `GET /v1/query`.
public struct QueryAnswer: Codable, Sendable {
    /// One series: either `samples` or `steps`.
    public struct Column: Codable, Sendable {
        public var path: String
        public var unit: String
        public var samples: [SampleRow]?
        public var steps: [StepRow]?
    }

    public var columns: [Column]
    /// The row limit cut the answer short.
    public var truncated: Bool
    /// The ring has forgotten what lies before this, though it was asked for.
    public var expiredBefore: String?
}

/// One sample.
public struct SampleRow: Codable, Sendable {
    /// Set in streams, where samples of many series are mixed.
    public var path: String?
    public var time: String
    public var value: AnyScalar
    public var quality: String
    /// `source` or `arrival`: who stamped it.
    public var stamped: String
}

/// One step of a folded series.
public struct StepRow: Codable, Sendable {
    /// The step's start.
    public var time: String
    public var count: UInt64
    public var min: Double
    public var mean: Double
    public var max: Double
    public var sum: Double
    public var first: Double
    public var last: Double
}

/// An item at a place: a line of `GET /v1/stock`.
public struct StockRow: Codable, Sendable {
    public var item: String
    public var site: String
    public var location: String
    public var quantity: Double
    public var unit: String
    public var time: String
    public var ageSeconds: Double
    public var quality: String
    /// More went out than was ever there.
    public var negative: Bool
    public var movements: UInt64
}

/// A machine: a line of `GET /v1/machines`.
public struct MachineRow: Codable, Sendable {
    public var machine: String
    public var site: String
    public var state: String?
    public var stateSeconds: Double?
    public var good: Double
    public var reject: Double
    public var time: String
    public var ageSeconds: Double
}

/// A dead letter: a line of `GET /v1/dead`.
public struct DeadLetterRow: Codable, Sendable {
    public var time: String
    public var topic: String
    public var rule: String
    public var reason: String
    public var detail: String
    public var fix: String
    public var bytes: Int
    public var count: UInt64
    /// The first bytes as text, or base64 behind `base64:` when they are not UTF-8.
    public var payload: String
}
