import Readings

extension Scene {
    /// What an expression came to as a text.
    enum Written: Sendable {
        case text
        /// A path leads nowhere or to null, and there is no default.
        case missing(String)
    }

    /// No text that an expression makes may be longer.
    static let textBytesMax = 4096

    /// Appends what an expression yields to `text`, its map and default applied.
    ///
    /// - Throws: `type` for a list or object and for a text over ``textBytesMax``, `lookup` for a text that
    ///   the map lacks. Then `text` may hold a part.
    mutating func write(_ source: Source, to text: inout [UInt8]) throws(Fault) -> Written {
        let start = text.count
        if let missing = try fill(source.form, &text, from: start) {
            text.removeLast(text.count - start)
            guard let fallback = source.fallback else { return .missing(missing) }
            if case .absent = fallback.value { return .missing(missing) }
            text.append(contentsOf: fallback.text)
            return .text
        }
        if let map = source.map {
            guard let literal = map.literal(of: text.span.extracting(start..<text.count)) ?? source.fallback
            else {
                let key = Fault.quote(text.span.extracting(start..<text.count))
                throw Fault(.lookup, "\(key) is not in the map of \(source.text)")
            }
            text.removeLast(text.count - start)
            if case .absent = literal.value { return .missing(source.text) }
            text.append(contentsOf: literal.text)
        }
        return .text
    }

    /// Appends what a path or a template yields, without map and default.
    ///
    /// - Returns: what is missing, or nil.
    mutating func fill(_ form: Source.Form, _ text: inout [UInt8], from start: Int) throws(Fault) -> String? {
        switch form {
        case .path(let path):
            let node = resolve(path)
            return try fill(node, of: path.text, &text, from: start)
        case .firstOf(let paths):
            let node = resolve(firstOf: paths)
            return try fill(node, of: paths[0].text, &text, from: start)
        case .template(let template):
            for part in template.parts {
                if let missing = try fill(part, &text, from: start) { return missing }
                guard text.count - start <= Self.textBytesMax else { throw Self.tooLong(template.text) }
            }
            return nil
        }
    }

    private func fill(
        _ node: Int,
        of path: @autoclosure () -> String,
        _ text: inout [UInt8],
        from start: Int
    ) throws(Fault) -> String? {
        guard node >= 0, document.nodes[node].kind != .null else { return path() }
        guard !document.nodes[node].isContainer else { throw Fault(.type, "not a scalar: \(path())") }
        let range = document.nodes[node].text
        guard text.count - start + range.count <= Self.textBytesMax else { throw Self.tooLong(path()) }
        text.append(copying: document.bytes.span.extracting(range.indices))
        return nil
    }

    private mutating func fill(
        _ part: Template.Part,
        _ text: inout [UInt8],
        from start: Int
    ) throws(Fault) -> String? {
        switch part {
        case .literal(let bytes): text.append(contentsOf: bytes)
        case .topicCapture(let number):
            let range = captures[number]
            text.append(copying: topic.span.extracting(range.indices))
            // Only Sparkplug's device may be empty: the node itself is called without a slash behind it.
            if range.count == 0, text.count > start, text.last == UInt8(ascii: "/") { text.removeLast() }
        case .matchCapture(let number):
            guard let range = groups[number] else { return "a group of match" }
            text.append(copying: groupText.span.extracting(range.indices))
        case .key(let up): appendKey(of: frames[frames.count - 1 - up], to: &text)
        case .index: text.append(contentsOf: String(frames[frames.count - 1].index).utf8)
        case .path: text.append(contentsOf: leafPath)
        case .topic: text.append(contentsOf: topic)
        case .document(let path):
            // By itself: among the arguments it would change a scene of which a copy is held.
            let node = resolve(path)
            return try fill(node, of: path.text, &text, from: start)
        }
        return nil
    }

    /// Appends the name under which an item stands; in a list its index.
    func appendKey(of frame: Frame, to text: inout [UInt8]) {
        if frame.isElement {
            text.append(contentsOf: String(frame.index).utf8)
        } else {
            let key = document.nodes[frame.node].key
            let most = min(key.count, Self.textBytesMax)
            text.append(copying: document.bytes.span.extracting(key.start..<key.start + most))
        }
    }

    private static func tooLong(_ source: String) -> Fault {
        Fault(.type, "\(source) comes to more than \(textBytesMax) bytes")
    }
}
