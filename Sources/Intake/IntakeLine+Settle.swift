import Codec
import Readings

extension IntakeLine {
    /// The batch is durable: what it did counts from now on, and the next one begins.
    mutating func settle(_ board: IntakeBoard) {
        marks.settle()
        receipts.settle()
        letters.settle()
        isSessionPending = false
        post(board)
        settledStatus = status
        ledger.clearTouches()
        batch.reset(opened: now)
    }

    /// The batch came to nothing: what it did is undone, for the broker will deliver its messages again.
    mutating func abandon() {
        marks.takeBack()
        receipts.takeBack()
        letters.takeBack()
        desk.host.relinked()
        status = settledStatus
        ledger.clearTouches()
        batch.reset(opened: now)
        if isSessionPending { noteSession() }
    }

    /// A link stands.
    mutating func linked(sessionPresent: Bool) {
        desk.host.relinked()
        if sessionPresent {
            receipts.beginRun()
        } else {
            noteSession()
        }
    }

    /// Receipts of the broker's earlier session mean nothing from here on, after a restart neither.
    private mutating func noteSession() {
        receipts.remember(ReceiptRing.newSession)
        batch.receipts.append(ReceiptRing.newSession)
        isSessionPending = true
    }

    /// Puts the figures up for other threads.
    mutating func post(_ board: IntakeBoard) {
        status.routes = routes.routes.count
        status.movementMarks = marks.count
        status.movementMarksForgotten = marks.forgottenEarly
        status.sources = ledger.names.count
        if !desk.host.nodes.isEmpty { status.sparkplug = desk.host.status }
        if letters.total != status.dead {
            status.deadByReason = [:]
            for (reason, total) in zip(DeadReason.allCases, letters.totals) where total > 0 {
                status.deadByReason[reason] = total
            }
        }
        board.post(status, ledger)
    }

    /// Folds in a batch that was durable before a restart.
    mutating func replay(_ batch: Batch, _ board: IntakeBoard) {
        for receipt in batch.receipts { receipts.remember(receipt) }
        for movement in batch.movements { marks.restore(movement) }
        for letter in batch.deadLetters { letters.restore(letter) }
        receipts.settle()
        post(board)
        settledStatus = status
    }

    /// The first byte of a keepsake; another layout gets another number.
    private static var keepsakeVersion: UInt8 { 1 }

    /// What must survive a restart beside the journal: version; receipts (count, then id and hash each);
    /// marks (count, then mark and instant each); dead letters by reason (count, then reason and total each)
    /// and by kind (count, then key, count and instant each). Only what is settled.
    ///
    /// The marks have what the rest leaves of `bytesMax`; the oldest are forgotten for it.
    mutating func keepsake(bytesMax: Int) -> [UInt8] {
        var rest = ByteWriter(capacity: 4096)
        putLetters(into: &rest)
        var writer = ByteWriter(capacity: 64 + marks.count * 24)
        writer.put(Self.keepsakeVersion)
        let settled = receipts.settled
        writer.putVarint(UInt64(settled.count))
        for receipt in settled {
            writer.putVarint(UInt64(receipt.messageID))
            writer.putFixed64(receipt.hash)
        }
        let room = bytesMax - writer.count - rest.count - Self.countBytesMax
        marks.keep(atMost: max(0, room) / Self.markBytesMax)
        writer.putVarint(UInt64(marks.settled.count))
        for movement in marks.settled {
            writer.putFixed64(UInt64(truncatingIfNeeded: movement.mark >> 64))
            writer.putFixed64(UInt64(truncatingIfNeeded: movement.mark))
            writer.putZigZag(movement.instant.milliseconds)
        }
        writer.putRaw(rest.bytes)
        return writer.bytes
    }

    /// The longest varint.
    private static var countBytesMax: Int { 10 }

    /// A mark and the longest instant.
    private static var markBytesMax: Int { 26 }

    private func putLetters(into writer: inout ByteWriter) {
        var letters = letters
        letters.takeBack()
        writer.putVarint(UInt64(DeadReason.allCases.count))
        for (reason, total) in zip(DeadReason.allCases, letters.totals) {
            writer.putText(reason.rawValue)
            writer.putVarint(total)
        }
        let entries = letters.entries.sorted { $0.key < $1.key }
        writer.putVarint(UInt64(entries.count))
        for (key, entry) in entries {
            writer.putFixed64(key)
            writer.putVarint(entry.count)
            writer.putZigZag(entry.written.milliseconds)
        }
    }

    /// Takes over what ``keepsake(bytesMax:)`` wrote.
    mutating func restore(_ keepsake: [UInt8], _ board: IntakeBoard) throws(ByteReader.Failure) {
        var reader = ByteReader(keepsake)
        guard try reader.byte() == Self.keepsakeVersion else {
            throw ByteReader.Failure(
                offset: 0,
                expected: "an intake's keepsake of version \(Self.keepsakeVersion)"
            )
        }
        for _ in 0..<(try reader.count(limit: ReceiptRing.receiptsMax)) {
            let id = UInt16(truncatingIfNeeded: try reader.varint())
            receipts.remember(Receipt(messageID: id, hash: try reader.fixed64()))
        }
        for _ in 0..<(try reader.count(limit: MovementMarks.marksMax)) {
            let high = try reader.fixed64()
            let low = try reader.fixed64()
            let instant = Instant(milliseconds: try reader.zigZag())
            marks.restore(Movement(mark: UInt128(high) << 64 | UInt128(low), instant: instant))
        }
        for _ in 0..<(try reader.count(limit: 1000)) {
            let reason = DeadReason(rawValue: try reader.text())
            let total = try reader.varint()
            if let reason { letters.restore(reason, total: total) }
        }
        for _ in 0..<(try reader.count(limit: DeadLetterBook.entriesMax * 2)) {
            let key = try reader.fixed64()
            let count = try reader.varint()
            let written = Instant(milliseconds: try reader.zigZag())
            letters.restore(key, DeadLetterBook.Entry(count: count, written: written))
        }
        receipts.settle()
        post(board)
        settledStatus = status
    }
}
