/// What one pass over a column tells: how far the numbers are from what each predictor expects.
struct NumberStatistics {
    /// Sums of |residual − centre|, by predictor 1 … 6.
    var level = 0
    var step = 0
    var line = 0
    var smooth1 = 0
    var smooth2 = 0
    var smooth3 = 0
    /// How often a number differs from the one before, and a step from the step before.
    var changes = 0
    var bends = 0
    /// How often a number or a step is not its centre.
    var offCentre = 0
    var offStep = 0
    var lowest: Int64 = 0
    var highest: Int64 = 0
    var lowestStep: Int64 = .max
    var highestStep: Int64 = .min

    /// Twice the sum of 65,536 such parts stays below 2^62.
    private static let partMax = 1 << 44

    @inline(__always)
    private static func part(_ residual: Int64) -> Int {
        let size = residual < 0 ? 0 &- residual : residual
        // The most negative number is its own negative; it counts as large.
        return size < 0 || size > partMax ? partMax : Int(size)
    }

    /// Of fewer numbers than this nobody needs to know what smoothing would do: its first guesses are its worst.
    private static let smoothMin = 16
    /// Whether the sums of the smoothing predictors are there.
    private var hasSmooth = false

    /// Looks at `numbers[1 ..< count]`, each less `first`.
    init(_ numbers: UnsafePointer<Int64>, count: Int, first: Int64, centre: Int64, step centreStep: Int64) {
        unsafe findExtremes(numbers, count: count, first: first)
        let all = unsafe (numbers + 1, count &- 1)
        if canSumPlainly(centre, centreStep) {
            unsafe sumPlainly(all.0, all.1, first: first, centre: first &+ centre, step: centreStep)
        } else {
            unsafe sum(all.0, all.1, first: first, centre: centre, step: centreStep)
        }
        hasSmooth = count >= Self.smoothMin && canSmooth
        if hasSmooth { unsafe smooth(numbers, count: count, first: first, step: centreStep) }
    }

    private mutating func findExtremes(_ numbers: UnsafePointer<Int64>, count: Int, first: Int64) {
        var last = first
        var (lowest, highest) = (first, first)
        var (lowestStep, highestStep) = (Int64.max, Int64.min)
        for index in 1..<count {
            let number = unsafe numbers[index]
            let step = number &- last
            // Compared as they are less `first`, which may wrap around.
            if number &- first < lowest &- first { lowest = number }
            if number &- first > highest &- first { highest = number }
            if step < lowestStep { lowestStep = step }
            if step > highestStep { highestStep = step }
            last = number
        }
        (self.lowest, self.highest) = (lowest &- first, highest &- first)
        (self.lowestStep, self.highestStep) = (lowestStep, highestStep)
    }

    /// Whether no part comes near ``partMax``: then nothing has to be cut off.
    private func canSumPlainly(_ centre: Int64, _ centreStep: Int64) -> Bool {
        let most = Int64(Self.partMax / 4)
        func isSmall(_ number: Int64) -> Bool { number < most && number > 0 &- most }
        return isSmall(lowest) && isSmall(highest) && isSmall(lowestStep) && isSmall(highestStep)
            && isSmall(centre) && isSmall(centreStep)
    }

    /// The sums of all parts. Looks at its neighbours in memory instead of carrying them along, so that two numbers
    /// are looked at in one go.
    private mutating func sumPlainly(
        _ numbers: UnsafePointer<Int64>,
        _ count: Int,
        first: Int64,
        centre: Int64,
        step centreStep: Int64
    ) {
        @inline(__always)
        func size(_ number: Int64) -> Int {
            let sign = number &>> 63
            return Int((number ^ sign) &- sign)
        }
        // The first has only the one before the column to differ from.
        let start = unsafe numbers[0] &- first
        var (level, step, line) = (size(unsafe numbers[0] &- centre), size(start &- centreStep), size(start))
        var (changes, bends) = (start == 0 ? 0 : 1, start == 0 ? 0 : 1)
        var (offCentre, offStep) = (unsafe numbers[0] == centre ? 0 : 1, start == centreStep ? 0 : 1)
        for index in 1..<max(1, count) {
            let own = unsafe numbers[index] &- numbers[index &- 1]
            level &+= unsafe size(numbers[index] &- centre)
            step &+= size(own &- centreStep)
            changes &+= own == 0 ? 0 : 1
            offCentre &+= unsafe numbers[index] == centre ? 0 : 1
            offStep &+= own == centreStep ? 0 : 1
        }
        if count > 1 {
            let bend = unsafe numbers[1] &- numbers[0] &- start
            line &+= size(bend)
            bends &+= bend == 0 ? 0 : 1
        }
        for index in 2..<max(2, count) {
            let bend =
                unsafe numbers[index] &- numbers[index &- 1] &- (numbers[index &- 1] &- numbers[index &- 2])
            line &+= size(bend)
            bends &+= bend == 0 ? 0 : 1
        }
        (self.level, self.step, self.line) = (level, step, line)
        (self.changes, self.bends) = (changes, bends)
        (self.offCentre, self.offStep) = (offCentre, offStep)
    }

    private mutating func sum(
        _ numbers: UnsafePointer<Int64>,
        _ count: Int,
        first: Int64,
        centre: Int64,
        step centreStep: Int64
    ) {
        var last: Int64 = 0
        var lastStep: Int64 = 0
        for index in 0..<count {
            let number = unsafe numbers[index] &- first
            let step = number &- last
            level &+= Self.part(number &- centre)
            self.step &+= Self.part(step &- centreStep)
            line &+= Self.part(step &- lastStep)
            if step != 0 { changes &+= 1 }
            if step != lastStep { bends &+= 1 }
            if number != centre { offCentre &+= 1 }
            if step != centreStep { offStep &+= 1 }
            last = number
            lastStep = step
        }
    }

    /// Smoothing is for numbers that drift and are noisy: against pure noise around a level the level wins, against
    /// a walk or a line the last number or step does.
    private var canSmooth: Bool {
        // Of a walk the bends are 1.41 times the steps, of pure noise 1.73; of that the steps are 1.41 times the level.
        line &* 20 >= step &* 29 && level &* 4 >= step &* 3
    }

    private mutating func smooth(_ numbers: UnsafePointer<Int64>, count: Int, first: Int64, step: Int64) {
        var sum1: Int64 = 0
        var sum2: Int64 = 0
        var sum3: Int64 = 0
        for index in 1..<count {
            let number = unsafe numbers[index] &- first
            let residual1 = number &- (sum1 &+ 1) &>> 1
            sum1 &+= residual1
            smooth1 &+= Self.part(residual1 &- step &<< 1)
            let residual2 = number &- (sum2 &+ 2) &>> 2
            sum2 &+= residual2
            smooth2 &+= Self.part(residual2 &- step &<< 2)
            let residual3 = number &- (sum3 &+ 4) &>> 3
            sum3 &+= residual3
            smooth3 &+= Self.part(residual3 &- step &<< 3)
        }
    }

    /// The sum of |number − centre|.
    static func spread(_ numbers: UnsafePointer<Int64>, count: Int, around centre: Int64) -> Int {
        var spread = 0
        for index in 0..<count { spread &+= unsafe part(numbers[index] &- centre) }
        return spread
    }

    /// Whether the spread around the mean is less than two ninths of all the range, as when one number is far from
    /// the rest; of even numbers it is a quarter.
    static func isOdd(_ spread: Int, _ lowest: Int64, _ highest: Int64, count: Int) -> Bool {
        Double(spread) * 4.5 < Double(UInt64(bitPattern: highest &- lowest)) * Double(count)
    }

    /// About how many bits Rice takes for `count` numbers of 0 … that add up to `sum`.
    static func riceBits(sum: Int, count: Int) -> Int {
        if sum <= 0 || count <= 0 { return 0 }
        let mean = UInt(sum) / UInt(count)
        // The best k is near log2 of 0.7 × the mean.
        let low = max(0, 63 &- (((mean &* 45) &>> 6) | 1).leadingZeroBitCount)
        let floor = count &* ((1 &<< low) &- 1) / 2
        return count &* (low &+ 1) &+ max(0, sum &- floor) &>> low
    }

    /// Bits of every number between two.
    static func width(_ lowest: Int64, _ highest: Int64) -> Int {
        64 &- UInt64(bitPattern: highest &- lowest).leadingZeroBitCount
    }

    /// About how many bits `count` numbers between two take as digits of the right radix.
    static func evenBits(_ lowest: Int64, _ highest: Int64, count: Int) -> Int {
        let width = width(lowest, highest)
        if width < 2 || width > 57 { return count &* width }
        // 64ths of a bit: log2(1 + f) is f and a little more, and so is what whole words waste.
        let range = Int(highest &- lowest) &+ 1
        let part = (range &<< 6) &>> (width &- 1) &- 64
        return count &* ((width &- 1) &* 64 &+ min(64, part &+ 8)) / 64
    }

    /// The cheapest predictor and coding for `count` residuals; words are not among them.
    func cheapest(count: Int, canRun: Bool) -> Choice {
        var best = Choice(predictor: NumberColumn.constant, coding: NumberColumn.around, bits: 16)
        if changes == 0 { return best }
        let stepWidth = Self.width(lowestStep, highestStep)
        let width = Self.width(lowest, highest)
        best.bits = .max
        let even = Self.evenBits(lowest, highest, count: count)
        let evenSteps = Self.evenBits(lowestStep, highestStep, count: count)
        best.offer(NumberColumn.level, min(even, Self.around(level, count)))
        best.offer(NumberColumn.step, min(evenSteps, Self.around(step, count)))
        best.offer(NumberColumn.line, Self.around(line, count))
        if hasSmooth {
            best.offer(NumberColumn.smooth, Self.around(smooth1, count))
            best.offer(NumberColumn.smooth + 1, Self.around(smooth2, count))
            best.offer(NumberColumn.smooth + 2, Self.around(smooth3, count))
        }
        best.bits &+= 24
        // Runs begin at 80 bits, so they cannot be cheaper than this.
        if !canRun || best.bits <= 80 { return best }
        let runs = changes &+ 1
        let values = min(runs &* width, Self.around(step, runs))
        best.offer(NumberColumn.level, 80 &+ values &+ Self.riceBits(sum: count, count: runs), runs: true)
        let stepRuns = bends &+ 1
        let steps = min(stepRuns &* stepWidth, Self.around(line, stepRuns))
        best.offer(NumberColumn.step, 80 &+ steps &+ Self.riceBits(sum: count, count: stepRuns), runs: true)
        best.offer(NumberColumn.level, Self.sparse(level, width, offCentre, count), sparse: true)
        best.offer(NumberColumn.step, Self.sparse(step, stepWidth, offStep, count), sparse: true)
        return best
    }

    private static func around(_ sum: Int, _ count: Int) -> Int { riceBits(sum: 2 &* sum, count: count) }

    private static func sparse(_ sum: Int, _ width: Int, _ others: Int, _ count: Int) -> Int {
        88 &+ riceBits(sum: count &- others, count: others) &+ min(others &* width, around(sum, others))
    }

    /// The best offer so far.
    struct Choice {
        var predictor: Int
        var coding: Int
        var bits: Int
        var isSparse = false

        mutating func offer(_ predictor: Int, _ bits: Int, runs: Bool = false, sparse: Bool = false) {
            if bits >= self.bits { return }
            self.predictor = predictor
            coding = runs || sparse ? NumberColumn.runs : NumberColumn.around
            isSparse = sparse
            self.bits = bits
        }
    }
}
