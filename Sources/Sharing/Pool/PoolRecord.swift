import Codec
import Disclosure
import Readings

/// A pooled value that was decided, as the hub remembers it over a restart: what the firms gave, and what became of it.
///
/// In a ``RecordFrame``:
///
///     agreement │ grant │ recipient │ product │ measure │ aggregate │ bucket │
///     bucket's end zigzag │ sites │ contributors │ precision │ contributions │ rule │ unit │ quality u8 │ age zigzag
///
/// Texts and lists stand behind their length, a precision is its mode and its numbers; a released value has no rule.
struct PoolRecord: Hashable, Sendable {
    /// What was decided; its limits are not kept, those of the agreement as it stands count.
    var pooled: PoolCase
    /// Which rule withheld it.
    var rule: DisclosureRule?
    var unit: String
    var quality: Quality
    var ageBuckets: Int64

    /// No longer record is written or read.
    static let bodyBytesMax = 1 << 20

    var bytes: [UInt8] {
        let grant = pooled.grant
        var body = ByteWriter()
        let words = [
            pooled.agreement, grant.id, pooled.recipient, pooled.product, grant.measure.rawValue,
            grant.aggregate.rawValue, grant.bucket.rawValue,
        ]
        for word in words { body.putText(word) }
        body.putZigZag(pooled.bucketEnd.milliseconds)
        for names in [grant.sites, grant.contributors] {
            body.putVarint(UInt64(names.count))
            for name in names { body.putText(name) }
        }
        body.putText(grant.precision.mode)
        let numbers: [Double] =
            switch grant.precision {
            case .exact: []
            case .round(let base): [base]
            case .band(let edges): edges
            }
        body.putVarint(UInt64(numbers.count))
        for number in numbers { body.putDouble(number) }
        body.putVarint(UInt64(pooled.contributions.count))
        for (firm, amount) in pooled.contributions.sorted(by: { $0.key < $1.key }) {
            body.putText(firm)
            body.putDouble(amount)
        }
        body.putText(rule?.rawValue ?? "")
        body.putText(unit)
        body.put(quality.rawValue)
        body.putZigZag(ageBuckets)
        return RecordFrame.bytes(body.bytes)
    }

    /// Reads the record at `offset` and moves past it; nil at the end, and where the file is torn.
    static func read(_ file: [UInt8], at offset: inout Int) -> PoolRecord? {
        RecordFrame.read(file, at: &offset, limit: bodyBytesMax, parse)
    }

    private static func parse(_ body: [UInt8]) throws(ByteReader.Failure) -> PoolRecord? {
        var input = ByteReader(body)
        var words: [String] = []
        for _ in 0..<7 { words.append(try input.text()) }
        let end = Instant(milliseconds: try input.zigZag())
        let sites = try texts(&input)
        let contributors = try texts(&input)
        let mode = try input.text()
        var numbers: [Double] = []
        for _ in 0..<(try input.count(limit: body.count)) { numbers.append(try input.double()) }
        var contributions: [String: Double] = [:]
        for _ in 0..<(try input.count(limit: body.count)) {
            let firm = try input.text()
            contributions[firm] = try input.double()
        }
        let rule = try input.text()
        let unit = try input.text()
        let quality = Quality(rawValue: try input.byte())
        let age = try input.zigZag()
        let precision: Precision? =
            switch mode {
            case "exact": .exact
            case "round": numbers.first.map { .round(base: $0) }
            case "band": numbers.isEmpty ? nil : .band(edges: numbers)
            default: nil
            }
        guard let measure = Measure(rawValue: words[4]), let aggregate = Aggregate(rawValue: words[5]),
            let bucket = BucketWidth(rawValue: words[6]), let precision, let quality
        else { return nil }
        let grant = Grant(
            id: words[1],
            measure: measure,
            products: [words[3]],
            sites: sites,
            kind: .consortium,
            contributors: contributors,
            aggregate: aggregate,
            bucket: bucket,
            delay: .zero,
            precision: precision,
            cadence: .clock
        )
        let pooled = PoolCase(
            agreement: words[0],
            grant: grant,
            product: words[3],
            recipient: words[2],
            bucketEnd: end,
            contributions: contributions
        )
        let withheldBy = DisclosureRule(rawValue: rule)
        guard rule.isEmpty || withheldBy != nil else { return nil }
        return PoolRecord(pooled: pooled, rule: withheldBy, unit: unit, quality: quality, ageBuckets: age)
    }

    private static func texts(_ input: inout ByteReader) throws(ByteReader.Failure) -> [String] {
        var texts: [String] = []
        for _ in 0..<(try input.count(limit: 1 << 20)) { texts.append(try input.text()) }
        return texts
    }
}
