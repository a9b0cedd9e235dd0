@testable import Intake

/// Decodes whatever claims to be a payload and goes through the document. Must return, whatever the bytes are,
/// and the document must keep within its bounds.
func exercise(_ format: PayloadFormat, payload: [UInt8]) {
    // Its host reads it, and has tests of its own.
    if format == .sparkplug { return }
    let decoder = Decoder(format, FormatOptions(), nestingMax: 64)
    var document = Document()
    document.load(payload.span, isBinary: format.isBinary)
    do throws(DecodeFailure) {
        try decoder.decode(&document)
    } catch {
        precondition(document.nodes.isEmpty, "a document that failed has no nodes")
        precondition(error.byte >= 0 && error.byte <= payload.count, "a failure names a byte of the payload")
        return
    }
    precondition(!document.nodes.isEmpty, "a document has a root")
    // A record of one byte may have all that is in force: a name, a value, a unit and a stamp.
    let nodesPerByte = format == .senml || format == .senmlCbor ? 6 : 2
    precondition(document.nodes.count <= nodesPerByte * payload.count + 8, "few nodes for each byte")
    let textBytesMax = (17 << 20) + 10 * payload.count
    precondition(
        document.bytes.count <= textBytesMax,
        "ten bytes of text for each byte, and what SenML joins"
    )
    goThrough(document)
    var json: [UInt8] = []
    if !document.containersAreJSON, document.writeJSON(of: 0, to: &json, atMost: 4096) {
        var again = Document()
        again.load(json.span)
        do throws(DecodeFailure) {
            try JSONDecoder(nestingMax: 64).decode(&again)
        } catch {
            preconditionFailure("what is written as JSON must be JSON: \(error)")
        }
        precondition(again.nodes.count == document.nodes.count, "and hold the same")
    }
}

/// Every node lies within its container, every text within the bytes.
private func goThrough(_ document: Document) {
    var open: [(end: Int, left: Int)] = []
    var deepest = 0
    for (index, node) in document.nodes.enumerated() {
        while let container = open.last, container.end == index {
            precondition(container.left == 0, "a container holds as many as it says")
            open.removeLast()
        }
        precondition(open.isEmpty == (index == 0), "the root holds all")
        if !open.isEmpty { open[open.count - 1].left -= 1 }
        let next = Int(node.next)
        precondition(next > index && next <= (open.last?.end ?? document.nodes.count), "a node ends within")
        if node.isContainer {
            open.append((next, Int(node.children)))
            deepest = max(deepest, open.count)
        } else {
            precondition(next == index + 1, "a scalar holds nothing")
            check(node.text, document)
        }
        check(node.key, document)
    }
    precondition(deepest <= 66, "no deeper than the limit and a list of records")
}

private func check(_ range: ByteRange, _ document: Document) {
    precondition(range.start >= 0 && range.end <= document.bytes.count, "a text lies in the bytes")
    let text = document.bytes.span.extracting(range.indices)
    precondition(text.firstByteThatIsNotUTF8 == nil, "a text is UTF-8")
}
