import Readings

/// Three hours of a made-up plant: levels, counters that begin again, flags, series that pause, and numbers that are
/// none.
struct PromPlant {
    struct Line {
        var metric: String
        var site: String
        var asset: String
        var lot: String?
        var isCounter = false
        var samples: [(ms: Int64, value: Double)] = []

        /// As OpenMetrics writes it.
        var openMetrics: [String] {
            var labels = ["site=\"\(site)\"", "asset=\"\(asset)\""]
            if let lot { labels.append("lot=\"\(lot)\"") }
            let name = "\(metric){\(labels.joined(separator: ","))}"
            return samples.map { sample in
                let text =
                    sample.value.isNaN
                    ? "NaN"
                    : sample.value.isInfinite
                        ? (sample.value > 0 ? "+Inf" : "-Inf")
                        : "\(sample.value)"
                return "\(name) \(text) \(Double(sample.ms) / 1000)"
            }
        }
    }

    /// Not at an even hour, so that Prometheus has blocks with borders within.
    static let startMs: Int64 = 1_700_003_725_000
    static let endMs = startMs + 3 * 3_600_000

    var lines: [Line] = []

    init(with random: inout SeededRandom) {
        for site in ["ota", "sakai"] {
            for asset in ["press-1", "press-2", "炉/1"] {
                lines.append(level("temperature", site, asset, nil, everyMs: 15_000, with: &random))
                lines.append(counter("pieces_total", site, asset, nil, with: &random))
                lines.append(flag("running", site, asset, with: &random))
            }
            for lot in ["A", "B"] {
                lines.append(level("stock", site, "shelf", lot, everyMs: 60_000, with: &random))
                lines.append(counter("energy_kwh_total", site, "meter", lot, with: &random))
            }
            lines.append(level("temperature_limit", site, "", nil, everyMs: 240_000, with: &random))
            lines.append(level("rare", site, "gauge", nil, everyMs: 420_000, with: &random))
            lines.append(odd("odd", site, with: &random))
        }
    }

    /// Stamps some way apart, in quarters of a second, which a float holds exactly; now and then nothing for a while.
    private func stamps(everyMs: Int64, with random: inout SeededRandom) -> [Int64] {
        var stamps: [Int64] = []
        var stamp = PromPlant.startMs + 250 * Int64.random(in: 0...60, using: &random)
        while stamp < PromPlant.endMs {
            stamps.append(stamp)
            stamp += everyMs / 4 * 3 + 250 * Int64.random(in: 0...(everyMs / 500), using: &random)
            if Int.random(in: 0..<80, using: &random) == 0 {
                stamp += 60_000 * Int64.random(in: 2...9, using: &random)
            }
        }
        return stamps
    }

    private func level(
        _ metric: String,
        _ site: String,
        _ asset: String,
        _ lot: String?,
        everyMs: Int64,
        with random: inout SeededRandom
    ) -> Line {
        var value = Double.random(in: 10...90, using: &random)
        var line = Line(metric: metric, site: site, asset: asset, lot: lot)
        for stamp in stamps(everyMs: everyMs, with: &random) {
            value += Double.random(in: -2...2, using: &random)
            line.samples.append((stamp, (value * 100).rounded() / 100))
        }
        return line
    }

    private func counter(
        _ metric: String,
        _ site: String,
        _ asset: String,
        _ lot: String?,
        with random: inout SeededRandom
    ) -> Line {
        var value = Double.random(in: 0...100, using: &random)
        var line = Line(metric: metric, site: site, asset: asset, lot: lot, isCounter: true)
        for stamp in stamps(everyMs: 15_000, with: &random) {
            value += Double(Int.random(in: 0...12, using: &random)) * 0.25
            if Int.random(in: 0..<120, using: &random) == 0 { value = 0 }
            line.samples.append((stamp, value))
        }
        return line
    }

    private func flag(_ metric: String, _ site: String, _ asset: String, with random: inout SeededRandom)
        -> Line
    {
        var line = Line(metric: metric, site: site, asset: asset)
        for stamp in stamps(everyMs: 30_000, with: &random) {
            line.samples.append((stamp, Bool.random(using: &random) ? 1 : 0))
        }
        return line
    }

    private func odd(_ metric: String, _ site: String, with random: inout SeededRandom) -> Line {
        var line = Line(metric: metric, site: site, asset: "odd")
        for stamp in stamps(everyMs: 30_000, with: &random) {
            let values = [Double.nan, .infinity, -.infinity, 0, -0.0, 1e300, -1e300, 5, -5, 1e-300]
            line.samples.append((stamp, values.randomElement(using: &random) ?? 0))
        }
        return line
    }
}
