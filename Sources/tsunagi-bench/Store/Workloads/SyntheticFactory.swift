import Glibc

/// W2: a factory of 1,000 devices with 10 series each, a sample exactly every 10 s.
///
/// Two hours of every device; the first ten reach 22 hours further back. Five kinds in equal parts: counters of
/// pieces, temperatures in tenths, states, stock levels, vibration in thousandths. The same seed gives the same
/// bits everywhere. Its noise is set so that VictoriaMetrics 1.79.5 keeps it in 1.1 bytes per sample.
struct SyntheticFactory {
    static let stepMs: Int64 = 10_000
    /// Two hours.
    static let ticks = 720
    /// 22 hours.
    static let ticksBefore = 7920
    static let linesPerDevice = 10
    /// The first sample that all devices have: 2026-01-05T00:00:00Z.
    static let start: Int64 = 1_767_571_200_000

    /// - Parameters:
    ///   - devices: 1,000 in the workload of the papers.
    ///   - deepDevices: how many of them have the 22 hours more.
    static func workload(devices: Int = 1000, deepDevices: Int = 10, seed: UInt64 = 2) -> Workload {
        var made: [Workload.Device] = []
        for device in 0..<devices {
            let before = device < deepDevices ? ticksBefore : 0
            let lines = (0..<linesPerDevice).map { place -> Workload.Line in
                var noise = Noise(seed: seed &* 0x9E37_79B9 &+ UInt64(device * linesPerDevice + place))
                let values = values(kind: place % 5, count: before + ticks, &noise)
                return Workload.Line(
                    name: "\(kinds[place % 5])-\(place / 5)",
                    isNumeric: true,
                    instants: (0..<values.count).map { start + (Int64($0) - Int64(before)) * stepMs },
                    bits: values.map(\.bitPattern)
                )
            }
            made.append(Workload.Device(name: "machine-\(device)", lines: lines))
        }
        return Workload(name: "W2", devices: made)
    }

    private static let kinds = ["pieces", "temperature", "state", "stock", "vibration"]

    private static func values(kind: Int, count: Int, _ noise: inout Noise) -> [Double] {
        switch kind {
        case 0: pieces(count, &noise)
        case 1: temperatures(count, &noise)
        case 2: states(count, &noise)
        case 3: stock(count, &noise)
        default: vibration(count, &noise)
        }
    }

    /// A total that grows by up to 51 each step while the machine runs, and rests for minutes now and then.
    private static func pieces(_ count: Int, _ noise: inout Noise) -> [Double] {
        var total = noise.below(100_000)
        var resting = 0
        let pace = 12 + noise.below(40)
        return (0..<count).map { _ in
            if resting > 0 {
                resting -= 1
            } else {
                total += noise.below(pace + 1)
                if noise.below(400) == 0 { resting = 6 + noise.below(60) }
            }
            return Double(total)
        }
    }

    /// A walk in tenths of a degree that is drawn back to its level, seen through a noisy sensor.
    private static func temperatures(_ count: Int, _ noise: inout Noise) -> [Double] {
        let level = Double(200 + noise.below(600))
        var walk = level
        return (0..<count).map { _ in
            walk += noise.gaussian() * 1.2 + (level - walk) * 0.002
            return (walk + noise.gaussian() * 5).rounded() / 10
        }
    }

    /// 0 … 4, each for one to twenty minutes.
    private static func states(_ count: Int, _ noise: inout Noise) -> [Double] {
        var state = noise.below(5)
        var left = noise.below(120)
        return (0..<count).map { _ in
            if left == 0 {
                state = (state + 1 + noise.below(4)) % 5
                left = 6 + noise.below(114)
            }
            left -= 1
            return Double(state)
        }
    }

    /// Goods on a shelf: every minute or so some are taken, and a pallet comes when few are left.
    private static func stock(_ count: Int, _ noise: inout Noise) -> [Double] {
        var level = 200 + noise.below(1800)
        return (0..<count).map { _ in
            if noise.below(6) == 0 { level -= 1 + noise.below(40) }
            if level < 100 { level += 500 + 100 * noise.below(16) }
            return Double(level)
        }
    }

    /// Thousandths of a millimetre per second around a level.
    private static func vibration(_ count: Int, _ noise: inout Noise) -> [Double] {
        let level = Double(1500 + noise.below(4000))
        let spread = Double(200 + noise.below(800))
        return (0..<count).map { _ in (level + noise.gaussian() * spread).rounded() / 1000 }
    }
}

/// A seeded source of numbers (SplitMix64): the same everywhere.
struct Noise {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0xBF58_476D_1CE4_E5B9
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 0 ..< `bound`.
    mutating func below(_ bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Nearly normal, mean 0 and deviation 1: twelve uniform numbers, so that no library's logarithm decides.
    mutating func gaussian() -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += Double(next() >> 11) * 0x1p-53 }
        return sum
    }
}
