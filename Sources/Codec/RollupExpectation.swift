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
        var isInteger = false
        var expectation = RollupExpectation.nothing

        var form: Int {
            switch expectation {
            case .nothing: isInteger ? 0 : 1
            case .near: 2
            case .middle: 3
            case .sum: 4
            }
        }

        func putOthers(into sink: inout ByteSink) {
            switch expectation {
            case .nothing: break
            case .near(let other): sink.put(other)
            case .middle(let low, let high):
                sink.put(low)
                sink.put(high)
            case .sum(let count, let low, let high):
                sink.put(count)
                sink.put(low)
                sink.put(high)
            }
        }
    }

    var columns: [Column] = []

    func position(of number: UInt8) -> Int? { columns.firstIndex { $0.number == number } }

    /// The place of the first value column that a column expects, nil when it expects nothing.
    func reference(of column: Int) -> Int? {
        switch columns[column].expectation {
        case .nothing: nil
        case .near(let other): position(of: other)
        case .middle(let low, _), .sum(_, let low, _): position(of: low)
        }
    }

    /// Adds a column: above the numbers of those before, and the columns it expects are among them.
    mutating func add(_ column: Column) {
        precondition(columns.count < PageLimits.columns, "a series has at most \(PageLimits.columns) columns")
        if let last = columns.last { precondition(column.number > last.number, "column numbers must ascend") }
        switch column.expectation {
        case .nothing: break
        case .near(let other): precondition(has(other), "an expected column must stand before")
        case .middle(let low, let high):
            precondition(has(low) && has(high), "an expected column must stand before")
        case .sum(let count, let low, let high):
            precondition(
                has(count, isInteger: true) && has(low) && has(high),
                "an expected column must stand before"
            )
        }
        columns.append(column)
    }

    private func has(_ number: UInt8, isInteger: Bool = false) -> Bool {
        columns.contains { $0.number == number && $0.isInteger == isInteger }
    }

    func put(into sink: inout ByteSink) {
        sink.reserve(16 &+ columns.count &* 8)
        sink.putVarint(UInt64(columns.count))
        for column in columns {
            sink.put(column.number)
            sink.put(UInt8(column.form))
            column.putOthers(into: &sink)
        }
    }

    /// Writes it as ``WideRollupEncoder`` has it.
    func putTight(into sink: inout ByteSink) {
        sink.reserve(16 &+ columns.count &* 8)
        var common = 0
        for (index, known) in Self.common.enumerated() where columns.starts(with: known.columns) {
            common = index &+ 1
        }
        let known = common == 0 ? 0 : Self.common[common &- 1].columns.count
        sink.putVarint(UInt64(common))
        sink.putVarint(UInt64(columns.count &- known))
        for place in known..<columns.count {
            let column = columns[place]
            let before = place == 0 ? -1 : Int(columns[place &- 1].number)
            sink.putVarint(UInt64(Int(column.number) &- before &- 1) &<< 3 | UInt64(column.form))
            column.putOthers(into: &sink)
        }
    }

    /// Reads a shape in which every column named stands before, in the form that is asked for.
    init(from source: inout ByteSource) throws(ByteReader.Failure) {
        let count = try source.count(in: 1...PageLimits.columns)
        for _ in 0..<count {
            let number = try source.byte()
            if let last = columns.last, last.number >= number { throw source.failure("ascending columns") }
            try append(number, form: try source.byte(), from: &source)
        }
    }

    /// Reads a shape as ``WideRollupEncoder`` has it.
    init(tightFrom source: inout ByteSource) throws(ByteReader.Failure) {
        let common = try source.count(in: 0...Self.common.count)
        if common > 0 { columns = Self.common[common &- 1].columns }
        let more = try source.count(in: (common == 0 ? 1 : 0)...PageLimits.columns &- columns.count)
        for _ in 0..<more {
            let place = source
            let word = try source.varint()
            let before = columns.last.map { Int($0.number) } ?? -1
            guard word &>> 3 < 256, before &+ 1 &+ Int(word &>> 3) < 256 else {
                throw place.failure("a column below 256")
            }
            let number = UInt8(before &+ 1 &+ Int(word &>> 3))
            try append(number, form: UInt8(word & 7), from: &source)
        }
    }

    /// Shapes that a wide page names by their number, from 1 on: what is mostly known of quantities, and of states.
    static let common: [RollupShape] = {
        var numbers = RollupShape()
        for number in UInt8(0)...2 { numbers.add(Column(number: number, isInteger: true)) }
        numbers.add(Column(number: 3))
        numbers.add(Column(number: 4, expectation: .near(3)))
        numbers.add(Column(number: 5, expectation: .middle(3, 4)))
        numbers.add(Column(number: 6, expectation: .middle(3, 4)))
        numbers.add(Column(number: 7, expectation: .sum(count: 0, low: 3, high: 4)))
        var states = RollupShape()
        for number in UInt8(0)...5 { states.add(Column(number: number, isInteger: true)) }
        return [numbers, states]
    }()

    init() {}

    private mutating func append(
        _ number: UInt8,
        form: UInt8,
        from source: inout ByteSource
    ) throws(ByteReader.Failure) {
        var expectation = RollupExpectation.nothing
        switch form {
        case 0, 1: break
        case 2: expectation = .near(try other(from: &source))
        case 3:
            let low = try other(from: &source)
            expectation = .middle(low, try other(from: &source))
        case 4:
            let times = try other(isInteger: true, from: &source)
            let low = try other(from: &source)
            let high = try other(from: &source)
            expectation = .sum(count: times, low: low, high: high)
        default: throw source.failure("a column form of 0 … 4")
        }
        columns.append(Column(number: number, isInteger: form == 0, expectation: expectation))
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
