/// Reads ``NumberColumn``s. Owns what it needs for that; what bytes claim is checked before it is used.
struct NumberDecoder: ~Copyable {
    private var packed = Scratch<UInt64>(capacity: 4096)
    private var digits = Scratch<UInt64>(capacity: 4096)
    private var runValues = Scratch<Int64>(capacity: 64)
    private var runLengths = Scratch<Int64>(capacity: 64)
    private var words = Scratch<Int64>(capacity: NumberColumn.wordsMax)

    /// Reads `count` numbers, at least one, and steps over them. `numbers` has room for them.
    mutating func decode(
        count: Int,
        from source: inout ByteSource,
        into numbers: UnsafeMutablePointer<Int64>,
        depth: Int = 0
    ) throws(ByteReader.Failure) {
        let head = Int(try source.byte())
        let predictor = head & 7
        let coding = head &>> 3 & 3
        let first = try source.zigZag()
        if predictor == NumberColumn.constant {
            guard head == 0 else { throw source.failure("a constant column") }
            unsafe numbers.update(repeating: first, count: count)
            return
        }
        guard count >= 2 else { throw source.failure("a constant column for one number") }
        var unit: Int64 = 1
        if head & 32 != 0 { unit = Int64(bitPattern: try source.varint()) }
        let rest = unsafe numbers + 1
        switch coding {
        case NumberColumn.runs:
            guard depth == 0 else { throw source.failure("no runs within a column") }
            if head &>> 6 == NumberColumn.sparse {
                try unsafe takeSparse(count: count &- 1, from: &source, into: rest)
            } else {
                try unsafe takeRuns(count: count &- 1, from: &source, into: rest)
            }
        case NumberColumn.words:
            guard depth < NumberColumn.depthMax else { throw source.failure("no words within words") }
            try unsafe takeWords(count: count &- 1, from: &source, into: rest)
        default:
            let centre = try source.zigZag()
            let length = NumberFrames.length(code: head &>> 6, count: count &- 1)
            if head &>> 6 == 0, try source.takes(0) {
                // Every residual is the same, as of an even clock.
                unsafe rest.update(repeating: centre, count: count &- 1)
                break
            }
            packed.reserve(count)
            digits.reserve(count)
            try unsafe NumberFrames.take(
                count: count &- 1,
                length: length,
                from: &source,
                into: packed.base,
                digits: digits.base
            )
            let deltas = NumberDeltas(predictor: predictor, first: first, unit: unit, centre: centre)
            unsafe deltas.restore(packed.base, count: count, isZigZag: coding == 0, into: numbers)
            return
        }
        let deltas = NumberDeltas(predictor: predictor, first: first, unit: unit, centre: 0)
        let words = unsafe UnsafeRawPointer(numbers).assumingMemoryBound(to: UInt64.self)
        unsafe deltas.restore(words + 1, count: count, isZigZag: false, into: numbers)
    }

    private mutating func takeRuns(
        count: Int,
        from source: inout ByteSource,
        into residuals: UnsafeMutablePointer<Int64>
    ) throws(ByteReader.Failure) {
        let runs = try source.count(in: 1...count)
        runValues.reserve(runs)
        runLengths.reserve(runs)
        let values = unsafe runValues.base
        let lengths = unsafe runLengths.base
        try unsafe decode(count: runs, from: &source, into: values, depth: 1)
        try unsafe decode(count: runs, from: &source, into: lengths, depth: NumberColumn.depthMax)
        var start = 0
        for run in 0..<runs {
            let more = unsafe lengths[run]
            guard more >= 0, more < Int64(count &- start) else { throw source.failure("a run that fits") }
            let length = Int(more) &+ 1
            unsafe (residuals + start).update(repeating: values[run], count: length)
            start &+= length
        }
        guard start == count else { throw source.failure("runs for \(count) numbers") }
    }

    private mutating func takeSparse(
        count: Int,
        from source: inout ByteSource,
        into residuals: UnsafeMutablePointer<Int64>
    ) throws(ByteReader.Failure) {
        let centre = try source.zigZag()
        let others = try source.count(in: 1...count)
        runValues.reserve(others)
        runLengths.reserve(others)
        let values = unsafe runValues.base
        let gaps = unsafe runLengths.base
        try unsafe decode(count: others, from: &source, into: gaps, depth: NumberColumn.depthMax)
        try unsafe decode(count: others, from: &source, into: values, depth: 1)
        unsafe residuals.update(repeating: centre, count: count)
        var place = -1
        for index in 0..<others {
            let gap = unsafe gaps[index]
            guard gap >= 0, gap < Int64(count &- place &- 1) else {
                throw source.failure("a place within the column")
            }
            place &+= Int(gap) &+ 1
            unsafe residuals[place] = values[index]
        }
    }

    private mutating func takeWords(
        count: Int,
        from source: inout ByteSource,
        into residuals: UnsafeMutablePointer<Int64>
    ) throws(ByteReader.Failure) {
        let wordCount = try source.count(in: 1...NumberColumn.wordsMax)
        let list = unsafe words.base
        try unsafe decode(count: wordCount, from: &source, into: list, depth: NumberColumn.depthMax)
        try unsafe decode(count: count, from: &source, into: residuals, depth: NumberColumn.depthMax)
        for index in 0..<count {
            let rank = unsafe residuals[index]
            guard rank >= 0, rank < Int64(wordCount) else { throw source.failure("a word there is") }
            unsafe residuals[index] = list[Int(rank)]
        }
    }
}
