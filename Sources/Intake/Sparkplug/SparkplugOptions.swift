/// What the gateway is to Sparkplug's edge nodes.
public enum SparkplugRole: String, Hashable, Sendable, CaseIterable {
    /// Listens and says nothing: a subscriber, not a host in the specification's sense.
    case passive
    /// Says on STATE whether it is there, and asks edge nodes for births that it missed.
    case active
    /// The same, and edge nodes are set up to wait for it.
    case primary
}

/// What `sparkplug:` of a configuration says.
public struct SparkplugOptions: Hashable, Sendable {
    /// The last level of the STATE topic; unique among all hosts of a broker.
    public var hostID = "TSUNAGI"
    /// Whether we speak.
    public var role = SparkplugRole.passive
    /// How long a message waits for those that should have come before it, 0 … 60 s; 0 waits for none.
    public var reorderTimeoutMs: Int64 = 2000
    /// Between two requests to one edge node, 1 … 3600 s.
    public var rebirthMinMs: Int64 = 5000

    /// A passive listener that waits for two seconds.
    public init() {}
}
