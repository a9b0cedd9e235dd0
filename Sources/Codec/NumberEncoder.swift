/// Writes ``NumberColumn``s. Owns what it needs for that, so that a column allocates nothing.
struct NumberEncoder: ~Copyable {
    private var planner = FramePlanner()
    var residuals = Scratch<Int64>(capacity: 4096)
    var packed = Scratch<UInt64>(capacity: 4096)
    /// The numbers in units, when there is a unit.
    private var scaled = Scratch<Int64>(capacity: 1)
    var runValues = Scratch<Int64>(capacity: 512)
    var runLengths = Scratch<Int64>(capacity: 512)
    private var words = WordList()
    var picks = Scratch<Int64>(capacity: 16)

    /// Columns up to this length are looked at by ``planFew(_:count:first:_:)``.
    private static let fewMax = 16

    /// Writes `numbers[0 ..< count]`, at least one.
    mutating func encode(_ numbers: UnsafePointer<Int64>, count: Int, into sink: inout ByteSink) {
        let plan = unsafe plan(numbers, count: count)
        unsafe put(numbers, count: count, by: plan, into: &sink)
    }

    /// Chooses how to write, without writing.
    mutating func plan(_ numbers: UnsafePointer<Int64>, count: Int, depth: Int = 0) -> NumberPlan {
        var plan = NumberPlan()
        if count < 2 { return plan }
        let unit = unsafe Self.unit(of: numbers, count: count)
        if unit == 0 { return plan }
        plan.unit = unit
        let (source, first) = unsafe inUnits(numbers, count: count, unit: unit)
        if count <= Self.fewMax {
            unsafe planFew(source, count: count, first: first, &plan)
            return plan
        }
        let (centre, step) = unsafe centres(source, count: count, first: first)
        let found = unsafe NumberStatistics(source, count: count, first: first, centre: centre, step: step)
        let best = found.cheapest(count: count - 1, canRun: depth == 0)
        plan.predictor = best.predictor
        plan.coding = best.coding
        plan.isSparse = best.isSparse
        plan.bits = best.bits &+ 24
        switch best.predictor {
        case NumberColumn.level: plan.centre = centre
        case NumberColumn.step: plan.centre = step
        case NumberColumn.smooth...: plan.centre = step &<< Int64(best.predictor &- 3)
        default: plan.centre = 0
        }
        if depth < NumberColumn.depthMax && best.coding == NumberColumn.around && count >= 16
            && plan.bits > 2 &* count
        {
            let bits = unsafe words.look(source, count: count, first: first, below: plan.bits)
            if bits < plan.bits {
                plan.predictor = NumberColumn.level
                plan.coding = NumberColumn.words
                plan.isSparse = false
                plan.bits = bits
            }
        }
        return plan
    }

    /// Writes as planned.
    mutating func put(
        _ numbers: UnsafePointer<Int64>,
        count: Int,
        by plan: NumberPlan,
        depth: Int = 0,
        into sink: inout ByteSink
    ) {
        if depth == 0 { sink.reserve(NumberColumn.bytesMax(count: count)) }
        let start = sink.count
        let unitBit = plan.unit == 1 ? 0 : 32
        let sparseBit = plan.isSparse ? NumberColumn.sparse &<< 6 : 0
        sink.put(UInt8(plan.predictor | plan.coding &<< 3 | unitBit | sparseBit))
        sink.putZigZag(unsafe numbers[0])
        if plan.predictor == NumberColumn.constant { return }
        if unitBit != 0 { sink.putVarint(UInt64(plan.unit)) }
        let (source, first) = unsafe inUnits(numbers, count: count, unit: plan.unit)
        switch plan.coding {
        case NumberColumn.words:
            unsafe words.fill(source, count: count, first: first)
            let wordCount = words.count
            sink.putVarint(UInt64(wordCount))
            unsafe putWithin(words.values, count: wordCount, depth: NumberColumn.depthMax, into: &sink)
            unsafe putWithin(words.ranks, count: count &- 1, depth: NumberColumn.depthMax, into: &sink)
        case NumberColumn.runs where plan.isSparse:
            unsafe predict(source, count: count, first: first, by: plan.predictor)
            let others = collectOthers(count &- 1, than: plan.centre)
            sink.putZigZag(plan.centre)
            sink.putVarint(UInt64(others))
            unsafe putWithin(runLengths.base, count: others, depth: NumberColumn.depthMax, into: &sink)
            unsafe putWithin(runValues.base, count: others, depth: 1, into: &sink)
        case NumberColumn.runs:
            unsafe predict(source, count: count, first: first, by: plan.predictor)
            let runs = collectRuns(count &- 1)
            sink.putVarint(UInt64(runs))
            unsafe putWithin(runValues.base, count: runs, depth: 1, into: &sink)
            unsafe putWithin(runLengths.base, count: runs, depth: NumberColumn.depthMax, into: &sink)
        default:
            unsafe predict(source, count: count, first: first, by: plan.predictor)
            let coding = pack(count &- 1, around: plan.centre, into: &sink)
            let code = unsafe planner.plan(packed.base, count: count &- 1).code
            unsafe planner.put(packed.base, count: count &- 1, code: code, into: &sink)
            sink.replace(UInt8(plan.predictor | coding &<< 3 | unitBit | code &<< 6), at: start)
        }
    }

    private mutating func putWithin(
        _ numbers: UnsafePointer<Int64>,
        count: Int,
        depth: Int,
        into sink: inout ByteSink
    ) {
        let plan = unsafe plan(numbers, count: count, depth: depth)
        unsafe put(numbers, count: count, by: plan, depth: depth, into: &sink)
    }

    // MARK: Units

    /// The greatest number that divides all steps; 0 when all numbers are equal.
    private static func unit(of numbers: UnsafePointer<Int64>, count: Int) -> Int64 {
        var unit: UInt64 = 0
        var last = unsafe numbers[0]
        var lastSize: UInt64 = 0
        for index in 1..<count {
            let number = unsafe numbers[index]
            let size = (number &- last).magnitude
            last = number
            if size == lastSize || size == 0 { continue }
            lastSize = size
            var other = size
            while other != 0 { (unit, other) = (other, unit % other) }
            if unit == 1 { return 1 }
        }
        return unit > UInt64(Int64.max) ? 1 : Int64(unit)
    }

    /// The numbers and what is to be taken off each; divided by the unit when there is one.
    private mutating func inUnits(
        _ numbers: UnsafePointer<Int64>,
        count: Int,
        unit: Int64
    ) -> (UnsafePointer<Int64>, Int64) {
        let first = unsafe numbers[0]
        if unit == 1 { return unsafe (numbers, first) }
        scaled.reserve(count)
        // Steps divide evenly even where the numbers themselves wrap around.
        var last = first
        var sum: Int64 = 0
        for index in 0..<count {
            let number = unsafe numbers[index]
            sum &+= (number &- last) / unit
            last = number
            unsafe scaled.base[index] = sum
        }
        return unsafe (UnsafePointer(scaled.base), 0)
    }
}
