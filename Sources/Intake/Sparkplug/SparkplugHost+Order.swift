import Readings

/// The order of messages, and requests for births.
extension SparkplugHost {
    /// Frees what has waited long enough, and asks whom it is time to ask.
    ///
    /// - Returns: whether anything was freed.
    mutating func tick(_ now: Instant) -> Bool {
        if waiting.isEmpty, due.isEmpty { return false }
        for node in waiting {
            guard let first = nodes[node].held.first else { continue }
            if now.msSince(first.arrival) >= options.reorderTimeoutMs { giveUp(node, at: now) }
        }
        waiting.removeAll { nodes[$0].held.isEmpty }
        let pending = due
        due.removeAll()
        for node in pending where nodes[node].isAskDue {
            nodes[node].isAskDue = false
            ask(node, at: now)
        }
        return !released.isEmpty
    }

    /// Whether a message must wait, or is a repetition; if not, it counts, and those behind it are freed.
    ///
    /// A message of QoS 1 is acknowledged with the batch that it came in, and so must be durable with it: it never
    /// waits, but keeps its place in the order.
    mutating func isOutOfTurn(
        _ node: Int,
        _ seq: UInt64?,
        _ text: Span<UInt8>,
        _ bytes: Span<UInt8>,
        _ arrival: SparkplugArrival
    ) -> Bool {
        if arrival.isReleased { return false }
        guard let seq = seq.flatMap({ UInt8(exactly: $0) }) else {
            status.complain(.seqMissing)
            return false
        }
        guard let expected = nodes[node].expected, !arrival.isRetained else {
            if !arrival.isRetained { nodes[node].expected = seq &+ 1 }
            return false
        }
        if seq == expected {
            nodes[node].expected = seq &+ 1
            if !nodes[node].held.isEmpty { nodes[node].takeFollowing(into: &released) }
            return false
        }
        if options.reorderTimeoutMs == 0 {
            nodes[node].expected = seq &+ 1
            noteGap(node, from: expected, to: seq, at: arrival.now)
            return false
        }
        if nodes[node].held.contains(where: { $0.seq == seq }) {
            status.complain(.seqRepeated)
            return true
        }
        let isRead = arrival.qos > 0
        hold(node, seq, text, isRead ? bytes.extracting(0..<0) : bytes, arrival, isRead: isRead)
        return !isRead
    }

    private mutating func hold(
        _ node: Int,
        _ seq: UInt8,
        _ text: Span<UInt8>,
        _ bytes: Span<UInt8>,
        _ arrival: SparkplugArrival,
        isRead: Bool
    ) {
        status.held += isRead ? 0 : 1
        if nodes[node].held.isEmpty { waiting.append(node) }
        nodes[node].held.append(copy(text, bytes, seq, arrival, isRead: isRead))
        nodes[node].heldBytes += bytes.count
        if nodes[node].held.count >= SparkplugNode.heldMax
            || nodes[node].heldBytes > SparkplugNode.heldBytesMax
        {
            giveUp(node, at: arrival.now)
        }
    }

    private func copy(
        _ text: Span<UInt8>,
        _ bytes: Span<UInt8>,
        _ seq: UInt8,
        _ arrival: SparkplugArrival,
        isRead: Bool
    ) -> SparkplugHeld {
        var topic: [UInt8] = []
        topic.append(copying: text)
        var payload: [UInt8] = []
        payload.append(copying: bytes)
        return SparkplugHeld(
            topic: topic,
            payload: payload,
            seq: seq,
            arrival: arrival.now,
            isRetained: arrival.isRetained,
            isRead: isRead
        )
    }

    /// What is missing will not come: all that waits has its turn, and the node is asked for its births.
    private mutating func giveUp(_ node: Int, at now: Instant) {
        let expected = nodes[node].expected ?? 0
        let held = nodes[node].takeHeld()
        guard let first = held.first else { return }
        released += held
        noteGap(node, from: expected, to: first.seq, at: now)
    }

    private mutating func noteGap(_ node: Int, from expected: UInt8, to seq: UInt8, at now: Instant) {
        status.gaps += 1
        if gaps.count < 100 {
            gaps.append("\(nodes[node].group)/\(nodes[node].name): seq \(seq) came, \(expected) was due")
        }
        ask(node, at: now)
    }

    /// A birth or death of the node ends the order that others wait in: they have their turn first, and it behind
    /// them.
    ///
    /// - Returns: whether any waited.
    mutating func releaseBefore(
        _ node: Int,
        _ text: Span<UInt8>,
        _ bytes: Span<UInt8>,
        _ arrival: SparkplugArrival
    ) -> Bool {
        guard !arrival.isReleased, !nodes[node].held.isEmpty else { return false }
        released += nodes[node].takeHeld()
        waiting.removeAll { $0 == node }
        released.append(copy(text, bytes, 0, arrival, isRead: false))
        return true
    }

    /// A birth sets what the next message must be.
    ///
    /// - Parameter isKnown: false for the broker's copy of a birth: the node has said more since.
    mutating func expect(_ node: Int, after seq: UInt64?, isKnown: Bool) {
        let seq = seq.flatMap { UInt8(exactly: $0) }
        if seq == nil { status.complain(.seqMissing) }
        nodes[node].expected = isKnown ? seq.map { $0 &+ 1 } : nil
    }

    // MARK: Asking for births

    /// Asks a node for its births, unless that was done just now: then it is asked later.
    mutating func ask(_ node: Int, at now: Instant) {
        guard options.role != .passive else {
            status.rebirthsUnasked += 1
            return
        }
        guard now.msSince(nodes[node].asked) >= options.rebirthMinMs else {
            if !nodes[node].isAskDue { due.append(node) }
            nodes[node].isAskDue = true
            return
        }
        nodes[node].asked = now
        nodes[node].isAskDue = false
        status.rebirthsAsked += 1
        outgoing.append(
            .message(SparkplugCommand.rebirth(group: nodes[node].group, node: nodes[node].name, at: now))
        )
    }

    /// Asks for what a birth can mend only if the sender changes: once.
    mutating func askOnce(_ node: Int, at now: Instant) {
        guard !nodes[node].isHopeless else { return }
        nodes[node].isHopeless = true
        ask(node, at: now)
    }

    // MARK: The link

    /// The link broke: nobody knows whether what was said last still holds. A passive listener cannot ask, and leaves
    /// values as they are.
    mutating func lost(at now: Instant) {
        guard options.role != .passive else { return }
        for device in devices.indices where devices[device].state == .alive { stale.append((device, now)) }
    }

    /// The link stands again: messages may be missing, and the order begins anew.
    mutating func relinked() {
        for node in nodes.indices {
            nodes[node].isDoubtful = nodes[node].isBorn
            nodes[node].expected = nil
            nodes[node].asked = .distantPast
        }
    }
}
