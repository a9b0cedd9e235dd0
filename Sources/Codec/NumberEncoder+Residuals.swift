/// From numbers to residuals, and from residuals to what is written; see ``NumberColumn``.
extension NumberEncoder {
    /// A column shorter than this is soon written, so its middle is soon guessed.
    private static let shortMax = 64

    /// The middle of up to 15 numbers and of up to 15 steps, taken evenly; of short columns up to 7.
    func centres(_ numbers: UnsafePointer<Int64>, count: Int, first: Int64) -> (Int64, Int64) {
        let taken = min(count < Self.shortMax ? 7 : 15, count &- 1)
        let stride = (count &- 1) / taken
        var index = 1
        for place in 0..<taken {
            unsafe picks.base[place] = numbers[index] &- first
            index &+= stride
        }
        sortPicks(taken)
        let centre = middle(taken)
        index = 1
        for place in 0..<taken {
            unsafe picks.base[place] = numbers[index] &- numbers[index &- 1]
            index &+= stride
        }
        sortPicks(taken)
        return (centre, middle(taken))
    }

    /// Of few numbers the extremes tell enough: other codings and predictors have no room to pay. A third of the
    /// time of the long look, which a column of ten numbers costs more than writing it.
    func planFew(_ numbers: UnsafePointer<Int64>, count: Int, first: Int64, _ plan: inout NumberPlan) {
        let rest = count &- 1
        let picks = unsafe picks.base
        var last: Int64 = 0
        var sum: Int64 = 0
        var (lowest, highest) = (Int64.max, Int64.min)
        var (lowestStep, highestStep) = (Int64.max, Int64.min)
        for index in 0..<rest {
            let number = unsafe numbers[index &+ 1] &- first
            let step = number &- last
            last = number
            sum &+= number
            unsafe picks[index] = number
            if number < lowest { lowest = number }
            if number > highest { highest = number }
            if step < lowestStep { lowestStep = step }
            if step > highestStep { highestStep = step }
        }
        plan.predictor = NumberColumn.level
        let range = UInt64(bitPattern: highest &- lowest)
        if UInt64(bitPattern: highestStep &- lowestStep) < range / 2 {
            plan.predictor = NumberColumn.step
            (lowest, highest, sum) = (lowestStep, highestStep, last)
            for index in 0..<rest { unsafe picks[index] = numbers[index &+ 1] &- numbers[index] }
        }
        let centre = sum / Int64(rest)
        var spread = unsafe NumberStatistics.spread(picks, count: rest, around: centre)
        plan.centre = centre
        // One that is far from the others draws the mean away from all of them.
        if rest <= 8 || NumberStatistics.isOdd(spread, lowest, highest, count: rest) {
            sortPicks(rest)
            plan.centre = unsafe picks[rest / 2]
            spread = unsafe NumberStatistics.spread(picks, count: rest, around: plan.centre)
        }
        let even = NumberStatistics.evenBits(lowest, highest, count: rest)
        plan.bits = min(even, NumberStatistics.riceBits(sum: 2 &* spread, count: rest)) &+ 48
    }

    /// Few by insertion, 15 by a network, which has no branch to guess wrong.
    private func sortPicks(_ taken: Int) {
        guard taken == 15 else {
            let picks = unsafe picks.base
            for end in 1..<max(1, taken) {
                let number = unsafe picks[end]
                var place = end
                while place > 0, unsafe picks[place &- 1] > number {
                    unsafe picks[place] = picks[place &- 1]
                    place &-= 1
                }
                unsafe picks[place] = number
            }
            return
        }
        unsafe picks.base[15] = .max
        for pair in Self.network.indices {
            let (low, high) = (Int(Self.network[pair] &>> 4), Int(Self.network[pair] & 15))
            let one = unsafe picks.base[low]
            let two = unsafe picks.base[high]
            unsafe picks.base[low] = min(one, two)
            unsafe picks.base[high] = max(one, two)
        }
    }

    /// Batcher's odd-even merge sort of 16: pairs to put in order, each two places of 4 bits.
    private static let network: [UInt8] = {
        var pairs: [UInt8] = []
        for part in [1, 2, 4, 8] {
            for step in [8, 4, 2, 1] where step <= part {
                for start in stride(from: step % part, to: 16 - step, by: 2 * step) {
                    for low in start..<min(start + step, 16 - step)
                    where low / (2 * part) == (low + step) / (2 * part) {
                        pairs.append(UInt8(low << 4 | low + step))
                    }
                }
            }
        }
        return pairs
    }()

    /// The median where it stands for many; else the mean of the middle, which strays less.
    private func middle(_ taken: Int) -> Int64 {
        let half = taken / 2
        let median = unsafe picks.base[half]
        if taken < 9 { return median }
        if unsafe picks.base[half &- 1] == median || picks.base[half &+ 1] == median { return median }
        var sum: Int64 = 0
        for place in half &- 3...half &+ 3 { sum &+= unsafe (picks.base[place] &- median) / 7 }
        return median &+ sum
    }

    mutating func predict(
        _ numbers: UnsafePointer<Int64>,
        count: Int,
        first: Int64,
        by predictor: Int
    ) {
        residuals.reserve(count)
        let out = unsafe residuals.base
        switch predictor {
        case NumberColumn.level:
            for index in 1..<count { unsafe out[index &- 1] = numbers[index] &- first }
        case NumberColumn.step:
            for index in 1..<count { unsafe out[index &- 1] = numbers[index] &- numbers[index &- 1] }
        case NumberColumn.line:
            var lastStep: Int64 = 0
            for index in 1..<count {
                let step = unsafe numbers[index] &- numbers[index &- 1]
                unsafe out[index &- 1] = step &- lastStep
                lastStep = step
            }
        default:
            let shift = Int64(predictor &- 3)
            let half: Int64 = 1 &<< (shift &- 1)
            var sum: Int64 = 0
            for index in 1..<count {
                let residual = unsafe numbers[index] &- first &- (sum &+ half) &>> shift
                sum &+= residual
                unsafe out[index &- 1] = residual
            }
        }
    }

    /// The residuals as small unsigned numbers; writes what they are relative to. Returns the coding.
    mutating func pack(_ count: Int, around guess: Int64, into sink: inout ByteSink) -> Int {
        packed.reserve(count)
        let values = unsafe residuals.base
        var lowest = Int64.max
        var sum = 0.0
        var spread = 0.0
        for index in 0..<count {
            let value = unsafe values[index]
            if value < lowest { lowest = value }
            sum += Double(value)
            spread += Double((value &- guess).magnitude)
        }
        var centre = guess
        let far = spread / Double(count)
        if far >= 2, far < 1e13 {
            centre = unsafe Self.mean(values, count: count, near: guess, spread: Int64(far))
        }
        // Rice grows with the sum, so the smaller sum is the shorter column. Even spreads have equal sums, but a
        // lesser maximum from the lowest on.
        if sum - Double(lowest) * Double(count) < 2.1 * spread {
            sink.putZigZag(lowest)
            for index in 0..<count {
                unsafe packed.base[index] = UInt64(bitPattern: values[index] &- lowest)
            }
            return NumberColumn.above
        }
        sink.putZigZag(centre)
        for index in 0..<count {
            unsafe packed.base[index] = ZigZag.encoded(values[index] &- centre)
        }
        return NumberColumn.around
    }

    /// The mean of what lies within 4 × `spread` of a guess; spikes count as that far and no farther.
    private static func mean(
        _ values: UnsafePointer<Int64>,
        count: Int,
        near guess: Int64,
        spread: Int64
    ) -> Int64 {
        let most = spread &* 4
        var sum: Int64 = 0
        for index in 0..<count {
            let far = unsafe values[index] &- guess
            sum &+= far > most ? most : far < 0 &- most ? 0 &- most : far
        }
        let half = Int64(count) / 2
        return guess &+ (sum &+ (sum < 0 ? 0 &- half : half)) / Int64(count)
    }

    mutating func collectRuns(_ count: Int) -> Int {
        runValues.reserve(count)
        runLengths.reserve(count)
        var runs = 0
        var start = 0
        while start < count {
            let value = unsafe residuals.base[start]
            var end = start &+ 1
            while end < count, unsafe residuals.base[end] == value { end &+= 1 }
            unsafe runValues.base[runs] = value
            unsafe runLengths.base[runs] = Int64(end &- start &- 1)
            runs &+= 1
            start = end
        }
        return runs
    }

    mutating func collectOthers(_ count: Int, than centre: Int64) -> Int {
        runValues.reserve(count)
        runLengths.reserve(count)
        var others = 0
        var last = -1
        for index in 0..<count {
            let value = unsafe residuals.base[index]
            if value == centre { continue }
            unsafe runValues.base[others] = value
            unsafe runLengths.base[others] = Int64(index &- last &- 1)
            last = index
            others &+= 1
        }
        return others
    }
}
