import Codec

/// One series of a page to be, made up or read.
struct PageSeries {
    var id: UInt32
    var isNumeric: Bool
    var columns: SampleColumns
}

/// Every kind of history that a plant ever sent, and some it never would.
enum History: CaseIterable {
    case constant, counter, resettingCounter, walk, tenths, states, steps, noise, sums, eighths, floats
    case randomDoubles, randomBits, nasty, texts, hugeIntegers, longDigits, mixedDigits, spikes, slowLine

    /// Every kind of Double that ever hurt a time-series store.
    static let nastyDoubles: [Double] = [
        0, -0.0, 1, -1, 0.1, 0.2, 0.1 + 0.2, 1e-300, 1e300, .infinity, -.infinity, .nan, .signalingNaN,
        Double(bitPattern: 0x7FF8_0000_0000_0001), Double(bitPattern: 0xFFF0_0000_0000_0001),
        .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude,
        9_007_199_254_740_992, 9_007_199_254_740_994, -9_007_199_254_740_992, 123456.789, 21.5, 1.0 / 3, .pi,
        2_251_799_813_685_248, -2_251_799_813_685_248, 2_251_799_813_685_247, 1e15, 1e-15,
    ]

    var isNumeric: Bool { self != .texts }

    /// `count` patterns of this kind.
    func bits(_ count: Int, using random: inout SeededRandom) -> [UInt64] {
        var level = Double(Int.random(in: -1000...1000, using: &random))
        var out: [UInt64] = []
        let spread = Int.random(in: 1...3000, using: &random)
        for index in 0..<count {
            func whole(_ range: ClosedRange<Int>) -> Double { Double(Int.random(in: range, using: &random)) }
            switch self {
            case .constant: break
            case .counter: level += whole(0...38)
            case .resettingCounter: level = whole(0...200) == 0 ? 0 : level + whole(0...9)
            case .walk: level += Double.random(in: -1...1, using: &random)
            case .tenths: level = ((level * 10).rounded() + whole(-5...5)) / 10
            case .states: if whole(0...20) == 0 { level = whole(0...4) }
            case .steps: level = whole(0...5) == 0 ? level - whole(1...40) : level
            case .noise: level = whole(-spread...spread) / 1000
            case .sums: level += whole(0...99) / 10
            case .eighths: level = whole(-spread...spread) / 8192
            case .floats: level = Double(Float.random(in: -1...1, using: &random))
            case .randomDoubles: level = Double.random(in: -1e6...1e6, using: &random)
            case .randomBits: level = Double(bitPattern: random.next())
            case .nasty: level = Self.nastyDoubles.randomElement(using: &random) ?? 0
            case .texts:
                level = Double(bitPattern: UInt64(Int.random(in: 0..<max(1, spread / 100), using: &random)))
            case .hugeIntegers: level = whole(-4_000_000_000_000_000_000...4_000_000_000_000_000_000)
            case .longDigits: level = whole(0...1_000_000_000_000) / 1e9
            case .mixedDigits: level = whole(0...30) == 0 ? 1.0 / 3 : whole(0...10000) / 100
            case .spikes: level = whole(0...50) == 0 ? whole(-1_000_000_000...1_000_000_000) : whole(0...9)
            case .slowLine: level = Double(index * spread) / 100
            }
            out.append(level.bitPattern)
        }
        return out
    }
}

/// How the stamps of a series follow each other.
enum Stamping: CaseIterable {
    case even, jittered, gaps, events, minutes, extremes

    func instants(_ count: Int, from start: Int64, using random: inout SeededRandom) -> [Int64] {
        var instant = start
        var out: [Int64] = []
        if self == .extremes {
            // Strictly ascending over the whole range, both ends included.
            var all: Set<Int64> = [.min, .max, 0]
            while all.count < count { all.insert(Int64(bitPattern: random.next())) }
            return Array(all.sorted().prefix(count))
        }
        for _ in 0..<count {
            out.append(instant)
            switch self {
            case .even: instant += 10_000
            case .jittered: instant += 1000 + Int64.random(in: -20...20, using: &random)
            case .gaps: instant += Int.random(in: 0..<30, using: &random) == 0 ? 70_000 : 10_000
            case .events: instant += Int64.random(in: 1...100_000, using: &random)
            case .minutes: instant += 60_000 * Int64.random(in: 1...50, using: &random)
            case .extremes: break
            }
        }
        return out
    }
}

/// A page full of series that share their clock, or part of it, or nothing.
func randomPage(using random: inout SeededRandom) -> [PageSeries] {
    let seriesCount = Int.random(in: 1...12, using: &random)
    let countMax = [1, 2, 3, 26, 130, 720, 4096].randomElement(using: &random) ?? 1
    let start = Int64.random(in: -1_000_000_000_000...2_000_000_000_000, using: &random)
    let stamping = Stamping.allCases.randomElement(using: &random) ?? .even
    let shared = stamping.instants(Int.random(in: 1...countMax, using: &random), from: start, using: &random)
    let sharing = Int.random(in: 0..<4, using: &random)
    var id = UInt32.random(in: 0...5, using: &random)
    var page: [PageSeries] = []
    for _ in 0..<seriesCount {
        var instants = shared
        if sharing == 1 {
            instants = shared.filter { _ in Int.random(in: 0..<10, using: &random) > 0 }
        } else if sharing == 2 {
            instants = shared.filter { _ in Int.random(in: 0..<10, using: &random) == 0 }
        } else if sharing == 3 {
            let own = Stamping.allCases.randomElement(using: &random) ?? .even
            instants = own.instants(Int.random(in: 1...countMax, using: &random), from: start, using: &random)
        }
        if instants.isEmpty { instants = [shared[0]] }
        let history = History.allCases.randomElement(using: &random) ?? .constant
        var columns = SampleColumns()
        columns.instants = instants
        columns.bits = history.bits(instants.count, using: &random)
        let mark = UInt8.random(in: 0...255, using: &random)
        let marking = Int.random(in: 0..<4, using: &random)
        for index in instants.indices {
            var own: UInt8 = marking == 0 ? 0 : mark
            if marking == 2, Int.random(in: 0..<8, using: &random) == 0 {
                own = PackedSample.absent
                // Mostly as it should be, but a page keeps what it is given.
                if seriesCount > 2 { columns.bits[index] = 0 }
            }
            if marking == 3 { own = UInt8.random(in: 0...255, using: &random) }
            columns.marks.append(own)
        }
        page.append(PageSeries(id: id, isNumeric: history.isNumeric, columns: columns))
        let stride: UInt32 = [1, 1, 3, 100_000].randomElement(using: &random) ?? 1
        id += UInt32.random(in: 1...stride, using: &random)
    }
    return page
}
