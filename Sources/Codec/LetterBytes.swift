public import Readings

/// A dead letter's bytes, the same in the journal and in the ring of letters:
///
///     zigzag time, text topic, text rule, text reason, text detail, 1 byte qos, 1 byte retain,
///     varint bytes, bytes payload, varint count
extension ByteWriter {
    /// Appends a letter.
    public mutating func put(_ letter: DeadLetter) {
        putZigZag(letter.time.milliseconds)
        putText(letter.topic)
        putText(letter.rule)
        putText(letter.reason.rawValue)
        putText(letter.detail)
        put(letter.qos)
        put(letter.retain ? 1 : 0)
        putVarint(UInt64(max(0, letter.bytes)))
        putBytes(letter.payload)
        putVarint(letter.count)
    }
}

extension ByteReader {
    /// A letter as ``ByteWriter/put(_:)-(DeadLetter)`` wrote it. A reason that only a later version knows reads as
    /// ``DeadReason/decode``.
    public mutating func letter() throws(Failure) -> DeadLetter {
        let time = Instant(milliseconds: try zigZag())
        let (topic, rule, word) = (try text(), try text(), try text())
        return DeadLetter(
            time: time,
            topic: topic,
            rule: rule,
            reason: DeadReason(rawValue: word) ?? .decode,
            detail: try text(),
            qos: try byte(),
            retain: try byte() != 0,
            bytes: try count(limit: Int.max),
            payload: try bytes(),
            count: try varint()
        )
    }
}
