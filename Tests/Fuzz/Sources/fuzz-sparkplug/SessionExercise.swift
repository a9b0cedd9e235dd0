import Readings

@testable import Intake

/// Runs whatever claims to be a session through decoder, host and scribe. Must return, whatever the bytes are.
///
///     type u8 │ wait u8 (64 ms each) │ length u8 │ payload … and so on; 0xFF as length: all that is left
///
/// The type's low bits choose the kind of message, bit 3 its device, bit 4 its QoS, bit 5 whether it was retained.
func exercise(session bytes: [UInt8]) {
    var options = SparkplugOptions()
    options.role = .active
    var host = SparkplugHost(options)
    var payload = SparkplugPayload(nestingMax: 8, elementsMax: 2000)
    var document = Document()
    var now = Instant(milliseconds: 1_750_122_900_000)
    var place = 0
    while place + 3 <= bytes.count {
        let head = bytes[place]
        now = now.advanced(byMs: Int64(bytes[place + 1]) * 64)
        let wanted = bytes[place + 2] == 0xFF ? bytes.count : Int(bytes[place + 2])
        place += 3
        let end = min(bytes.count, place + wanted)
        let arrival = SparkplugArrival(now: now, qos: head >> 4 & 1, isRetained: head & 0x20 != 0)
        take(topic(head), Array(bytes[place..<end]), arrival, &host, &payload, &document)
        place = end
        _ = host.tick(now)
        while let held = host.next() {
            let turn = SparkplugArrival(now: held.arrival, isRetained: held.isRetained, isReleased: true)
            take(held.topic, held.payload, turn, &host, &payload, &document)
        }
        host.stale.removeAll()
        host.gaps.removeAll()
        check(host)
    }
}

private func topic(_ head: UInt8) -> [UInt8] {
    let kinds = ["NBIRTH", "NDATA", "DBIRTH", "DDATA", "NDEATH", "DDEATH", "NCMD", "DCMD"]
    let kind = kinds[Int(head & 7)]
    let device = kind.hasPrefix("D") ? "/d\(head >> 3 & 1)" : ""
    return Array("spBv1.0/g/\(kind)/n\(device)".utf8)
}

private func take(
    _ text: [UInt8],
    _ bytes: [UInt8],
    _ arrival: SparkplugArrival,
    _ host: inout SparkplugHost,
    _ payload: inout SparkplugPayload,
    _ document: inout Document
) {
    guard let topic = SparkplugTopic(text.span) else { preconditionFailure("a topic of ours must be read") }
    do throws(DecodeFailure) {
        try payload.read(bytes.span)
    } catch {
        precondition((0...bytes.count).contains(error.byte), "a failure must name a byte that is there")
        host.spoiled(topic, text.span, at: arrival.now)
        return
    }
    let verdict = host.take(topic, text.span, &payload, bytes.span, arrival)
    guard case .read(let device, _) = verdict else { return }
    var scribe = SparkplugScribe()
    scribe.write(payload, of: host.devices[device], bytes.span, into: &document)
    check(document)
}

private func check(_ host: SparkplugHost) {
    for node in host.nodes {
        precondition(node.held.count < SparkplugNode.heldMax, "what waits must be bounded")
        let bytes = node.held.reduce(0) { $0 + $1.payload.count }
        precondition(node.heldBytes == bytes, "bytes that wait must be counted")
    }
    precondition(host.released.isEmpty, "all whose turn has come must have been taken")
}

private func check(_ document: Document) {
    precondition(Int(document.nodes[0].next) == document.nodes.count, "the list must hold all")
    for (place, node) in document.nodes.enumerated() {
        precondition(Int(node.next) > place && Int(node.next) <= document.nodes.count, "a node must lead on")
        precondition(node.key.end <= document.bytes.count, "a name must lie in the bytes")
        precondition(node.text.end <= document.bytes.count, "a text must lie in the bytes")
    }
}
