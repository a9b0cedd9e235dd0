import Plant
import Readings
import RingStore

/// What a chart is of.
enum ChartSubject: Hashable, Sendable {
    case series(SeriesKey)
    /// What was on hand, at one place.
    case stock(StockKey)

    /// As words of an address.
    var words: String {
        let pairs: [(String, String)] =
            switch self {
            case .series(let key):
                [("site", key.site), ("asset", key.asset), ("metric", key.metric)]
                    + key.tags.map { ("t.\($0.name)", $0.value) }
            case .stock(let key):
                [("site", key.site), ("location", key.location), ("item", key.item), ("lot", key.lot)]
            }
        return pairs.map { "\(WebWords.escaped($0))=\(WebWords.escaped($1))" }.joined(separator: "&")
    }

    init?(_ words: [String: String]) {
        let site = words["site"] ?? ""
        if let item = words["item"] {
            self = .stock(
                StockKey(site: site, location: words["location"] ?? "", item: item, lot: words["lot"] ?? "")
            )
        } else if let asset = words["asset"], let metric = words["metric"] {
            let tags = words.filter { $0.key.hasPrefix("t.") }
                .map { Tag(name: String($0.key.dropFirst(2)), value: $0.value) }
            self = .series(SeriesKey(site: site, asset: asset, metric: metric, tags: tags))
        } else {
            return nil
        }
    }
}

/// The points of a chart: at most some hundreds, from the tier whose buckets fit them.
struct ChartLine: Hashable, Sendable {
    struct Point: Hashable, Sendable {
        let at: Instant
        var low: Double
        var value: Double
        var high: Double
    }

    var points: [Point] = []
    var unit = ""
    /// The width of a point; 0 for the samples as they came.
    var stepMs: Int64 = 0
    /// A value holds until the next one.
    var isStepped = false
    let from: Instant
    let to: Instant

    /// A chart has no more points than this.
    static let pointsMax: Int64 = 750
    /// So short a range is drawn of the samples themselves.
    static let rawMsMax: Int64 = 2 * 3_600_000
    /// So many of them at most; a series that has more is drawn by the minute.
    static let samplesMax = 6000
    private static let widths: [Int64] = [1, 5, 15, 60, 360, 1440, 10_080].map { $0 * 60_000 }

    init(from: Instant, to: Instant) {
        (self.from, self.to) = (from, to)
    }

    /// The narrowest width by which a range has few enough points.
    static func width(_ from: Instant, _ to: Instant) -> Int64 {
        widths.first { to.msSince(from) / $0 <= pointsMax } ?? widths[widths.count - 1]
    }

    /// `sample`, `minute`, `hour`, `day`: which of the store's tiers it was read from.
    var tier: String {
        stepMs == 0 ? "sample" : Tier.coarsest(for: stepMs)?.word ?? "minute"
    }

    /// As the script of the pages reads it.
    ///
    /// - Parameter time: tells how far the plant's clocks are ahead of UTC, by which its axis is labelled.
    func json(_ time: PlantTime) -> String {
        func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "null" }
        let rows = points.map { point in
            "[\(point.at.milliseconds),\(number(point.low)),\(number(point.value)),\(number(point.high))]"
        }
        let offsets = time.offsets(from: from, to: to).map { "[\($0.from.milliseconds),\($0.seconds)]" }
        return """
            {"from":\(from.milliseconds),"to":\(to.milliseconds),"step":\(stepMs),"tier":"\(tier)",\
            "stepped":\(isStepped),"offsets":[\(offsets.joined(separator: ","))],\
            "rows":[\(rows.joined(separator: ","))]}
            """
    }
}

extension Snapshot {
    /// The points of a series of numbers between two instants: of a gauge the lowest, mean and highest of each step, of a
    /// counter what it rose by, of movements their sum.
    func line(_ series: Series, from: Instant, to: Instant) throws(StoreFailure) -> ChartLine {
        var line = ChartLine(from: from, to: to)
        line.unit = series.unit
        line.isStepped = series.kind != .gauge
        if to.msSince(from) <= ChartLine.rawMsMax, series.kind == .gauge {
            let run = try samples(series.id, from: from, to: to, limit: ChartLine.samplesMax)
            if !run.truncated, run.expiredBefore == nil {
                line.points = run.samples.compactMap { sample in
                    guard case .number(let value) = sample.value, sample.quality != .bad else { return nil }
                    return ChartLine.Point(at: sample.instant, low: value, value: value, high: value)
                }
                return line
            }
        }
        line.stepMs = ChartLine.width(from, to)
        let steps = try steps(series, line)
        var shown: Double?
        line.points = steps.map { bucket in
            switch series.kind {
            case .gauge, .state:
                return ChartLine.Point(
                    at: bucket.start,
                    low: bucket.low,
                    value: bucket.sum / Double(bucket.count),
                    high: bucket.high
                )
            case .counter, .delta:
                let joint = shown.map { bucket.first < $0 ? bucket.first : bucket.first - $0 } ?? 0
                shown = bucket.last
                let rise = series.kind == .delta ? bucket.sum : bucket.increase + joint
                return ChartLine.Point(at: bucket.start, low: rise, value: rise, high: rise)
            }
        }
        return line
    }

    /// Buckets of a line's width, of the coarsest tier that fits it.
    func steps(_ series: Series, _ line: ChartLine) throws(StoreFailure) -> [Bucket] {
        let first = line.from.floored(toMs: line.stepMs)
        let tier = Tier.coarsest(for: line.stepMs) ?? .minute
        var steps: [Bucket] = []
        for part in try buckets(series.id, tier, from: first, to: line.to) {
            let start = part.start.floored(toMs: line.stepMs)
            if steps.last?.start != start {
                steps.append(
                    Bucket(start: start, widthMs: line.stepMs, countsFalls: series.kind == .counter)
                )
            }
            steps[steps.count - 1].merge(part)
        }
        return steps.filter { $0.count > 0 }
    }
}
