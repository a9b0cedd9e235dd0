/// From residuals back to numbers; see ``NumberColumn``.
struct NumberDeltas {
    var predictor: Int
    var first: Int64
    var unit: Int64
    var centre: Int64

    /// Writes `count` numbers from `count − 1` packed residuals, which may lie where numbers 1 … go.
    func restore(
        _ packed: UnsafePointer<UInt64>,
        count: Int,
        isZigZag: Bool,
        into numbers: UnsafeMutablePointer<Int64>
    ) {
        // Four copies of the same loops, so that none of them decides anything per number.
        switch (isZigZag, unit == 1) {
        case (true, true): unsafe loop(packed, count, isZigZag: true, hasUnit: false, numbers)
        case (true, false): unsafe loop(packed, count, isZigZag: true, hasUnit: true, numbers)
        case (false, true): unsafe loop(packed, count, isZigZag: false, hasUnit: false, numbers)
        case (false, false): unsafe loop(packed, count, isZigZag: false, hasUnit: true, numbers)
        }
    }

    @inline(__always)
    private func loop(
        _ packed: UnsafePointer<UInt64>,
        _ count: Int,
        isZigZag: Bool,
        hasUnit: Bool,
        _ numbers: UnsafeMutablePointer<Int64>
    ) {
        let centre = centre
        let unit = unit
        let first = first
        @inline(__always)
        func residual(_ word: UInt64) -> Int64 {
            (isZigZag ? ZigZag.decoded(word) : Int64(bitPattern: word)) &+ centre
        }
        @inline(__always)
        func number(_ q: Int64) -> Int64 { first &+ (hasUnit ? unit &* q : q) }
        unsafe numbers[0] = first
        var sum: Int64 = 0
        switch predictor {
        case NumberColumn.level:
            for index in 1..<count {
                unsafe numbers[index] = number(residual(packed[index &- 1]))
            }
        case NumberColumn.step:
            for index in 1..<count {
                sum &+= unsafe residual(packed[index &- 1])
                unsafe numbers[index] = number(sum)
            }
        case NumberColumn.line:
            var step: Int64 = 0
            for index in 1..<count {
                step &+= unsafe residual(packed[index &- 1])
                sum &+= step
                unsafe numbers[index] = number(sum)
            }
        default:
            let shift = Int64(predictor &- 3)
            let half: Int64 = 1 &<< (shift &- 1)
            for index in 1..<count {
                let residual = unsafe residual(packed[index &- 1])
                unsafe numbers[index] = number(residual &+ (sum &+ half) &>> shift)
                sum &+= residual
            }
        }
    }
}
