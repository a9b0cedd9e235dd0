/// Takes the columns of rows that were added just before; what the encoders of rollup pages have in common.
public protocol RollupWriter: ~Copyable {
    /// Writes an integer column; see ``RollupEncoder`` and ``WideRollupEncoder``.
    mutating func put(column: UInt8, integers: Span<Int64>)

    /// Writes a column of Doubles, as bit patterns.
    mutating func put(column: UInt8, values: Span<UInt64>, expecting: RollupExpectation)
}

extension RollupEncoder: RollupWriter {}
extension WideRollupEncoder: RollupWriter {}
