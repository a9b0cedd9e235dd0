public import Readings

/// The store's catalogue as the intake sees it: who gives numbers to series and texts. Filled by the wiring.
public struct SeriesBook: Sendable {
    /// The store holds as many series or texts as it may.
    public struct Full: Error, Hashable, Sendable, CustomStringConvertible {
        /// What is full, for whom, and what to do.
        public var description: String

        /// `description` goes into the dead letter as it is.
        public init(_ description: String) {
            self.description = description
        }
    }

    /// Finds a series or registers it. A known key yields the series as it is, whatever its kind, type and
    /// unit: the intake compares.
    public var series: @Sendable (SeriesKey, Kind, ValueType, _ unit: String) throws(Full) -> Series
    /// Finds or registers a text of at most 4096 bytes of UTF-8.
    public var text: @Sendable (Span<UInt8>) throws(Full) -> TextID

    /// Both closures are called on the bus thread, first sights only: what they said is remembered.
    public init(
        series: @escaping @Sendable (SeriesKey, Kind, ValueType, _ unit: String) throws(Full) -> Series,
        text: @escaping @Sendable (Span<UInt8>) throws(Full) -> TextID
    ) {
        self.series = series
        self.text = text
    }
}

/// A reading's series, found once, and the way of its numbers into the series' unit.
struct Binding: Sendable {
    var series = SeriesID(index: 0)
    var type = ValueType.number
    /// A hash of its whole name, for what must outlive the number.
    var name: UInt64 = 0
    /// False until the series has been found.
    var isReady = false
    /// Index of the conversion from the source's unit to the rule's `to`; −1 for none.
    var before: Int32 = -1
    /// Index of the conversion from there to the unit of the series; −1 for none.
    var after: Int32 = -1
}
