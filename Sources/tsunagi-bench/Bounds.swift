/// What `tsunagi-bench store` holds the ring store to, and where more is better.
///
/// W1 is laid out like the recordings, W2 is the synthetic factory: 10,000 series of 720 samples.
enum Bounds {
    private static let byFigure: [String: Bound] = [
        "W1 bytes on disk per sample": .most(1.95, stretch: 1.8),
        "W2 bytes on disk per sample": .most(0.65, stretch: 0.6),
        "W2 ingest, samples per CPU second": .least(10e6),
        "sync per 1,000: samples per second": .least(3e6),
        "latest of 1,000 series": .most(0.5),
        "1 h raw of one series": .most(0.015),
        "24 h of minutes of 100 series": .most(4),
        "memory per idle series, of a million": .most(512),
        "memory per active series at most, of a million": .most(1024),
        "memory per active series at most, step from 1k to 10k": .most(1024),
        "memory per active series at most, step from 10k to 100k": .most(1024),
        "memory per active series at most, step from 100k to 1M": .most(1024),
        "memory of 1M active series at most": .most(1e9),
        "kill -9 to the first answer": .most(15),
        "acknowledged samples lost by the kill": .most(0),
        "W1 samples with other bits, of a million": .most(0),
        "W2 samples with other bits, of a million": .most(0),
    ]

    /// What a figure must hold; nil where nothing was promised.
    static func bound(of figure: String) -> Bound? { byFigure[figure] }

    /// Whether the larger value is the better one.
    static func isMoreBetter(_ figure: String, unit: String) -> Bool {
        unit == "1/s" || byFigure[figure]?.isFloor == true
    }

    /// Figures of which no value is better than another: what is settled later may have been done before.
    static let unranked: Set<String> = [
        "series at the kill", "acknowledged samples at the kill", "W2 settling, CPU per million samples",
    ]

    /// The figures with a bound, by name.
    static var figures: [String] { byFigure.keys.sorted() }
}
