/// What a command's figures must hold, and where more is better.
struct Bounds {
    private let byFigure: [String: Bound]
    /// Figures of which no value is better than another: what is settled later may have been done before.
    var unranked: Set<String> = []

    private init(_ byFigure: [String: Bound]) {
        self.byFigure = byFigure
    }

    /// What a figure must hold; nil where nothing was promised.
    func bound(of figure: String) -> Bound? { byFigure[figure] }

    /// Whether the larger value is the better one.
    func isMoreBetter(_ figure: String, unit: String) -> Bool {
        unit == "1/s" || byFigure[figure]?.isFloor == true
    }

    /// The figures with a bound, by name.
    var figures: [String] { byFigure.keys.sorted() }

    /// For a smoke test, whose figures prove nothing.
    static let none = Bounds([:])
}

extension Bounds {
    /// What `tsunagi-bench store` holds the ring store to.
    ///
    /// W1 is laid out like the recordings, W2 is the synthetic factory: 10,000 series of 720 samples.
    static let store: Bounds = {
        var bounds = Bounds([
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
        ])
        bounds.unranked = [
            "series at the kill", "acknowledged samples at the kill", "W2 settling, CPU per million samples",
        ]
        return bounds
    }()

    /// What `tsunagi-bench bus` holds the daemon to.
    static let bus = Bounds([
        "live, messages per second": .least(0.95, ofPeer: true),
        "draining, messages per second": .least(0.75, ofPeer: true),
        "draining, CPU per message": .most(1.4, ofPeer: true),
        "steady 1,000 msg/s: messages lost": .most(0),
        "steady 1,000 msg/s: CPU per message": .most(40),
        "steady 1,000 msg/s: publish to durable, p99 at most": .most(15),
        "default broker, 16,000 msg/s: messages lost": .most(0),
        "default broker, 16,000 msg/s: messages per second": .least(15_900),
    ])

    /// What `tsunagi-bench share` holds the releases of 1,000 partners with 10 grants each to.
    static let share = Bounds([
        "release after its instant, p99": .most(1),
        "release before its instant": .most(0),
        "ingest beside it: messages lost": .most(0),
    ])

    /// The same with 100 grants each.
    static let shareAll = Bounds([
        "release after its instant, last": .most(15),
        "release before its instant": .most(0),
        "ingest beside it: messages lost": .most(0),
    ])

    /// What `tsunagi-bench topics` holds the daemon to.
    static let topics = Bounds(["memory with 100k topics": .most(200)])

    /// What `tsunagi-bench decode` holds the decoders to.
    static let decode = Bounds([
        "scalars decoded": .least(20e6),
        "100-byte JSON with 3 numbers decoded": .least(2e6),
        "Sparkplug metrics by alias decoded": .least(1.5e6),
    ])
}
