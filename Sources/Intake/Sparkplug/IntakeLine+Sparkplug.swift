import Readings

extension IntakeLine {
    /// Takes a message of a topic whose rule reads Sparkplug: through the host first, which says whether it counts
    /// now, and whose it is.
    mutating func takeSparkplug(_ text: Span<UInt8>, _ payload: Span<UInt8>) {
        let arrival = SparkplugArrival(now: now, qos: qos, isRetained: isRetained)
        sparkplug(text, payload, arrival)
        _ = desk.host.tick(now)
        releaseSparkplug()
    }

    /// Time passes: what has waited long enough is read.
    ///
    /// - Returns: whether there is something to settle.
    mutating func tickSparkplug(_ now: Instant) -> Bool {
        guard desk.host.tick(now) || !desk.host.outgoing.isEmpty else { return false }
        open(now)
        releaseSparkplug()
        return true
    }

    /// The link broke: what the edge nodes said is of unknown age from here on.
    mutating func loseSparkplug(_ now: Instant) {
        open(now)
        desk.host.lost(at: now)
        markStale()
    }

    private mutating func open(_ now: Instant) {
        self.now = now
        qos = 0
        if batch.messageCount == 0, batch.isEmpty { batch.opened = now }
    }

    private mutating func sparkplug(_ text: Span<UInt8>, _ payload: Span<UInt8>, _ arrival: SparkplugArrival)
    {
        guard let topic = SparkplugTopic(text) else {
            return dead(.spbTopic, "not spBv1.0/group/type/node or …/device", rule: firstRuleName)
        }
        if topic.kind == .state { return state(text, payload) }
        do throws(DecodeFailure) {
            try desk.payload.read(payload)
        } catch {
            desk.host.spoiled(topic, text, at: arrival.now)
            return dead(.decode, error.description, rule: firstRuleName)
        }
        let verdict = desk.host.take(topic, text, &desk.payload, payload, arrival)
        markStale()
        switch verdict {
        case .read(let device, let unknown):
            desk.device = device
            read(payload)
            desk.device = -1
            if unknown > 0 { tellUnknown(device, unknown, payload) }
        case .refused(let reason, let detail): dead(reason, detail, rule: firstRuleName)
        case .held, .died, .passed: break
        }
    }

    /// Somebody, perhaps the will of our own earlier connection, says that we are gone.
    private mutating func state(_ text: Span<UInt8>, _ payload: Span<UInt8>) {
        guard text.holdsSame(as: table.stateTopic.span) else { return }
        scene.document.load(payload)
        do throws(DecodeFailure) {
            try JSONDecoder(nestingMax: 4).decode(&scene.document)
        } catch {
            return
        }
        for node in scene.document.nodes where node.kind == .no {
            guard scene.document.bytes.span.extracting(node.key.indices).isWord("online") else { continue }
            desk.host.outgoing.append(.stateDenied)
            return
        }
    }

    /// Reads the messages whose turn has come.
    private mutating func releaseSparkplug() {
        if !desk.host.released.isEmpty {
            let arrived = now
            leaveRoute()
            while let held = desk.host.next() {
                now = held.arrival
                isRetained = held.isRetained
                let firstLetter = batch.deadLetters.count
                scene.begin(topic: held.topic.span)
                findRoute(held.topic.span)
                let arrival = SparkplugArrival(
                    now: held.arrival,
                    isRetained: held.isRetained,
                    isReleased: true
                )
                sparkplug(held.topic.span, held.payload.span, arrival)
                tellGaps()
                complete(batch.deadLetters.indices[firstLetter...], held.payload.span)
                leaveRoute()
            }
            now = arrived
            isLasting = true
        }
        tellGaps()
    }

    private mutating func tellGaps() {
        for gap in desk.host.gaps { dead(.spbSeq, gap, rule: firstRuleName) }
        desk.host.gaps.removeAll()
    }

    private mutating func tellUnknown(_ device: Int, _ count: Int, _ payload: Span<UInt8>) {
        guard let metric = desk.payload.metrics.first(where: { $0.entry < 0 }) else { return }
        let name =
            metric.marks.contains(.name)
            ? Fault.quote(payload.extracting(metric.name.indices))
            : metric.marks.contains(.alias) ? "alias \(metric.alias)" : "a metric without name and alias"
        let more = count > 1 ? " and \(count - 1) more" : ""
        let owner = desk.host.devices[device].name
        dead(.spbUnknownAlias, "\(name)\(more): not in the birth of \(owner)", rule: firstRuleName)
    }

    /// Says again, as stale, what devices that died said last.
    private mutating func markStale() {
        for (device, since) in desk.host.stale {
            let readings = desk.lasts.die(device, at: since)
            batch.readings.append(contentsOf: readings)
            status.readings += UInt64(readings.count)
        }
        desk.host.stale.removeAll()
    }

    /// Writes the metrics of the message at hand into the document.
    mutating func writeSparkplug(_ payload: Span<UInt8>) {
        var scribe = SparkplugScribe()
        scribe.write(desk.payload, of: desk.host.devices[desk.device], payload, into: &scene.document)
    }

    /// What the metric around the reading at hand says of itself; empty outside of Sparkplug.
    var metricMark: Node.Mark {
        for frame in scene.frames.reversed() {
            let mark = scene.document.nodes[frame.node].mark
            if mark.contains(.metric) { return mark }
        }
        return []
    }

    /// Notes a reading that was made of a metric.
    mutating func noteSparkplug(_ reading: Reading) {
        guard desk.lasts.note(reading, of: desk.device) else { return }
        // It came back, but was stamped before it was stale: it holds from its arrival on.
        var again = reading
        again.instant = max(now, reading.instant.advanced(byMs: 1))
        again.timeSource = .arrival
        batch.readings.append(again)
    }
}
