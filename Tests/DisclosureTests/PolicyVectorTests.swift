import Disclosure
import Testing

@Suite("The numeric cases of the disclosure rules")
struct PolicyVectorTests {
    typealias Vectors = PolicyVectors

    @Test("the handbook's worked examples", arguments: Vectors.all.worked_examples_from_the_SDC_handbook)
    func handbook(_ example: Vectors.Handbook) {
        if let p = example.p {
            let firm = D04Concentration.unsafeFirm(example.contributions, p: p, known: [])
            #expect((firm != nil) == example.unsafe)
        }
        if let nk = example.nk {
            let rule = Dominance(n: Int(nk[0]), k: nk[1])
            #expect(D05Dominance.isUnsafe(example.contributions, rule) == example.unsafe)
        }
    }

    @Test("the p%-rule", arguments: Vectors.all.p_percent)
    func percent(_ example: Vectors.Percent) {
        let firm = D04Concentration.unsafeFirm(example.contributions, p: example.p, known: example.known)
        #expect((firm != nil) == example.unsafe)
    }

    @Test("the (n,k)-rule", arguments: Vectors.all.nk)
    func dominance(_ example: Vectors.Dominant) {
        let rule = Dominance(n: example.n, k: example.k)
        #expect(D05Dominance.isUnsafe(example.contributions, rule) == example.unsafe)
    }

    @Test(
        "a pooled bucket is released or withheld, and the operator is told by which rule",
        arguments: Vectors.all.decide
    )
    func decision(_ example: Vectors.Decision) {
        let bucket = PooledBucket(
            contributions: example.contributions,
            stale: example.stale,
            coalition: example.coalition,
            limits: DisclosureLimits(minContributors: example.minContributors, pPercent: example.pPercent)
        )
        let before = example.previousLive.map { $0.subtracting(example.coalition) }
        switch bucket.decide(after: Membership(released: before)) {
        case .release:
            #expect(example.expect == "released")
        case .withhold(let rule, _):
            #expect(example.expect == "withheld")
            #expect(rule.rawValue == example.why_operator_only)
        }
    }

    @Test("values are rounded half up, and bands hold their lower edge", arguments: Vectors.all.quantise)
    func quantised(_ example: Vectors.Quantised) {
        if let base = example.precision.base {
            #expect(
                Precision.round(base: base).obscure(example.value) == .number(example.expect.value ?? .nan)
            )
        } else {
            let seen = Precision.band(edges: example.precision.edges ?? []).obscure(example.value)
            #expect(seen == .band(low: example.expect.ge, high: example.expect.lt))
        }
    }

    @Test("a combination of sums that comes to one firm is found", arguments: Vectors.all.rowspace)
    func rowSpace(_ example: Vectors.Sets) {
        #expect(ContributorSets(example.sets, example.coalition ?? []).isolated == example.isolated)
    }

    @Test("two sums that differ by a few firms are found", arguments: Vectors.all.pairs)
    func pairs(_ example: Vectors.Sets) throws {
        let floor = try #require(example.k)
        let sets = ContributorSets(example.sets, example.coalition ?? [])
        let floors = example.sets.map { _ in floor }
        #expect(sets.tooClose(floors).map { [$0.0, $0.1] } == example.violating_pairs)
    }

    @Test("every pair is fine, and together they give one firm away")
    func combinationTrap() throws {
        let trap = Vectors.all.combination_trap
        let floor = try #require(trap.k)
        let sets = ContributorSets(trap.sets, [])
        #expect(sets.tooClose(trap.sets.map { _ in floor }).isEmpty)
        #expect(sets.isolated == ["j"])
    }

    @Test("buckets of two grants fit into each other or do not", arguments: Vectors.all.lattice)
    func lattice(_ example: Vectors.Lattice) throws {
        let (left, right) = (try grant(example.a), try grant(example.b))
        #expect(left.sharesLattice(with: right) == example.ok)
        #expect(right.sharesLattice(with: left) == example.ok)
    }

    private func grant(_ lattice: [String]) throws -> Grant {
        var grant = Agreement.example().grants[0]
        grant.bucket = try #require(BucketWidth(rawValue: lattice[0]))
        grant.timezone = lattice[1]
        return grant
    }

    @Test("edges are nested or cut across each other", arguments: Vectors.all.edges)
    func edges(_ example: Vectors.Edges) {
        #expect(Precision.band(edges: example.a).nests(.band(edges: example.b)) == example.nested)
        #expect(Precision.band(edges: example.b).nests(.band(edges: example.a)) == example.nested)
    }

    @Test("a band covers a need, does not, or may", arguments: Vectors.all.three_valued)
    func need(_ example: Vectors.Need) {
        #expect(
            Obscured.band(low: example.ge, high: example.lt).covers(example.need).rawValue == example.expect
        )
    }

    @Test("what the rows of a table leave open of a cell")
    func feasible() throws {
        let table = Vectors.all.feasible_interval
        let cells = Set(table.rows.flatMap(\.sum)).sorted()
        var system = SumSystem(count: cells.count)
        for row in table.rows {
            system.add(row.sum.compactMap(cells.firstIndex(of:)), ValueInterval(row.total))
        }
        let cell = try #require(cells.firstIndex(of: table.cell))
        let range = try #require(system.range(of: cell))
        #expect(abs(range.low - table.interval[0]) < 1e-6)
        #expect(abs(range.high - table.interval[1]) < 1e-6)
    }
}
