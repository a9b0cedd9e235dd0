/// Reads JSON lines into a list: a JSON text a line, whatever its form. A blank line is nothing.
///
/// A line that is no JSON becomes a broken record and leaves its neighbours be. Each line may nest as deep as a
/// document of JSON.
struct JSONLinesDecoder: PayloadDecoder {
    /// Containers within containers of a line, at most.
    let nestingMax: Int

    func decode(_ document: inout Document) throws(DecodeFailure) {
        // The bytes stand aside while the nodes grow, so that both can be used at once; nothing is copied.
        var bytes: [UInt8] = []
        swap(&bytes, &document.bytes)
        read(bytes.span, &document)
        bytes.append(contentsOf: document.arena)
        swap(&bytes, &document.bytes)
    }

    private func read(_ text: Span<UInt8>, _ document: inout Document) {
        let hasBadText = text.firstByteThatIsNotUTF8 != nil
        var lines = LineCount()
        document.push(.list, ByteRange(start: 0, count: text.count))
        var count = 0
        var start = 0
        while start < text.count {
            let end = text.endOfLine(from: start)
            if !text.extracting(start..<end).trimmedRange().isEmpty {
                count += 1
                let (nodes, arena) = (document.nodes.count, document.arena.count)
                do throws(DecodeFailure) {
                    try readLine(text, start..<end, &document, hasBadText)
                } catch {
                    document.nodes.removeLast(document.nodes.count - nodes)
                    document.arena.removeLast(document.arena.count - arena)
                    document.open.removeAll(keepingCapacity: true)
                    let line = lines.line(at: start, in: text)
                    document.pushBroken(
                        "jsonl: line \(line), byte \(error.byte): \(error.message)",
                        behind: text.count
                    )
                }
            }
            start = end + 1
        }
        document.close(0, children: count)
    }

    private func readLine(
        _ text: Span<UInt8>,
        _ line: Range<Int>,
        _ document: inout Document,
        _ hasBadText: Bool
    ) throws(DecodeFailure) {
        if hasBadText, let byte = text.extracting(line).firstByteThatIsNotUTF8 {
            throw JSONDecoder.failure(
                line.lowerBound + byte,
                "not UTF-8; if the source sends Shift_JIS, write options: {encoding: cp932}"
            )
        }
        let first = document.nodes.count
        let arenaCount = document.arena.count
        try JSONDecoder.read(
            text.extracting(0..<line.upperBound),
            from: line.lowerBound,
            nestingMax: nestingMax,
            nodes: &document.nodes,
            open: &document.open,
            arena: &document.arena
        )
        // The reader took the line's end for that of the payload, behind which the arena begins.
        guard document.arena.count > arenaCount else { return }
        let rest = UInt32(truncatingIfNeeded: text.count - line.upperBound)
        for index in first..<document.nodes.count {
            if document.nodes[index].start >= line.upperBound { document.nodes[index].start += rest }
            if document.nodes[index].keyStart >= line.upperBound { document.nodes[index].keyStart += rest }
        }
    }
}
