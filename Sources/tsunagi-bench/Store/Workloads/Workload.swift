/// What is stored in a measurement: devices, the series of each, and their samples.
struct Workload: Sendable {
    /// One line of samples.
    struct Line: Sendable {
        /// Unique within its device.
        var name: String
        /// Whether the bits are those of a `Double`; else they are ids of texts.
        var isNumeric: Bool
        /// Milliseconds since 1970, strictly ascending.
        var instants: [Int64] = []
        /// As many.
        var bits: [UInt64] = []
    }

    /// A machine, a rig, a shop: what shares one clock.
    struct Device: Sendable {
        /// Unique within the workload; `[a-z0-9-]`.
        var name: String
        var lines: [Line]
    }

    /// One sample on its way in.
    struct Sample: Sendable {
        /// Milliseconds since 1970.
        var instant: Int64
        /// The `Double`'s bits, or the id of a text.
        var bits: UInt64
        /// Place in ``Workload/lines``.
        var series: UInt32
    }

    /// `W1` or `W2`.
    var name: String
    var devices: [Device]
    /// Texts by id; empty when no line needs them.
    var texts: [String] = []

    /// All lines, device by device.
    var lines: [Line] { devices.flatMap(\.lines) }

    var seriesCount: Int { devices.reduce(0) { $0 + $1.lines.count } }

    var sampleCount: Int {
        devices.reduce(0) { $0 + $1.lines.reduce(0) { $0 + $1.instants.count } }
    }

    /// Every sample in the order of time, at one instant in the order of the series: as a plant sends them.
    var flow: [Sample] {
        var samples: [Sample] = []
        samples.reserveCapacity(sampleCount)
        for (series, line) in lines.enumerated() {
            for (instant, bits) in zip(line.instants, line.bits) {
                samples.append(Sample(instant: instant, bits: bits, series: UInt32(series)))
            }
        }
        samples.sort { ($0.instant, $0.series) < ($1.instant, $1.series) }
        return samples
    }
}

extension Workload.Sample {
    /// The value as a number: a text counts as its id, which is how the peers that know no text keep it.
    func number(isNumeric: Bool) -> Double {
        isNumeric ? Double(bitPattern: bits) : Double(bits)
    }
}
