/// A value in JSON: a number, a text, a yes or no, or null.
public enum AnyScalar: Codable, Sendable, Hashable {
    case number(Double)
    case text(String)
    case flag(Bool)
    case null

    /// From a bare value.
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

    /// As the bare value.
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
    /// The place, e.g. `ota`.
    public var site: String
    /// The machine, shelf or gateway.
    public var asset: String
    /// The quantity.
    public var metric: String
    /// Extra names and values; nil when there are none.
    public var tags: [String: String]?
    /// `gauge`, `counter`, `delta` or `state`.
    public var kind: String
    /// `number`, `bool` or `text`.
    public var type: String
    /// The unit table's id; empty for texts.
    public var unit: String
    /// As it was told; null when the source said that it has none.
    public var value: AnyScalar
    /// Of the current value; nil before the first.
    public var time: String?
    /// Since ``time``.
    public var ageSeconds: Double?
    /// `good`, `uncertain`, `bad` or `stale`.
    public var quality: String?
}

/// The answer of `GET /v1/query`.
public struct QueryAnswer: Codable, Sendable {
    /// One series: either `samples`, `steps` or `states`.
    public struct Column: Codable, Sendable {
        /// `site/asset/metric`.
        public var path: String
        /// What tells series of one path apart, or nil.
        public var tags: [String: String]?
        /// The unit table's id; empty for texts.
        public var unit: String
        /// Samples, ascending; nil when the answer is in steps.
        public var samples: [SampleRow]?
        /// Steps of numbers, ascending; nil when the answer is in samples.
        public var steps: [StepRow]?
        /// Steps of states, ascending; nil when the answer is in samples.
        public var states: [StateStepRow]?
    }

    /// One for each series, by path.
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
    /// ISO 8601, UTC.
    public var time: String
    /// As it was told; null when the source said that it has none.
    public var value: AnyScalar
    /// `good`, `uncertain`, `bad` or `stale`.
    public var quality: String
    /// `source` or `arrival`: who stamped it.
    public var stamped: String
}

/// One step of a folded series.
public struct StepRow: Codable, Sendable {
    /// The step's start.
    public var time: String
    /// How many there are.
    public var count: UInt64
    /// The lowest value.
    public var min: Double
    /// Sum divided by count; nil when it is no finite number.
    public var mean: Double?
    /// The highest value.
    public var max: Double
    /// Of all values; nil when it is no finite number.
    public var sum: Double?
    /// The earliest value.
    public var first: Double
    /// The latest value.
    public var last: Double
    /// Of a counter: what it rose by since the last value of the step before, over restarts; else nil.
    public var increase: Double?
    /// ``increase`` per second.
    public var rate: Double?
}

/// One step of a series of states.
public struct StateStepRow: Codable, Sendable {
    /// One state and its time.
    public struct Share: Codable, Sendable {
        /// The state; null where it is unknown.
        public var value: AnyScalar
        /// How long it held within the step.
        public var seconds: Double
        /// Of the time of which anything is known, 0 … 1; nil when that is none.
        public var share: Double?
    }

    /// The step's start.
    public var time: String
    /// By first appearance.
    public var states: [Share]
}

/// An item at a place: a line of `GET /v1/stock`.
public struct StockRow: Codable, Sendable {
    /// The item, as the readings name it.
    public var item: String
    /// The place, e.g. `ota`.
    public var site: String
    /// The shelf, dock or bin.
    public var location: String
    /// Nil where stock is not kept by lot.
    public var lot: String?
    /// In ``unit``; may be negative.
    public var quantity: Double
    /// The unit table's id; empty for texts.
    public var unit: String
    /// ISO 8601, UTC.
    public var time: String
    /// Since ``time``.
    public var ageSeconds: Double
    /// `good`, `uncertain`, `bad` or `stale`.
    public var quality: String
    /// More went out than was ever there.
    public var negative: Bool
    /// Movements counted since the first one.
    public var movements: UInt64
    /// Something counts it in another unit, and is left out.
    public var mixed: Bool
    /// Consumption in ``unit`` per day, over today and the seven days before; nil when there was none.
    public var consumptionPerDay: Double?
    /// How long what is on hand lasts at that rate; nil when nothing is consumed.
    public var coverDays: Double?
    /// ``coverDays`` is less than the item should have.
    public var low: Bool
    /// The last count by a person; nil when nobody has counted.
    public var count: CountRow?
}

/// A person's count beside what was expected: a part of a ``StockRow``, and the answer of `POST /v1/count`.
public struct CountRow: Codable, Sendable {
    /// When it was counted; ISO 8601, UTC.
    public var time: String
    /// What lay there.
    public var counted: Double
    /// What should have lain there; nil when nothing was known, or could not be told any more.
    public var expected: Double?
    /// ``counted`` without ``expected``: less than 0 when stock is missing.
    public var difference: Double?
    /// Of which line; nil within a ``StockRow``, which says it.
    public var line: Line?

    /// A line of the stock.
    public struct Line: Codable, Sendable {
        /// The item.
        public var item: String
        /// The place.
        public var site: String
        /// The shelf, dock or bin.
        public var location: String
        /// Nil where stock is not kept by lot.
        public var lot: String?
        /// The unit table's id.
        public var unit: String
        /// On hand now, with what has moved since the count.
        public var quantity: Double
        /// False when a later level or count stands: then this one is history.
        public var stands: Bool

        /// Made of its parts.
        public init(
            item: String,
            site: String,
            location: String,
            lot: String?,
            unit: String,
            quantity: Double,
            stands: Bool
        ) {
            self.item = item
            self.site = site
            self.location = location
            self.lot = lot
            self.unit = unit
            self.quantity = quantity
            self.stands = stands
        }
    }

    /// Made of its parts.
    public init(time: String, counted: Double, expected: Double?, difference: Double?, line: Line? = nil) {
        self.time = time
        self.counted = counted
        self.expected = expected
        self.difference = difference
        self.line = line
    }
}

/// A machine: a line of `GET /v1/machines`.
public struct MachineRow: Codable, Sendable {
    /// The asset of its readings.
    public var machine: String
    /// The place, e.g. `ota`.
    public var site: String
    /// What it is in now.
    public var state: String?
    /// How long it has been in that state.
    public var stateSeconds: Double?
    /// Good pieces since the gateway first saw the counter.
    public var good: Double
    /// Rejected pieces, likewise.
    public var reject: Double
    /// ISO 8601, UTC.
    public var time: String
    /// Since ``time``.
    public var ageSeconds: Double
}
