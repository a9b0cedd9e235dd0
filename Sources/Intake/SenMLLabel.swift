/// A field of SenML (RFC 8428) in CBOR: an integer that stands for a name.
///
///     −6 bs   −5 bv   −4 bu   −3 bt   −2 bn   −1 bver
///      0 n     1 u     2 v     3 vs    4 vb    5 s    6 t    7 ut   8 vd
struct SenMLLabel {
    /// All names, in the order of their labels.
    static let names: StaticString = "bsbvbubtbnbvernuvvsvbstutvd"

    private static let places: [(start: Int, count: Int)] = {
        var start = 0
        return [2, 2, 2, 2, 2, 4, 1, 1, 1, 2, 2, 1, 1, 2, 2].map { count in
            defer { start += count }
            return (start, count)
        }
    }()

    /// Where its name stands in ``names``.
    let start: Int
    let count: Int

    /// - Parameters:
    ///   - major: 0 for the label `argument`, 1 for −1 − `argument`.
    ///   - argument: as in the payload.
    /// - Returns: nil when no field has that label.
    init?(_ major: UInt8, _ argument: UInt64) {
        guard argument < (major == 0 ? 9 : 6) else { return nil }
        let place = Self.places[major == 0 ? 6 + Int(argument) : 5 - Int(argument)]
        start = place.start
        count = place.count
    }
}
