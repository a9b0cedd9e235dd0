import Plant
import Readings

/// Small drawings made here, so that pages tell something without a script and without dygraphs.
enum Picture {
    /// A line with the band between its lowest and highest values.
    static func chart(_ line: ChartLine, _ title: String) -> Markup {
        "<svg viewBox=\"0 0 600 160\" preserveAspectRatio=none role=img aria-label=\"\(title)\">\(shapes(line, 600, 160))</svg>"
    }

    /// As high as a line of text.
    static func spark(_ line: ChartLine) -> Markup {
        guard let first = line.points.first?.at, let last = line.points.last?.at, first < last else {
            return ""
        }
        // From end to end: there are no times to read off.
        var whole = ChartLine(from: first, to: last)
        (whole.points, whole.isStepped) = (line.points, line.isStepped)
        return """
            <svg class=spark viewBox="0 0 120 24" preserveAspectRatio=none aria-hidden=true>\(shapes(whole, 120, 24))</svg>
            """
    }

    private static func shapes(_ line: ChartLine, _ width: Double, _ height: Double) -> Markup {
        let low = line.points.reduce(Double.infinity) { min($0, $1.low) }
        let high = line.points.reduce(-Double.infinity) { max($0, $1.high) }
        let span = high > low ? high - low : max(1, high.magnitude)
        let bottom = high > low ? low : low - span / 2
        let duration = Double(max(1, line.to.msSince(line.from)))
        func x(_ at: Instant) -> String { tenth(Double(at.msSince(line.from)) / duration * width) }
        func y(_ value: Double) -> String { tenth(height - 3 - (value - bottom) / span * (height - 6)) }
        var path = ""
        for (index, point) in line.points.enumerated() {
            if index == 0 {
                path = "M\(x(point.at)) \(y(point.value))"
            } else if line.isStepped {
                path += "H\(x(point.at))V\(y(point.value))"
            } else {
                path += "L\(x(point.at)) \(y(point.value))"
            }
        }
        let hasBand = line.points.contains { $0.low < $0.high }
        var band = ""
        if hasBand {
            let top = line.points.map { "\(x($0.at)) \(y($0.high))" }.joined(separator: "L")
            let base = line.points.reversed().map { "\(x($0.at)) \(y($0.low))" }.joined(separator: "L")
            band = "M\(top)L\(base)Z"
        }
        let shade: Markup = hasBand ? "<path class=band d=\"\(band)\"/>" : ""
        return "\(shade)<path class=line d=\"\(path)\"/>"
    }

    /// What a machine did, step by step: columns of the shares of time, the activities of a colour each.
    static func states(
        _ shares: [(at: Instant, [(Activity, Double)])],
        from: Instant,
        to: Instant,
        stepMs: Int64,
        _ title: String
    )
        -> Markup
    {
        let duration = Double(to.msSince(from))
        let width = Double(stepMs) / duration * 600
        var columns: Markup = ""
        for (at, parts) in shares {
            let left = tenth(Double(at.msSince(from)) / duration * 600)
            var top = 0.0
            for (activity, share) in parts where share > 0 {
                columns += """
                    <rect class=\(activity.rawValue) x=\(left) y=\(tenth(top * 40)) width=\(tenth(width + 0.2)) \
                    height=\(tenth(share * 40))></rect>
                    """
                top += share
            }
        }
        return """
            <svg class=states viewBox="0 0 600 40" preserveAspectRatio=none role=img aria-label="\(title)">\(columns)</svg>
            """
    }

    /// One decimal is a tenth of a pixel.
    private static func tenth(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths.isMultiple(of: 10) ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
    }
}
