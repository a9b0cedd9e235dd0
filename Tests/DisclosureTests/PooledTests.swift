import Disclosure
import Readings
import Testing

@Suite("Pooled buckets")
struct PooledTests {
    private let limits = DisclosureLimits(minContributors: 3, pPercent: 15)

    private func bucket(_ contributions: [String: Double], coalition: Set<String> = []) -> PooledBucket {
        PooledBucket(contributions: contributions, coalition: coalition, limits: limits)
    }

    private func rule(_ verdict: Verdict) -> DisclosureRule? {
        if case .withhold(let rule, _) = verdict { rule } else { nil }
    }

    @Test("a firm that goes offline for one bucket: that bucket is withheld, and the next is not")
    func offline() {
        let full = bucket(["a": 50, "b": 48, "c": 55, "d": 60, "e": 40])
        let less = bucket(["a": 50, "b": 48, "c": 55, "d": 60])
        var membership = Membership()
        var verdicts: [DisclosureRule?] = []
        for bucket in [full, less, full] {
            let verdict = bucket.decide(after: membership)
            verdicts.append(rule(verdict))
            membership.note(verdict, of: bucket.live)
        }
        #expect(verdicts == [nil, .d07, nil])
    }

    @Test(
        "a firm that stays away: its bucket and the cooldown are withheld, then the others are told of again"
    )
    func away() {
        var slow = limits
        slow.membershipCooldownBuckets = 3
        var membership = Membership(released: ["a", "b", "c", "d", "e"])
        var verdicts: [DisclosureRule?] = []
        for _ in 0..<5 {
            let bucket = PooledBucket(
                contributions: ["a": 50, "b": 48, "c": 55, "d": 60],
                coalition: [],
                limits: slow
            )
            let verdict = bucket.decide(after: membership)
            verdicts.append(rule(verdict))
            membership.note(verdict, of: bucket.live)
        }
        #expect(verdicts == [.d07, .d07, .d07, nil, nil])
    }

    @Test("10 percent of 1,100 is 110, and not a little more")
    func edge() {
        let contributions: [String: Double] = ["a": 6, "b": 1100, "c": 110, "d": 4]
        #expect(D04Concentration.unsafeFirm(contributions, p: 10, known: ["a", "d"]) == nil)
        #expect(D04Concentration.unsafeFirm(contributions, p: 10.1, known: ["a", "d"]) == "b")
    }

    @Test("D08: of three rows and two columns one cell is withheld, and three more have to be")
    func complement() throws {
        // 20 50 | 70      Cells 0 … 5 by rows; each row, each column is published.
        //  8 19 | 27
        // 17 32 | 49
        let cells: [Double] = [20, 50, 8, 19, 17, 32]
        let sums = [[0, 1], [2, 3], [4, 5], [0, 2, 4], [1, 3, 5]]
        let more = try #require(D08Complement.complement(cells: cells, sums: sums, primary: [2], p: 20))
        #expect(more == [3, 4, 5])
        // With nothing beside it a cell is its total.
        #expect(D08Complement.complement(cells: [5], sums: [[0]], primary: [0], p: 20) == nil)
    }

    @Test("D09: the sum over A, then over B, then the mean over C")
    func history() {
        let end = Instant.exampleStart
        let contributions: [String: Double] = [
            "a": 50, "b": 48, "c": 55, "d": 60, "e": 40, "f": 45, "g": 52, "h": 47, "i": 51, "j": 49,
        ]
        var audit = PoolAudit()
        var verdicts: [DisclosureRule?] = []
        for set in PolicyVectors.all.combination_trap.sets {
            let bucket = bucket(contributions.filter { set.contains($0.key) })
            #expect(bucket.decide() == .release)
            let verdict = audit.decide(bucket, .round(base: 1), end: end, widthMs: 86_400_000)
            verdicts.append(rule(verdict))
            if verdict == .release { audit.note(bucket, .round(base: 1), end: end) }
        }
        #expect(verdicts == [nil, nil, nil, .d09])
    }

    @Test("D15: the sixteenth sum of a day leaves, the seventeenth does not, and the next day begins anew")
    func budget() {
        var budget = ReleaseBudget()
        var grant = Agreement.pooled(["a", "b", "c"]).grants[0]
        let end = Instant.exampleStart
        for number in 0..<16 {
            grant.sites = ["場\(number)"]
            for _ in 0..<3 {
                #expect(budget.charge(grant, coalition: ["buyer-1"], bucketEnd: end) == .release)
            }
        }
        grant.sites = ["場16"]
        #expect(rule(budget.charge(grant, coalition: ["buyer-1"], bucketEnd: end)) == .d15)
        #expect(budget.charge(grant, coalition: ["buyer-2"], bucketEnd: end) == .release)
        #expect(
            budget.charge(grant, coalition: ["buyer-1"], bucketEnd: end.advanced(byMs: 86_400_000))
                == .release
        )
    }

    @Test("D15: a clock that goes back does not give a spent day back")
    func budgetClock() {
        var budget = ReleaseBudget()
        var grant = Agreement.pooled(["a", "b", "c"]).grants[0]
        for number in 0..<16 {
            grant.sites = ["場\(number)"]
            _ = budget.charge(grant, coalition: ["buyer-1"], bucketEnd: .exampleStart)
        }
        grant.sites = ["場16"]
        let before = Instant.exampleStart.advanced(byMs: -86_400_000)
        #expect(rule(budget.charge(grant, coalition: ["buyer-1"], bucketEnd: before)) == .d15)
    }

    @Test("D12: a thousand looks at one value are one look", arguments: [0, 3, 12.5, 999, -7.5, 1e12])
    func deterministic(value: Double) {
        for precision in [Precision.exact, .round(base: 25), .band(edges: [0, 10, 1000])] {
            #expect(Set((0..<1000).map { _ in precision.obscure(value) }).count == 1)
        }
    }

    @Test("what a precision leaves open holds the value itself", arguments: [0, 4.9, 5, 105, -5, 49.99, 1e9])
    func interval(value: Double) {
        for precision in [Precision.exact, .round(base: 10), .band(edges: [0, 10, 100])] {
            let interval = precision.interval(of: value)
            #expect(interval.low <= value && value <= interval.high)
        }
    }
}

@Suite("Unknown amounts with known sums")
struct SumSystemTests {
    @Test("a sum alone leaves everything between nothing and all of it")
    func alone() throws {
        var system = SumSystem(count: 3)
        system.add([0, 1, 2], ValueInterval(10))
        let range = try #require(system.range(of: 1))
        #expect(range == ValueInterval(low: 0, high: 10))
    }

    @Test("two sums that differ by one amount give it away, as exactly as they are known")
    func difference() throws {
        var system = SumSystem(count: 3)
        system.add([0, 1, 2], ValueInterval(low: 95, high: 105))
        system.add([0, 1], ValueInterval(low: 45, high: 55))
        let range = try #require(system.range(of: 2))
        #expect(abs(range.low - 40) < 1e-6)
        #expect(abs(range.high - 60) < 1e-6)
    }

    @Test("without an upper bound there is none; contradictions have no answer")
    func open() throws {
        var system = SumSystem(count: 2)
        system.add([0, 1], ValueInterval(low: 5, high: .infinity))
        #expect(try #require(system.range(of: 0)).high == .infinity)
        system.add([0], ValueInterval(3))
        system.add([1], ValueInterval(1))
        #expect(system.range(of: 0) == nil)
    }

    @Test("agrees with what can be reckoned by hand in random nested sums", arguments: 0..<50)
    func nested(seed: UInt64) throws {
        var random = SplitMix(seed)
        let count = Int.random(in: 2...8, using: &random)
        let values = (0..<count).map { _ in Double(Int.random(in: 0...100, using: &random)) }
        // x0, x0 + x1, x0 + x1 + x2, …: each amount is a difference of two neighbours, each known to ±w.
        let width = Double(Int.random(in: 0...5, using: &random))
        var system = SumSystem(count: count)
        var total = 0.0
        for place in 0..<count {
            total += values[place]
            system.add(Array(0...place), ValueInterval(low: total - width, high: total + width))
        }
        for place in 0..<count {
            let range = try #require(system.range(of: place))
            let slack = place == 0 ? width : 2 * width
            #expect(range.low <= values[place] + 1e-6 && values[place] - 1e-6 <= range.high)
            #expect(range.low >= values[place] - slack - 1e-6 && range.high <= values[place] + slack + 1e-6)
        }
    }
}

/// A small generator with a seed, so that a case can be played again.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
