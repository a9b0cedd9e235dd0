import Readings

/// Turns the records of one pack as they came into records that need no others.
struct SenMLResolver {
    /// Names are no longer: a site, an asset and a metric of 256 bytes are cut out of them.
    static let nameBytesMax = 1024
    /// More records than a message may yield readings: a record of one byte comes to five nodes of 28.
    static let recordsMax = 65_536
    /// All that a pack's records need beyond what came: joined names, sums, stamps.
    static let textBytesMax = 16 << 20

    let format: PayloadFormat
    /// The bytes that came; the arena stands behind them.
    private let end: Int
    private var bases = SenMLBases()
    /// The stamp of the record before, which is often that of the next.
    private var stamp: (milliseconds: Int64, text: ByteRange)?

    // Names of members, which lie together at the beginning of the arena.
    private static let names: StaticString = "nvutime_ms"
    private let nameKey: ByteRange
    private let valueKey: ByteRange
    private let unitKey: ByteRange
    private let timeKey: ByteRange

    /// - Parameter document: holds the pack as JSON or CBOR gave it; its nodes are put aside.
    init(_ document: inout Document, format: PayloadFormat) {
        self.format = format
        end = document.bytes.count
        document.arena.removeAll(keepingCapacity: true)
        Self.names.withUTF8Buffer { letters in
            unsafe document.arena.append(contentsOf: letters)
        }
        nameKey = ByteRange(start: end, count: 1)
        valueKey = ByteRange(start: end + 1, count: 1)
        unitKey = ByteRange(start: end + 2, count: 1)
        timeKey = ByteRange(start: end + 3, count: 7)
        swap(&document.nodes, &document.source)
        document.nodes.removeAll(keepingCapacity: true)
    }

    mutating func resolve(_ document: inout Document) throws(DecodeFailure) {
        let pack = document.source[0]
        guard pack.kind == .list else { throw failure(pack, "pack is a list of records") }
        document.push(.list, pack.text)
        var child = 1
        var count = 0
        while child < Int(pack.next) {
            count += 1
            guard count <= Self.recordsMax else {
                throw failure(pack, "pack has more than \(Self.recordsMax) records")
            }
            do throws(SenMLFault) {
                try record(child, &document)
            } catch {
                switch error {
                case .pack(let message): throw failure(document.source[child], message)
                case .record(let message):
                    document.pushBroken("\(format.rawValue) record \(count) \(message)", behind: end)
                }
            }
            guard document.arena.count <= Self.textBytesMax else {
                throw failure(pack, "pack comes to more than \(Self.textBytesMax) bytes of names and sums")
            }
            child = Int(document.source[child].next)
        }
        var children = 0
        child = 1
        while child < document.nodes.count {
            children += 1
            child = Int(document.nodes[child].next)
        }
        document.close(0, children: children)
    }

    /// - Parameter node: the record at fault, or the pack.
    private func failure(_ node: Node, _ message: String) -> DecodeFailure {
        // A scalar instead of a pack may have been written behind the payload.
        let byte = node.isContainer ? Int(node.start) : 0
        return DecodeFailure(format: format.rawValue, byte: byte, message: message, isMeaning: true)
    }

    /// Resolves one record; then its value and its sum are among the nodes.
    private mutating func record(_ node: Int, _ document: inout Document) throws(SenMLFault) {
        guard document.source[node].kind == .object else { throw .record("is no object") }
        let fields = try SenMLFields(of: node, document)
        try bases.take(fields, document)
        if fields.isBaseOnly { return }
        try fields.checkValue(document)
        guard fields.valueCount < 2 else { throw .record("has more than one value") }
        let own = try SenMLFields.text(fields.name, "n", document) ?? .empty
        guard bases.name.count + own.count > 0 else { throw .record("has no name") }
        guard bases.name.count + own.count <= Self.nameBytesMax else {
            throw .record("has a name of over \(Self.nameBytesMax) bytes")
        }
        let unit = try SenMLFields.text(fields.unit, "u", document) ?? bases.unit
        let time = try SenMLFields.number(fields.time, "t", document) ?? .zero
        let sum = try SenMLFields.number(fields.sum, "s", document)
        let value = try self.value(fields, document)
        guard value != nil || sum != nil else { throw .record("has no value") }
        let name = joined(bases.name, own, &document)
        let stamp = self.stamp(bases.time.plus(time), &document)
        if let value {
            let text: ByteRange
            switch value {
            case .came(let node): text = document.source[node].text
            case .added(let number): text = written(number, &document)
            }
            let record = open(node, name, unit, &document)
            document.push(value.kind(document), text, key: valueKey)
            copyOthers(of: node, &document)
            close(record, stamp, &document)
        }
        if let sum {
            let total = written(bases.sum.plus(sum), &document)
            let sumName = joined(name, "/sum", &document)
            let record = open(node, sumName, unit.map { timesSeconds($0, &document) }, &document)
            document.push(.number, total, key: valueKey)
            close(record, stamp, &document)
        }
    }

    /// A record's value: as it came, or the base value added.
    private enum Value {
        case came(Int)
        case added(DecimalText)

        func kind(_ document: Document) -> Node.Kind {
            if case .came(let node) = self { document.source[node].kind } else { .number }
        }
    }

    private func value(_ fields: SenMLFields, _ document: Document) throws(SenMLFault) -> Value? {
        guard let place = fields.value else {
            // Of base value and value one may be missing; a sum needs neither.
            guard fields.sum == nil, let base = bases.value else { return nil }
            return .added(base)
        }
        let node = document.source[place]
        if node.kind == .number, let base = bases.value,
            let number = DecimalText(document.bytes.span.extracting(node.text.indices))
        {
            return .added(base.plus(number))
        }
        return .came(place)
    }

    // MARK: Nodes

    private func open(
        _ node: Int,
        _ name: ByteRange,
        _ unit: ByteRange?,
        _ document: inout Document
    ) -> Int {
        let record = document.nodes.count
        document.push(.object, document.source[node].text)
        document.push(.text, name, key: nameKey)
        if let unit { document.push(.text, unit, key: unitKey) }
        return record
    }

    private func close(_ record: Int, _ stamp: ByteRange?, _ document: inout Document) {
        if let stamp { document.push(.number, stamp, key: timeKey) }
        var children = 0
        var child = record + 1
        while child < document.nodes.count {
            children += 1
            child = Int(document.nodes[child].next)
        }
        document.close(record, children: children)
    }

    /// Copies the fields that are neither resolved nor resolve others.
    private func copyOthers(of node: Int, _ document: inout Document) {
        var child = node + 1
        while child < Int(document.source[node].next) {
            let next = Int(document.source[child].next)
            if !SenMLField(document.source[child].key, document).isResolved {
                let shift = document.nodes.count - child
                for index in child..<next {
                    var copy = document.source[index]
                    copy.next = UInt32(truncatingIfNeeded: Int(copy.next) + shift)
                    document.nodes.append(copy)
                }
            }
            child = next
        }
    }

    // MARK: Texts

    private func written(_ number: DecimalText, _ document: inout Document) -> ByteRange {
        let start = document.arena.count
        number.write(to: &document.arena)
        return ByteRange(start: end + start, count: document.arena.count - start)
    }

    private func joined(_ base: ByteRange, _ own: ByteRange, _ document: inout Document) -> ByteRange {
        if own.count == 0 { return base }
        if base.count == 0 { return own }
        let start = document.arena.count
        document.arena.append(contentsOf: document.bytes[base.indices])
        document.arena.append(contentsOf: document.bytes[own.indices])
        return ByteRange(start: end + start, count: document.arena.count - start)
    }

    private func joined(_ text: ByteRange, _ tail: StaticString, _ document: inout Document) -> ByteRange {
        let start = document.arena.count
        for index in text.indices { document.arena.append(byte(index, document)) }
        tail.withUTF8Buffer { letters in
            unsafe document.arena.append(contentsOf: letters)
        }
        return ByteRange(start: end + start, count: document.arena.count - start)
    }

    private func byte(_ index: Int, _ document: Document) -> UInt8 {
        index < end ? document.bytes[index] : document.arena[index - end]
    }

    /// A unit times seconds: W becomes Ws, and m3/s becomes m3.
    private func timesSeconds(_ unit: ByteRange, _ document: inout Document) -> ByteRange {
        let isRate =
            unit.count > 2 && document.bytes[unit.end - 2] == UInt8(ascii: "/")
            && document.bytes[unit.end - 1] == UInt8(ascii: "s")
        if isRate {
            return ByteRange(start: unit.start, count: unit.count - 2)
        }
        return joined(unit, "s", &document)
    }

    /// Below this many seconds a time is relative to now: 2^28.
    private static let relativeBelow = 268_435_456.0

    /// Writes a stamp in milliseconds.
    ///
    /// - Returns: nil when no instant is that far.
    private mutating func stamp(_ time: DecimalText, _ document: inout Document) -> ByteRange? {
        guard var milliseconds = Scene.milliseconds(time, perSecond: 1)?.milliseconds else { return nil }
        if time.double < Self.relativeBelow {
            let (sum, overflow) = milliseconds.addingReportingOverflow(document.received.milliseconds)
            if overflow { return nil }
            milliseconds = sum
        }
        // What is before 1973 must not be taken for seconds; a clock that was never set says as much at 0.
        if abs(milliseconds) < 100_000_000_000 { milliseconds = 0 }
        if let stamp, stamp.milliseconds == milliseconds { return stamp.text }
        let start = document.arena.count
        document.arena.append(signed: milliseconds)
        let text = ByteRange(start: end + start, count: document.arena.count - start)
        stamp = (milliseconds, text)
        return text
    }
}
