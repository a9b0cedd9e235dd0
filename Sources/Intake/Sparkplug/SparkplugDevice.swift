/// A metric as its birth described it.
struct SparkplugEntry: Sendable {
    /// With those of the templates around it, `/` between them; a place in the device's texts.
    var name: ByteRange
    /// Nil when the birth did not say.
    var datatype: SparkplugDatatype?
    /// Among the device's facts.
    var facts: Range<Int>
    /// No reading is made of it: sessions, controls, static facts, definitions.
    var isSilent: Bool
}

/// A property that a birth stated and that holds until the next one.
struct SparkplugFact: Sendable {
    /// A place in the device's texts.
    var key: ByteRange
    var kind: Node.Kind
    /// Likewise.
    var text: ByteRange
}

/// A device below an edge node, or the edge node as its own device: what its last birth said.
struct SparkplugDevice: Sendable {
    enum State: UInt8, Sendable {
        case unborn
        /// Its node was born anew; its own birth must follow.
        case awaited
        case alive
        case dead
    }

    /// The longest name that is told apart, those around it included.
    static let nameBytesMax = 1024
    /// The longest property that is kept.
    static let factBytesMax = 1024

    /// Its edge node.
    let node: Int
    /// `group/node` or `group/node/device`.
    let name: String
    var state = State.unborn
    private(set) var entries: [SparkplugEntry] = []
    private(set) var facts: [SparkplugFact] = []
    /// Names, keys and texts of entries and facts.
    private(set) var texts: [UInt8] = []
    private var names = ByteTable(entriesMax: 1 << 20, arenaBytesMax: 64 << 20)
    private var aliases = AliasTable()
    private var pairs: [(alias: UInt64, entry: Int32)] = []

    init(node: Int, name: String) {
        self.node = node
        self.name = name
    }

    /// The aliases of the last birth.
    var given: [UInt64] { pairs.map(\.alias) }

    /// The alias that the last birth gave a metric; nil for none.
    func alias(of entry: Int) -> UInt64? {
        pairs.first { $0.entry == Int32(entry) }?.alias
    }

    /// What it takes, roughly: for the host's limit.
    var bytes: Int { texts.count * 2 + entries.count * 96 + facts.count * 64 }

    /// Whether an alias is one of its own.
    func hasAlias(_ alias: UInt64) -> Bool { aliases.entry(of: alias) >= 0 }

    // MARK: Birth

    /// Forgets the last birth and learns a new one; every metric gets its entry.
    ///
    /// - Parameters:
    ///   - definitions: names of the templates that its node defined.
    ///   - isOfNode: definitions may stand here.
    /// - Returns: an alias that stands for two metrics; nil when each stands for one.
    mutating func learn(
        _ payload: inout SparkplugPayload,
        _ bytes: Span<UInt8>,
        definitions: Set<String>,
        isOfNode: Bool,
        _ status: inout SparkplugStatus
    ) -> UInt64? {
        entries.removeAll()
        facts.removeAll()
        texts.removeAll()
        names.removeAll()
        pairs.removeAll()
        var name: [UInt8] = []
        learn(0..<payload.metrics.count, below: &name, false, &payload, bytes, definitions, isOfNode, &status)
        aliases = AliasTable(pairs)
        var seen: [UInt64: Int32] = [:]
        for pair in pairs {
            if seen[pair.alias] != nil { return pair.alias }
            seen[pair.alias] = pair.entry
        }
        return nil
    }

    private mutating func learn(
        _ places: Range<Int>,
        below name: inout [UInt8],
        _ isSilent: Bool,
        _ payload: inout SparkplugPayload,
        _ bytes: Span<UInt8>,
        _ definitions: Set<String>,
        _ isOfNode: Bool,
        _ status: inout SparkplugStatus
    ) {
        let before = name.count
        var place = places.lowerBound
        while place < places.upperBound {
            let metric = payload.metrics[place]
            defer {
                name.removeLast(name.count - before)
                place = Int(metric.next)
            }
            payload.metrics[place].entry = -1
            guard metric.marks.contains(.name), metric.nameCount > 0 else {
                status.complain(.nameless)
                continue
            }
            Self.extend(&name, by: bytes.extracting(metric.name.indices))
            guard name.count <= Self.nameBytesMax else { continue }
            let isTemplate = metric.value.field == .template
            let isDefinition = isTemplate && metric.marks.contains(.isDefinition)
            if isDefinition, !isOfNode || before > 0 { status.complain(.definitionMisplaced) }
            if isTemplate, !isDefinition,
                !definitions.contains(bytes.extracting(metric.reference.indices).text)
            {
                status.complain(.templateUnknown)
            }
            let silent = isSilent || isDefinition || Self.isSilent(name.span)
            let datatype = SparkplugDatatype(code: metric.datatype)
            if datatype == nil { status.complain(.datatypeUnknown) }
            let number = entries.count
            let hash = ByteHash.tableHash(name.span)
            if names.value(of: name.span, hash: hash) != nil
                || !names.insert(name, hash: hash, value: UInt32(number))
            {
                status.complain(.nameRepeated)
            }
            entries.append(
                SparkplugEntry(
                    name: keep(name.span),
                    datatype: datatype,
                    facts: learnFacts(of: metric, payload, bytes, &status),
                    isSilent: silent
                )
            )
            payload.metrics[place].entry = Int32(number)
            if metric.marks.contains(.alias) {
                if name.span.isWord("Node Control/Rebirth") { status.complain(.rebirthAliased) }
                pairs.append((metric.alias, Int32(number)))
            }
            learn(
                place + 1..<Int(metric.next),
                below: &name,
                silent,
                &payload,
                bytes,
                definitions,
                isOfNode,
                &status
            )
        }
    }

    private static func extend(_ name: inout [UInt8], by part: Span<UInt8>) {
        if !name.isEmpty { name.append(UInt8(ascii: "/")) }
        name.append(copying: part)
    }

    private mutating func keep(_ run: Span<UInt8>) -> ByteRange {
        let range = ByteRange(start: texts.count, count: run.count)
        texts.append(copying: run)
        return range
    }

    /// Names of which no reading is made.
    private static func isSilent(_ name: Span<UInt8>) -> Bool {
        name.isWord("bdSeq") || name.hasWord("Node Control/", at: 0) || name.hasWord("Device Control/", at: 0)
            || name.hasWord("Properties/", at: 0)
    }

    /// Keeps the properties that hold on, all but the quality of the moment.
    private mutating func learnFacts(
        of metric: SparkplugMetric,
        _ payload: SparkplugPayload,
        _ bytes: Span<UInt8>,
        _ status: inout SparkplugStatus
    ) -> Range<Int> {
        if metric.marks.contains(.hasUnevenProperties) { status.complain(.propertiesUneven) }
        let first = facts.count
        for place in Int(metric.firstProperty)..<Int(metric.propertyEnd) {
            let property = payload.properties[place]
            let key = bytes.extracting(property.key.indices)
            if key.isWord("Quality") {
                if property.type != 3 { status.complain(.qualityType) }
                continue
            }
            guard !property.isNull, key.count <= Self.factBytesMax else { continue }
            var text: [UInt8] = []
            do throws(SparkplugReading.Fault) {
                let type = SparkplugDatatype(code: property.type)
                let read = try SparkplugReading.scalar(property.value, type, of: bytes, into: &text)
                if read.isInPayload { text.append(copying: bytes.extracting(read.range.indices)) }
                guard text.count <= Self.factBytesMax else { continue }
                facts.append(SparkplugFact(key: keep(key), kind: read.kind, text: keep(text.span)))
            } catch {
                // A property that cannot be read is none; the metric's value does not depend on it.
                continue
            }
        }
        return first..<facts.count
    }

    // MARK: Later messages

    /// Gives every metric of a message its entry.
    ///
    /// - Parameter name: a buffer of the caller's.
    /// - Returns: how many have none.
    func resolve(
        _ payload: inout SparkplugPayload,
        _ bytes: Span<UInt8>,
        name: inout [UInt8],
        _ status: inout SparkplugStatus
    ) -> Int {
        var unknown = 0
        var place = 0
        while place < payload.metrics.count {
            let next = Int(payload.metrics[place].next)
            let entry = find(payload.metrics[place], bytes, below: nil, &name)
            payload.metrics[place].entry = entry
            if entry < 0 {
                unknown += 1
            } else if payload.metrics[place].datatype != 0 {
                compare(payload.metrics[place], entries[Int(entry)], &status)
            }
            if next > place + 1, entry >= 0 {
                resolveMembers(place + 1..<next, of: Int(entry), &payload, bytes, &name, &unknown)
            }
            place = next
        }
        return unknown
    }

    private func resolveMembers(
        _ places: Range<Int>,
        of parent: Int,
        _ payload: inout SparkplugPayload,
        _ bytes: Span<UInt8>,
        _ name: inout [UInt8],
        _ unknown: inout Int
    ) {
        var place = places.lowerBound
        while place < places.upperBound {
            let next = Int(payload.metrics[place].next)
            let entry = find(payload.metrics[place], bytes, below: entries[parent].name, &name)
            payload.metrics[place].entry = entry
            if entry < 0 {
                unknown += 1
            } else if next > place + 1 {
                resolveMembers(place + 1..<next, of: Int(entry), &payload, bytes, &name, &unknown)
            }
            place = next
        }
    }

    @inline(__always)
    private func find(
        _ metric: SparkplugMetric,
        _ bytes: Span<UInt8>,
        below parent: ByteRange?,
        _ name: inout [UInt8]
    ) -> Int32 {
        if metric.marks.contains(.alias) {
            let entry = aliases.entry(of: metric.alias)
            if entry >= 0 || !metric.marks.contains(.name) { return entry }
        }
        guard metric.marks.contains(.name) else { return -1 }
        name.removeAll(keepingCapacity: true)
        if let parent { name.append(copying: texts.span.extracting(parent.indices)) }
        Self.extend(&name, by: bytes.extracting(metric.name.indices))
        return names.value(of: name.span, hash: ByteHash.tableHash(name.span)).map { Int32($0) } ?? -1
    }

    private func compare(_ metric: SparkplugMetric, _ entry: SparkplugEntry, _ status: inout SparkplugStatus)
    {
        guard let known = entry.datatype, metric.datatype != UInt32(known.rawValue) else { return }
        status.complain(.datatypeChanged)
    }
}
