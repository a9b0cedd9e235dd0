import CYaml

/// Makes a tree of what libyaml tells of a file, and stops at whatever a configuration has no use for.
///
/// The bounds keep a bad file from hurting: they are looked at before anything is kept.
struct YamlComposer {
    /// The deepest nesting of lists and tables.
    static let depthMax = 64
    /// The most lists, tables, keys and values, aliases followed.
    static let nodeCountMax = 100_000
    /// The most `*aliases`.
    static let aliasCountMax = 20
    /// From so many keys on a table's are looked up, and not compared one by one.
    private static let indexedKeyCount = 16

    /// A list or a table whose end has not come.
    private struct Open {
        let index: Int
        /// Of the table's keys so far.
        var keys: [Int] = []
        var byName: [String: Int] = [:]
        /// Whether a key comes next; never in a list.
        var isKeyNext: Bool
    }

    /// Why there is no tree.
    private struct Refusal: Error {
        let spot: Spot?
        let message: String
    }

    private var nodes: [YamlNode] = []
    private var open: [Open] = []
    private var anchors: [String: Int] = [:]
    private var aliasCount = 0

    private init() {}

    /// - Parameter bytes: UTF-8.
    /// - Returns: nil, after a complaint, when it is no YAML, or out of bounds.
    static func tree(of bytes: [UInt8], _ findings: Findings) -> YamlTree? {
        var composer = YamlComposer()
        do throws(Refusal) {
            try composer.read(bytes)
        } catch {
            findings.add(error.spot, error.message)
            return nil
        }
        guard !composer.nodes.isEmpty else {
            findings.add(nil, "is empty; config/tsunagi.yaml shows what may stand in it")
            return nil
        }
        return YamlTree(composer.nodes)
    }

    private mutating func read(_ bytes: [UInt8]) throws(Refusal) {
        // The parser keeps its own address.
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { unsafe parser.deallocate() }
        guard unsafe yaml_parser_initialize(parser) == 1 else { throw Self.noMemory }
        defer { unsafe yaml_parser_delete(parser) }
        // Said outright, or an environment variable or a first byte could change it.
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        let outcome = unsafe bytes.withUnsafeBufferPointer { bytes -> Result<Void, Refusal> in
            unsafe yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
            do throws(Refusal) {
                return .success(unsafe try take(from: parser))
            } catch {
                return .failure(error)
            }
        }
        guard case .failure(let refusal) = outcome else { return }
        guard unsafe parser.pointee.error == YAML_READER_ERROR else { throw refusal }
        let offset = unsafe parser.pointee.problem_offset
        throw Refusal(spot: Self.spot(behind: offset, in: bytes), message: refusal.message)
    }

    private mutating func take(from parser: UnsafeMutablePointer<yaml_parser_t>) throws(Refusal) {
        while true {
            var event = unsafe yaml_event_t()
            guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw unsafe Self.refusal(of: parser) }
            defer { unsafe yaml_event_delete(&event) }
            if unsafe event.type == YAML_STREAM_END_EVENT { return }
            unsafe try take(event)
        }
    }

    private mutating func take(_ event: yaml_event_t) throws(Refusal) {
        let spot = unsafe Self.spot(event.start_mark)
        switch unsafe event.type {
        case YAML_DOCUMENT_START_EVENT:
            guard nodes.isEmpty else {
                throw Refusal(spot: spot, message: "YAML: another document begins; one file holds one")
            }
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let text = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            unsafe try refuseTag(scalar.tag, at: spot)
            try add(
                unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE ? .plain : .quoted,
                spot,
                text: unsafe String(decoding: text, as: UTF8.self)
            )
            unsafe name(scalar.anchor, nodes.count - 1)
        case YAML_SEQUENCE_START_EVENT:
            unsafe try refuseTag(event.data.sequence_start.tag, at: spot)
            try begin(.list, spot)
            unsafe name(event.data.sequence_start.anchor, nodes.count - 1)
        case YAML_MAPPING_START_EVENT:
            unsafe try refuseTag(event.data.mapping_start.tag, at: spot)
            try begin(.table, spot)
            unsafe name(event.data.mapping_start.anchor, nodes.count - 1)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            let index = open.removeLast().index
            nodes[index].end = Int32(nodes.count)
        case YAML_ALIAS_EVENT:
            unsafe try repeatNode(String(cString: event.data.alias.anchor), at: spot)
        default:
            break
        }
    }

    private mutating func begin(_ form: YamlNode.Form, _ spot: Spot) throws(Refusal) {
        if open.last?.isKeyNext == true {
            throw Refusal(spot: spot, message: "a key must be a text, not a list or a table")
        }
        try add(form, spot, text: "")
        open.append(Open(index: nodes.count - 1, isKeyNext: form == .table))
    }

    /// Appends a node to the list or table that is open.
    private mutating func add(_ form: YamlNode.Form, _ spot: Spot, text: String) throws(Refusal) {
        let node = YamlNode(
            form: form,
            depth: UInt8(open.count + 1),
            holder: Int32(open.last?.index ?? -1),
            end: Int32(nodes.count + 1),
            line: Int32(clamping: spot.line),
            column: Int32(clamping: spot.column),
            text: text
        )
        try append(node, at: spot)
        guard let table = open.last, nodes[table.index].form == .table else { return }
        if table.isKeyNext { try noteKey(nodes.count - 1) }
        open[open.count - 1].isKeyNext.toggle()
    }

    private mutating func append(_ node: YamlNode, at spot: Spot) throws(Refusal) {
        guard nodes.count < Self.nodeCountMax else {
            throw Refusal(
                spot: spot,
                message: "more than \(Self.nodeCountMax) values, aliases followed; split the file"
            )
        }
        guard node.depth <= Self.depthMax else {
            throw Refusal(spot: spot, message: "nested deeper than \(Self.depthMax) lists and tables")
        }
        nodes.append(node)
    }

    /// Each key stands once in its table.
    private mutating func noteKey(_ index: Int) throws(Refusal) {
        let (last, text) = (open.count - 1, nodes[index].text)
        let count = open[last].keys.count
        let first =
            count < Self.indexedKeyCount
            ? open[last].keys.first { nodes[$0].text == text } : open[last].byName[text]
        if let first {
            throw Refusal(
                spot: nodes[index].spot,
                message: "key \"\(Entry.short(text))\" stands already in line \(nodes[first].line)"
            )
        }
        open[last].keys.append(index)
        if count == Self.indexedKeyCount - 1 {
            for key in open[last].keys { open[last].byName[nodes[key].text] = key }
        } else if count >= Self.indexedKeyCount {
            open[last].byName[text] = index
        }
    }

    private mutating func name(_ anchor: UnsafeMutablePointer<yaml_char_t>?, _ index: Int) {
        guard let anchor = unsafe anchor else { return }
        anchors[unsafe String(cString: anchor)] = index
    }

    /// Copies what an alias names behind what there is.
    private mutating func repeatNode(_ name: String, at spot: Spot) throws(Refusal) {
        aliasCount += 1
        guard aliasCount <= Self.aliasCountMax else {
            throw Refusal(
                spot: spot,
                message: "more than \(Self.aliasCountMax) aliases (*name); write the values out"
            )
        }
        guard let index = anchors[name], !open.contains(where: { $0.index == index }) else {
            throw Refusal(spot: spot, message: "YAML: alias *\(Entry.short(name)) names nothing above it")
        }
        let source = nodes[index]
        guard source.isScalar || open.last?.isKeyNext != true else {
            throw Refusal(spot: spot, message: "a key must be a text, not a list or a table")
        }
        let offset = Int32(nodes.count - index)
        let start = nodes.count
        try add(source.form, source.spot, text: source.text)
        let deeper = nodes[start].depth - source.depth
        for original in index + 1..<Int(source.end) {
            var node = nodes[original]
            node.depth += deeper
            node.holder += offset
            node.end += offset
            try append(node, at: spot)
        }
        nodes[start].end = Int32(nodes.count)
    }

    /// Tags mean nothing here, but for those that name what a thing is anyhow.
    private func refuseTag(_ tag: UnsafeMutablePointer<yaml_char_t>?, at spot: Spot) throws(Refusal) {
        guard let tag = unsafe tag else { return }
        let name = unsafe String(cString: tag)
        let own = ["!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"]
        if own.contains(name) { return }
        throw Refusal(spot: spot, message: "tag \"\(Entry.short(name))\" means nothing here; leave it out")
    }
}

extension YamlComposer {
    private static let noMemory = Refusal(spot: nil, message: "is too much for this machine's memory")

    /// What stopped the parser. Of bytes that it cannot read the place is not known yet.
    private static func refusal(of parser: UnsafeMutablePointer<yaml_parser_t>) -> Refusal {
        let state = unsafe parser.pointee
        guard let problem = unsafe state.problem else { return noMemory }
        var message = unsafe "YAML: \(String(cString: problem))"
        if unsafe state.error == YAML_READER_ERROR { return Refusal(spot: nil, message: message) }
        if let context = unsafe state.context {
            message += unsafe " (\(String(cString: context)), line \(state.context_mark.line + 1))"
        }
        return Refusal(spot: unsafe spot(state.problem_mark), message: message)
    }

    private static func spot(_ mark: yaml_mark_t) -> Spot {
        Spot(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    /// The line and column of the byte at an offset.
    private static func spot(behind offset: Int, in bytes: [UInt8]) -> Spot {
        YamlFile.spot(after: String(decoding: bytes.prefix(offset), as: UTF8.self))
    }
}
