/// Near what the values of one rollup column are expected, from other columns of the same series.
///
/// The columns named stand before the one that expects them. What the values really are is stored either way.
public enum RollupExpectation: Hashable, Sendable {
    /// Nothing is known.
    case nothing
    /// Near the value of another value column.
    case near(UInt8)
    /// Near the middle of two value columns.
    case middle(UInt8, UInt8)
    /// Near the middle of two value columns times an integer column.
    case sum(count: UInt8, low: UInt8, high: UInt8)
}

/// The columns one series of a rollup page has.
///
///     varint columns, then per column
///     number      1 byte, ascending
///     form        0 integers; 1 values; 2 values near a column, its number; 3 values near the middle of two,
///                 their numbers; 4 values near a count times the middle of two, their numbers
struct RollupShape: Hashable {
    struct Column: Hashable {
        var number: UInt8
        var isInteger: Bool
        var expectation: RollupExpectation
    }

    var columns: [Column] = []

    func position(of number: UInt8) -> Int? { columns.firstIndex { $0.number == number } }

    func put(into sink: inout ByteSink) {
        sink.reserve(16 &+ columns.count &* 8)
        sink.putVarint(UInt64(columns.count))
        for column in columns {
            sink.put(column.number)
            switch column.expectation {
            case .nothing: sink.put(column.isInteger ? 0 : 1)
            case .near(let other):
                sink.put(2)
                sink.put(other)
            case .middle(let low, let high):
                sink.put(3)
                sink.put(low)
                sink.put(high)
            case .sum(let count, let low, let high):
                sink.put(4)
                sink.put(count)
                sink.put(low)
                sink.put(high)
            }
        }
    }

    /// Reads a shape in which every column named stands before, in the form that is asked for.
    init(from source: inout ByteSource) throws(ByteReader.Failure) {
        let count = try source.count(in: 1...PageLimits.columns)
        for _ in 0..<count {
            let number = try source.byte()
            if let last = columns.last, last.number >= number { throw source.failure("ascending columns") }
            switch try source.byte() {
            case 0: append(number, isInteger: true, .nothing)
            case 1: append(number, isInteger: false, .nothing)
            case 2: append(number, isInteger: false, .near(try other(from: &source)))
            case 3:
                let low = try other(from: &source)
                append(number, isInteger: false, .middle(low, try other(from: &source)))
            case 4:
                let times = try other(isInteger: true, from: &source)
                let low = try other(from: &source)
                let high = try other(from: &source)
                append(number, isInteger: false, .sum(count: times, low: low, high: high))
            default: throw source.failure("a column form of 0 … 4")
            }
        }
    }

    init() {}

    private mutating func append(_ number: UInt8, isInteger: Bool, _ expectation: RollupExpectation) {
        columns.append(Column(number: number, isInteger: isInteger, expectation: expectation))
    }

    private func other(
        isInteger: Bool = false,
        from source: inout ByteSource
    ) throws(ByteReader.Failure) -> UInt8 {
        let number = try source.byte()
        guard let place = position(of: number), columns[place].isInteger == isInteger else {
            throw source.failure("a column that stands before")
        }
        return number
    }
}
