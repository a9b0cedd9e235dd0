import Bus
import Intake
import Readings

extension Rooms {
    /// The edge nodes with their devices.
    func sparkplugNodes() async throws(DeskRefusal) -> [SparkplugNodeRow] {
        let now = clock()
        let nodes = try await onLink { answer in intake.sparkplugNodes(answer: answer) }
        return nodes.map { node in
            SparkplugNodeRow(
                node: node.name,
                online: node.isOnline,
                bdSeq: node.bdSeq,
                held: node.heldCount,
                rebirthAskedAgeSeconds: node.asked.map { max(0, Double(now.msSince($0)) / 1000) },
                devices: node.devices.map {
                    SparkplugNodeRow.Device(name: $0.name, state: $0.state, metrics: $0.metricCount)
                }
            )
        }
    }

    /// Asks a node for its births.
    func sparkplugRebirth(_ words: [String: String]) async throws(DeskRefusal) -> SparkplugSent {
        let node = try need("node", words)
        try requireVoice()
        let failure = try await onLink { answer in intake.sparkplugRebirth(node, answer: answer) }
        if let failure { throw DeskRefusal(failure.description) }
        return SparkplugSent(node: node, metric: "Node Control/Rebirth", value: "true")
    }

    /// Writes a metric of a node or device.
    func sparkplugCommand(_ words: [String: String]) async throws(DeskRefusal) -> SparkplugSent {
        let (node, metric, value) = (
            try need("node", words), try need("metric", words), try need("value", words)
        )
        try requireVoice()
        let failure = try await onLink { answer in
            intake.sparkplugCommand(node, metric, value, answer: answer)
        }
        if let failure { throw DeskRefusal(failure.description) }
        return SparkplugSent(node: node, metric: metric, value: value)
    }

    private func need(_ name: String, _ words: [String: String]) throws(DeskRefusal) -> String {
        guard let word = words[name] else { throw DeskRefusal("\(name) is missing") }
        return word
    }

    /// A command that waited for its link and came late would do harm.
    private func requireVoice() throws(DeskRefusal) {
        guard let voice = sparkplug() else { throw DeskRefusal(SparkplugCommandFailure.silent.description) }
        guard voice.state == .online else {
            throw DeskRefusal(
                "nothing is sent: the link that speaks for the host is \(voice.state.word)"
                    + (voice.lastError.map { " (\($0))" } ?? "") + "; try again when it is online"
            )
        }
    }
}

extension StatusReport.Sparkplug {
    /// Nil where nothing of Sparkplug is spoken or heard.
    init?(_ figures: SparkplugStatus, voice: LinkStatus?) {
        guard figures.nodes > 0 || voice != nil else { return nil }
        self.init(
            voice: voice?.state.word,
            nodes: figures.nodes,
            nodesOnline: figures.nodesOnline,
            devices: figures.devices,
            devicesOnline: figures.devicesOnline,
            rebirthsAsked: figures.rebirthsAsked,
            rebirthsUnasked: figures.rebirthsUnasked,
            held: figures.held,
            gaps: figures.gaps,
            complaints: Dictionary(
                uniqueKeysWithValues: figures.complaints.map { ($0.key.rawValue, $0.value) }
            )
        )
    }
}
