/// The columns of one series while its rows are being written or read: each once, as it was or as far as asked.
struct RollupColumns: ~Copyable {
    private var cells = Scratch<UInt64>(capacity: 1)
    private var expected = Scratch<Double>(capacity: 1)
    private(set) var rows = 0
    /// Bit n: column n is in `cells`.
    private(set) var present: UInt64 = 0

    /// Forgets everything and makes room for `columns` columns of `rows` rows.
    mutating func begin(rows: Int, columns: Int) {
        self.rows = rows
        present = 0
        cells.reserve(rows * columns)
    }

    /// Makes room for one column more, keeping those there are.
    mutating func room(for columns: Int) {
        cells.reserve(rows * columns, keeping: rows * (columns - 1))
    }

    mutating func markPresent(_ column: Int) {
        present |= 1 &<< UInt64(column)
    }

    func has(_ column: Int) -> Bool { present &>> UInt64(column) & 1 == 1 }

    func patterns(_ column: Int) -> UnsafeMutablePointer<UInt64> { unsafe cells.base + column &* rows }

    func integers(_ column: Int) -> UnsafeMutablePointer<Int64> {
        unsafe UnsafeMutableRawPointer(cells.base + column &* rows).assumingMemoryBound(to: Int64.self)
    }

    private func values(_ column: Int) -> UnsafePointer<Double> {
        unsafe UnsafeRawPointer(cells.base + column &* rows).assumingMemoryBound(to: Double.self)
    }

    /// What a column is expected to be near; nil for nothing. The columns named are present.
    mutating func expectation(of column: Int, in shape: RollupShape) -> UnsafePointer<Double>? {
        func place(_ number: UInt8) -> Int { shape.position(of: number) ?? 0 }
        switch shape.columns[column].expectation {
        case .nothing: return nil
        case .near(let other): return unsafe values(place(other))
        case .middle(let low, let high):
            expected.reserve(rows)
            let low = unsafe values(place(low))
            let high = unsafe values(place(high))
            for row in 0..<rows { unsafe expected.base[row] = (low[row] + high[row]) * 0.5 }
        case .sum(let count, let low, let high):
            expected.reserve(rows)
            let count = unsafe integers(place(count))
            let low = unsafe values(place(low))
            let high = unsafe values(place(high))
            for row in 0..<rows {
                unsafe expected.base[row] = (low[row] + high[row]) * 0.5 * Double(count[row])
            }
        }
        return unsafe UnsafePointer(expected.base)
    }
}
