import Readings

extension IntakeLine {
    /// Whether the message at hand is one of those that ``readPlain(_:_:)`` reads: it says something new, and no more
    /// than what stands in it.
    var isPlain: Bool { !isRetained && retrying == nil && !desk.isActive }

    /// Reads a reading the short way into the batch.
    ///
    /// - Parameter number: the reading's among those of `reads`.
    /// - Returns: false where there is more to it than that way knows, a fault too: then nothing has been done.
    /// - Throws: what is wrong with the stamp.
    mutating func readPlain(_ number: Int, _ reads: Rule.Reads) throws(Fault) -> Bool {
        guard let plain = reads.plain[number] else { return false }
        let binding = routes.bindings[Int(routes.picks[pick].firstBinding) + plain.series]
        guard binding.isReady, binding.before < 0, binding.after < 0,
            let node = scene.document.member(plain.name, in: reads.plainNames, of: 0),
            let value = plainValue(node, binding.type, takesAll: plain.takesAll)
        else { return false }
        var (stamp, timeSource, quality) = (now, TimeSource.arrival, Quality.good)
        if let shared = scene.sharedStamp(plain.sharedStamp) {
            (stamp, timeSource) = (shared, .source)
        } else if plain.isStamped {
            (stamp, timeSource, quality) = try self.stamp(reads.readings[number].own)
        }
        batch.readings.append(
            Reading(
                series: binding.series,
                instant: stamp,
                value: value,
                quality: quality,
                timeSource: timeSource
            )
        )
        return true
    }

    /// What a node says, when it is of the form that its series holds, and known if it is a text.
    ///
    /// Mutating, though it changes nothing: to one that is not, the compiler hands a copy of the line's 3 KB.
    private mutating func plainValue(_ place: Int, _ type: ValueType, takesAll: Bool) -> Scalar? {
        let node = scene.document.nodes[place]
        switch (node.kind, type) {
        case (.number, .number):
            return scene.document.plainNumber(node).map { .number($0.double) }
        case (.text, .text) where takesAll && node.text.count <= Scene.textBytesMax:
            let text = scene.document.bytes.span.extracting(node.text.indices)
            guard let known = texts.value(of: text, hash: ByteHash.tableHash(text)) else { return nil }
            return .text(textIDs[Int(known)])
        case (.yes, .flag) where takesAll: return .flag(true)
        case (.no, .flag) where takesAll: return .flag(false)
        default: return nil
        }
    }
}
