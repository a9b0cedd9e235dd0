import Readings

/// What an intake line needs for Sparkplug: the host, the payload at hand, and what its devices said last.
struct SparkplugDesk: Sendable {
    var host: SparkplugHost
    var payload: SparkplugPayload
    var lasts = LastValues()
    /// Whose message is being read; −1 while none of Sparkplug's is.
    var device = -1

    /// Whether a metric is being read.
    var isActive: Bool { device >= 0 }

    init(_ options: RuleSetOptions) {
        host = SparkplugHost(options.sparkplug)
        payload = Self.payload(options)
    }

    /// Takes other limits; the host and what it knows stay.
    mutating func adopt(_ options: RuleSetOptions) {
        payload = Self.payload(options)
    }

    private static func payload(_ options: RuleSetOptions) -> SparkplugPayload {
        // A table of 10 000 cells needs as many elements, and a metric about three.
        SparkplugPayload(
            nestingMax: options.nestingMax,
            elementsMax: max(1000, options.readingsPerMessageMax * 10)
        )
    }
}
