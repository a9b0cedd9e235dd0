import Readings

/// The faults of the file at hand.
struct FileNotes {
    var outcome: FileOutcome
    private var lines = LineCount()
    private var counted = 0

    init(rule: String) {
        outcome = FileOutcome(rule: rule)
    }

    /// The 1-based line of a byte.
    mutating func line(at position: Int, in bytes: Span<UInt8>) -> Int {
        // A second path of `each` begins at the top again.
        if position < counted { lines = LineCount() }
        counted = position
        return lines.line(at: min(position, bytes.count), in: bytes)
    }
}

extension IntakeLine {
    /// Takes a dropped file into the batch, as one message of its rule.
    ///
    /// - Parameter bytes: the file's size where it is too large to be read; then there is no content.
    ///
    /// Its mark is one of the batch's movements: the file is read before if and only if its readings are durable.
    mutating func takeFile(
        _ topic: Span<UInt8>,
        rule: String,
        _ content: Span<UInt8>,
        bytes: Int? = nil,
        _ hash: ContentHash,
        now: Instant
    ) -> FileOutcome {
        (self.now, qos, isRetained) = (now, 1, false)
        if batch.messageCount == 0, batch.isEmpty { batch.opened = now }
        var outcome = FileOutcome(rule: rule)
        let mark =
            UInt128(ByteHash.hash(topic, seed: hash.high)) << 64
            | UInt128(ByteHash.hash(topic, seed: hash.low))
        guard marks.count(mark, at: now) else {
            outcome.isNew = false
            return outcome
        }
        batch.movements.append(Movement(mark: mark, instant: now))
        batch.messageCount += 1
        status.files += 1
        let (readings, letters) = (batch.readings.count, batch.deadLetters.count)
        fileNotes = FileNotes(rule: rule)
        scene.begin(topic: topic)
        scene.frames.removeAll(keepingCapacity: true)
        findRoute(topic)
        if let bytes {
            let most = table.options.payloadBytesMax
            dead(.tooLarge, "\(bytes) bytes; at most \(most)", rule: rule)
        } else if content.count > 0 {
            read(content)
        }
        leaveRoute()
        if batch.deadLetters.count > letters {
            complete(letters..<batch.deadLetters.count, content, bytes: bytes ?? content.count)
        }
        outcome = fileNotes?.outcome ?? outcome
        outcome.readings = batch.readings.count - readings
        fileNotes = nil
        return outcome
    }

    /// Notes what was wrong, and in which line of the file.
    mutating func noteFileFault(_ reason: DeadReason, _ detail: String) {
        guard var notes = fileNotes else { return }
        fileNotes = nil
        notes.outcome.faultCount += 1
        if notes.outcome.faults.count < FileOutcome.faultsMax {
            var line: Int?
            if let record = scene.frames.first(where: \.isElement), record.node < scene.document.nodes.count {
                let node = scene.document.nodes[record.node]
                let start = node.kind == .broken ? node.keyStart : node.start
                line = notes.line(at: Int(start), in: scene.document.bytes.span)
            }
            notes.outcome.faults.append(FileFault(line: line, reason: reason, detail: detail))
        }
        fileNotes = notes
    }
}
