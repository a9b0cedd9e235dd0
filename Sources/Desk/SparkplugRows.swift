/// An edge node: a line of `GET /v1/sparkplug/nodes`.
public struct SparkplugNodeRow: Codable, Sendable {
    /// `group/node`.
    public var node: String
    /// Its birth came, and no death since.
    public var online: Bool
    /// Of its session; nil when its birth named none.
    public var bdSeq: UInt64?
    /// Messages that wait for others.
    public var held: Int
    /// Since it was last asked for its births; nil when never.
    public var rebirthAskedAgeSeconds: Double?
    /// The node itself first.
    public var devices: [Device]

    /// The node itself, or a device below it.
    public struct Device: Codable, Sendable {
        /// `group/node` or `group/node/device`.
        public var name: String
        /// `alive`, `dead`, `awaited` or `unborn`.
        public var state: String
        /// In its last birth.
        public var metrics: Int
    }
}

/// What `POST /v1/sparkplug/rebirth` and `…/command` answer: what was sent.
public struct SparkplugSent: Codable, Sendable {
    /// To whom.
    public var node: String
    /// Which metric.
    public var metric: String
    /// As it was given.
    public var value: String
}
