/// Sets of firms over which sums are released to one coalition, and what can be made of the sums.
public struct ContributorSets: Sendable {
    /// The sets without the coalition's own firms: those know their part and subtract it.
    private let sets: [Set<String>]

    /// - Parameters:
    ///   - sets: the firms of each sum.
    ///   - coalition: who may pool what they know.
    public init(_ sets: [Set<String>], _ coalition: Set<String>) {
        self.sets = sets.map { $0.subtracting(coalition) }
    }

    /// Pairs of sets, by index, whose difference in either direction is neither nothing nor `floors` firms or more.
    public func tooClose(_ floors: [Int]) -> [(Int, Int)] {
        var found: [(Int, Int)] = []
        for (left, first) in sets.enumerated() {
            for right in sets.indices.dropFirst(left + 1) {
                let floor = max(floors[left], floors[right])
                let differences = [
                    first.subtracting(sets[right]).count, sets[right].subtracting(first).count,
                ]
                if differences.contains(where: { $0 > 0 && $0 < floor }) { found.append((left, right)) }
            }
        }
        return found
    }

    /// Firms whose own value some combination of the sums comes to: those whose unit row lies in the row space of
    /// the matrix of sets.
    ///
    /// - Complexity: O(sets² · firms). Counted modulo two primes near 2^61 instead of in fractions that outgrow any
    ///   width: a firm that can be isolated is missed only when both divide the same minor.
    public var isolated: Set<String> {
        let firms = sets.reduce(into: Set()) { $0.formUnion($1) }.sorted()
        var found: Set<String> = []
        for prime in ContributorSets.primes {
            let field = PrimeField(prime)
            var rows = sets.map { set in firms.map { set.contains($0) ? UInt64(1) : 0 } }
            let rank = field.reduce(&rows)
            // In reduced form a unit row lies in the row space exactly when it stands there.
            for row in rows.prefix(rank) {
                let places = row.indices.filter { row[$0] != 0 }
                if places.count == 1 { found.insert(firms[places[0]]) }
            }
        }
        return found
    }

    /// 2^61 − 1 and the prime before it.
    private static let primes: [UInt64] = [2_305_843_009_213_693_951, 2_305_843_009_213_693_921]
}

/// Whole numbers modulo a prime below 2^62.
struct PrimeField {
    private let prime: UInt64

    init(_ prime: UInt64) {
        self.prime = prime
    }

    /// Brings a matrix into reduced row echelon form.
    ///
    /// - Returns: its rank; the rows behind are zeros.
    func reduce(_ rows: inout [[UInt64]]) -> Int {
        var rank = 0
        let columns = rows.first?.count ?? 0
        for column in 0..<columns where rank < rows.count {
            guard let pivot = (rank..<rows.count).first(where: { rows[$0][column] != 0 }) else { continue }
            rows.swapAt(rank, pivot)
            let scale = inverse(rows[rank][column])
            for place in column..<columns { rows[rank][place] = times(rows[rank][place], scale) }
            for other in rows.indices where other != rank && rows[other][column] != 0 {
                let factor = prime - rows[other][column]
                for place in column..<columns {
                    rows[other][place] = plus(rows[other][place], times(factor, rows[rank][place]))
                }
            }
            rank += 1
        }
        return rank
    }

    private func plus(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let sum = left + right
        return sum >= prime ? sum - prime : sum
    }

    private func times(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return prime.dividingFullWidth(product).remainder
    }

    /// By Fermat: a^(p−2).
    private func inverse(_ number: UInt64) -> UInt64 {
        var (base, exponent, result) = (number, prime - 2, UInt64(1))
        while exponent > 0 {
            if exponent & 1 == 1 { result = times(result, base) }
            base = times(base, base)
            exponent >>= 1
        }
        return result
    }
}
