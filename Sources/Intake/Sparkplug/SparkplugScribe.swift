import Readings

/// Writes a payload's metrics into a document: a list of objects, one for each scalar.
///
///     [{name: Motor/Speed, value: 71.5, timestamp: 1750122899000, datatype: Double, is_historical: false,
///       is_transient: false, properties: {engUnit: ℃}}, …]
///
/// A template's members, a table's cells (`name/row/column`) and an array's elements (`name/index`) are such objects of
/// their own. What a birth stated of a metric's properties stands in every later object too, but for `Quality`, which
/// is of its message alone. A value that cannot be read is a broken element; its neighbours are fine.
struct SparkplugScribe: Sendable {
    private var stamp: UInt64?
    private var stampText = ByteRange.empty
    /// Where the lexicon stands in the document's bytes.
    private var words = 0
    private let lexicon = SparkplugLexicon.standard

    /// What all objects of a metric share.
    private struct Shared {
        let metric: SparkplugMetric
        let entry: SparkplugEntry
        let datatype: SparkplugDatatype?
        let timestamp: UInt64?
    }

    /// Fills a document.
    ///
    /// - Parameter bytes: the payload that `payload` was read from, its metrics' entries found.
    mutating func write(
        _ payload: SparkplugPayload,
        of device: SparkplugDevice,
        _ bytes: Span<UInt8>,
        into document: inout Document
    ) {
        document.bytes.removeAll(keepingCapacity: true)
        document.bytes.append(copying: bytes)
        words = document.bytes.count
        document.bytes.append(contentsOf: lexicon.bytes)
        document.reset()
        stamp = nil
        document.nodes.append(Node(kind: .list, start: 0))
        var place = 0
        while place < payload.metrics.count {
            let metric = payload.metrics[place]
            write(metric, at: place, stamp: payload.timestamp, payload, device, bytes, &document)
            place = Int(metric.next)
        }
        document.nodes[0].next = UInt32(truncatingIfNeeded: document.nodes.count)
    }

    private mutating func write(
        _ metric: SparkplugMetric,
        at place: Int,
        stamp outer: UInt64?,
        _ payload: SparkplugPayload,
        _ device: SparkplugDevice,
        _ bytes: Span<UInt8>,
        _ document: inout Document
    ) {
        guard metric.entry >= 0 else { return }
        let entry = device.entries[Int(metric.entry)]
        if entry.isSilent { return }
        let timestamp = metric.marks.contains(.timestamp) ? metric.timestamp : outer
        let shared = Shared(
            metric: metric,
            entry: entry,
            datatype: SparkplugDatatype(code: metric.datatype) ?? entry.datatype,
            timestamp: timestamp
        )
        if metric.marks.contains(.isNull) || metric.value.field == .none {
            let object = begin(shared, device, &document)
            push(.null, .empty, under: lexicon.value, &document)
            document.nodes[document.nodes.count - 1].mark = Node.Mark(ofNull: shared.datatype?.valueType)
            end(object, shared, payload, device, bytes, &document)
            return
        }
        switch metric.value.field {
        case .template:
            var member = place + 1
            while member < Int(metric.next) {
                let inner = payload.metrics[member]
                write(inner, at: member, stamp: timestamp, payload, device, bytes, &document)
                member = Int(inner.next)
            }
        case .dataSet: writeTable(shared, payload, device, bytes, &document)
        case .other: broken("a value of an extension", shared, device, &document)
        default:
            if let element = shared.datatype?.element {
                writeArray(of: element, shared, payload, device, bytes, &document)
            } else {
                writeScalar(metric.value, shared.datatype, shared, payload, device, bytes, &document)
            }
        }
    }

    // MARK: Values

    private mutating func writeScalar(
        _ value: SparkplugValue,
        _ datatype: SparkplugDatatype?,
        _ shared: Shared,
        _ payload: SparkplugPayload,
        _ device: SparkplugDevice,
        _ bytes: Span<UInt8>,
        _ document: inout Document,
        below: (inout [UInt8]) -> Void = { _ in }
    ) {
        do throws(SparkplugReading.Fault) {
            let read = try SparkplugReading.scalar(value, datatype, of: bytes, into: &document.bytes)
            let object = begin(shared, device, &document, below: below)
            push(read.kind, read.range, under: lexicon.value, &document)
            end(object, shared, payload, device, bytes, &document)
        } catch {
            broken(error.detail, shared, device, &document)
        }
    }

    private mutating func writeArray(
        of element: SparkplugDatatype,
        _ shared: Shared,
        _ payload: SparkplugPayload,
        _ device: SparkplugDevice,
        _ bytes: Span<UInt8>,
        _ document: inout Document
    ) {
        guard shared.metric.value.field == .bytes else {
            return broken("an array in another field than bytes_value", shared, device, &document)
        }
        do throws(SparkplugReading.Fault) {
            var array = try SparkplugArray(shared.metric.value.run, of: element, in: bytes)
            for index in 0..<array.count {
                let value = array.next(bytes)
                writeScalar(value, element, shared, payload, device, bytes, &document) { text in
                    text.append(UInt8(ascii: "/"))
                    text.append(decimal: UInt64(index))
                }
            }
        } catch {
            broken(error.detail, shared, device, &document)
        }
    }

    private mutating func writeTable(
        _ shared: Shared,
        _ payload: SparkplugPayload,
        _ device: SparkplugDevice,
        _ bytes: Span<UInt8>,
        _ document: inout Document
    ) {
        let set = payload.dataSets[Int(shared.metric.value.bits)]
        if let fault = set.fault { return broken(fault, shared, device, &document) }
        for row in 0..<set.rowCount {
            for column in 0..<set.columnCount {
                let value = payload.cells[set.firstCell + row * set.columnCount + column]
                // A cell without a value says nothing.
                if value.field == .none { continue }
                let head = payload.columns[set.firstColumn + column]
                let type = SparkplugDatatype(code: head.type)
                writeScalar(value, type, shared, payload, device, bytes, &document) { text in
                    text.append(UInt8(ascii: "/"))
                    text.append(decimal: UInt64(row))
                    text.append(UInt8(ascii: "/"))
                    text.append(copying: bytes.extracting(head.name.indices))
                }
            }
        }
    }

    // MARK: Objects

    /// Begins an object with its name.
    private mutating func begin(
        _ shared: Shared,
        _ device: SparkplugDevice,
        _ document: inout Document,
        below: (inout [UInt8]) -> Void = { _ in }
    ) -> Int {
        let object = document.nodes.count
        var mark = Node.Mark.metric
        if shared.metric.marks.contains(.isHistorical) { mark.insert(.historical) }
        if shared.metric.marks.contains(.isTransient) { mark.insert(.transient) }
        document.nodes.append(Node(kind: .object, mark: mark, start: 0))
        document.nodes[0].children += 1
        let start = document.bytes.count
        document.bytes.append(copying: device.texts.span.extracting(shared.entry.name.indices))
        below(&document.bytes)
        let name = ByteRange(start: start, count: document.bytes.count - start)
        push(.text, name, under: lexicon.name, &document)
        return object
    }

    /// Ends an object whose name and value stand: what else there is to say.
    private mutating func end(
        _ object: Int,
        _ shared: Shared,
        _ payload: SparkplugPayload,
        _ device: SparkplugDevice,
        _ bytes: Span<UInt8>,
        _ document: inout Document
    ) {
        var members: UInt32 = 4
        if let timestamp = shared.timestamp {
            if stamp != timestamp {
                let start = document.bytes.count
                document.bytes.append(decimal: timestamp)
                stamp = timestamp
                stampText = ByteRange(start: start, count: document.bytes.count - start)
            }
            push(.number, stampText, under: lexicon.timestamp, &document)
            members += 1
        }
        if let datatype = shared.datatype {
            var word = lexicon.word(of: datatype)
            word.start += words
            push(.text, word, under: lexicon.datatype, &document)
            members += 1
        }
        let isHistorical = shared.metric.marks.contains(.isHistorical)
        let isTransient = shared.metric.marks.contains(.isTransient)
        push(isHistorical ? .yes : .no, .empty, under: lexicon.isHistorical, &document)
        push(isTransient ? .yes : .no, .empty, under: lexicon.isTransient, &document)
        let first = shared.metric.firstProperty
        if !shared.entry.facts.isEmpty || first < shared.metric.propertyEnd {
            members += 1
            writeProperties(shared, payload, device, bytes, &document)
        }
        document.nodes[object].children = members
        document.nodes[object].next = UInt32(truncatingIfNeeded: document.nodes.count)
    }

    private mutating func writeProperties(
        _ shared: Shared,
        _ payload: SparkplugPayload,
        _ device: SparkplugDevice,
        _ bytes: Span<UInt8>,
        _ document: inout Document
    ) {
        let place = document.nodes.count
        push(.object, .empty, under: lexicon.properties, &document)
        var members: UInt32 = 0
        for fact in device.facts[shared.entry.facts] {
            let key = copy(device.texts.span.extracting(fact.key.indices), into: &document)
            let text = copy(device.texts.span.extracting(fact.text.indices), into: &document)
            push(fact.kind, text, key: key, &document)
            members += 1
        }
        // Of equal names the last counts: what the message says.
        for index in Int(shared.metric.firstProperty)..<Int(shared.metric.propertyEnd) {
            let property = payload.properties[index]
            if property.isNull { continue }
            let type = SparkplugDatatype(code: property.type)
            do throws(SparkplugReading.Fault) {
                let read = try SparkplugReading.scalar(property.value, type, of: bytes, into: &document.bytes)
                push(read.kind, read.range, key: property.key, &document)
                members += 1
            } catch {
                // A set within a set, or a value that is none: there is no such property.
                continue
            }
        }
        document.nodes[place].children = members
        document.nodes[place].next = UInt32(truncatingIfNeeded: document.nodes.count)
    }

    private func copy(_ run: Span<UInt8>, into document: inout Document) -> ByteRange {
        let range = ByteRange(start: document.bytes.count, count: run.count)
        document.bytes.append(copying: run)
        return range
    }

    /// A value that cannot be used, with its name and why.
    private mutating func broken(
        _ why: StaticString,
        _ shared: Shared,
        _ device: SparkplugDevice,
        _ document: inout Document
    ) {
        let start = document.bytes.count
        document.bytes.append(contentsOf: "sparkplug: ".utf8)
        document.bytes.append(copying: device.texts.span.extracting(shared.entry.name.indices))
        document.bytes.append(contentsOf: ": ".utf8)
        why.withUTF8Buffer { unsafe document.bytes.append(contentsOf: $0) }
        let text = ByteRange(start: start, count: document.bytes.count - start)
        push(.broken, text, key: .empty, &document)
        document.nodes[0].children += 1
    }

    /// Appends a scalar, or an object that is not filled yet, under a word of the lexicon.
    @inline(__always)
    private func push(_ kind: Node.Kind, _ text: ByteRange, under word: ByteRange, _ document: inout Document)
    {
        let key = ByteRange(start: words + word.start, count: word.count)
        push(kind, text, key: key, &document)
    }

    @inline(__always)
    private func push(_ kind: Node.Kind, _ text: ByteRange, key: ByteRange, _ document: inout Document) {
        var text = text
        switch kind {
        case .yes: text = ByteRange(start: words + lexicon.yes.start, count: lexicon.yes.count)
        case .no: text = ByteRange(start: words + lexicon.no.start, count: lexicon.no.count)
        default: break
        }
        document.nodes.append(
            Node(
                kind: kind,
                keyStart: UInt32(truncatingIfNeeded: key.start),
                keyCount: UInt32(truncatingIfNeeded: key.count),
                start: UInt32(truncatingIfNeeded: text.start),
                count: UInt32(truncatingIfNeeded: text.count),
                next: UInt32(truncatingIfNeeded: document.nodes.count + 1)
            )
        )
    }
}

extension Node.Mark {
    /// Marks a null whose series would hold such values.
    init(ofNull type: ValueType?) {
        switch type {
        case .number: self = .number
        case .flag: self = .flag
        case .text: self = .text
        case nil: self = []
        }
    }

    /// What a null would be.
    var nullType: ValueType? {
        if contains(.number) { return .number }
        if contains(.flag) { return .flag }
        return contains(.text) ? .text : nil
    }
}
