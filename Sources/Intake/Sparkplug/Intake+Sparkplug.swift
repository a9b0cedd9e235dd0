public import Readings

/// What operators want of Sparkplug's edge nodes. Each is done on the link's thread, between two batches or within a
/// second while no message comes; `answer` is called there. What is returned takes the wish back, and says whether it was
/// not begun.
extension Intake {
    /// More nodes are not listed at once.
    public static let sparkplugNodesMax = 1000

    /// The edge nodes that were heard of, in that order, at most ``sparkplugNodesMax``.
    public func sparkplugNodes(answer: @escaping @Sendable ([SparkplugNodeStatus]) -> Void)
        -> @Sendable () -> Bool
    {
        errands.give(
            .sparkplug { host, _ in
                answer(host.nodes.prefix(Self.sparkplugNodesMax).map { host.status(of: $0) })
            }
        )
    }

    /// Asks a node for its births, however lately it was asked.
    ///
    /// - Parameters:
    ///   - node: `group/node`.
    ///   - answer: gets why it was not asked; nil when it was.
    public func sparkplugRebirth(
        _ node: String,
        answer: @escaping @Sendable (SparkplugCommandFailure?) -> Void
    ) -> @Sendable () -> Bool {
        errands.give(
            .sparkplug { host, now in
                do throws(SparkplugCommandFailure) {
                    try host.rebirth(node, at: now)
                    answer(nil)
                } catch {
                    answer(error)
                }
            }
        )
    }

    /// Writes a metric of a node or device: sends it the command.
    ///
    /// - Parameters:
    ///   - name: `group/node` or `group/node/device`.
    ///   - metric: as its birth names it.
    ///   - value: as a text of the birth's datatype.
    ///   - answer: gets why it was not sent; nil when it was.
    public func sparkplugCommand(
        _ name: String,
        _ metric: String,
        _ value: String,
        answer: @escaping @Sendable (SparkplugCommandFailure?) -> Void
    ) -> @Sendable () -> Bool {
        errands.give(
            .sparkplug { host, now in
                do throws(SparkplugCommandFailure) {
                    let message = try host.command(name, metric, value, at: now)
                    host.outgoing.append(.message(message))
                    answer(nil)
                } catch {
                    answer(error)
                }
            }
        )
    }
}

/// An edge node as its host knows it.
public struct SparkplugNodeStatus: Hashable, Sendable {
    /// The node itself, or a device below it.
    public struct Device: Hashable, Sendable {
        /// `group/node` or `group/node/device`.
        public let name: String
        /// `alive`, `dead`, `awaited` (its node was born anew, its own birth must follow) or `unborn`.
        public let state: String
        /// In its last birth, those of templates included.
        public let metricCount: Int
    }

    /// `group/node`.
    public let name: String
    /// Its birth came, and no death since.
    public let isOnline: Bool
    /// Of its session; nil when its birth named none.
    public let bdSeq: UInt64?
    /// Messages that wait for others.
    public let heldCount: Int
    /// When it was last asked for its births; nil when never.
    public let asked: Instant?
    /// The node itself first.
    public let devices: [Device]
}

extension SparkplugHost {
    func status(of node: SparkplugNode) -> SparkplugNodeStatus {
        SparkplugNodeStatus(
            name: "\(node.group)/\(node.name)",
            isOnline: node.isBorn,
            bdSeq: node.bdSeq,
            heldCount: node.held.count,
            asked: node.asked == .distantPast ? nil : node.asked,
            devices: ([node.own] + node.devices.filter { $0 != node.own }).map { place in
                SparkplugNodeStatus.Device(
                    name: devices[place].name,
                    state: "\(devices[place].state)",
                    metricCount: devices[place].entries.count
                )
            }
        )
    }
}
