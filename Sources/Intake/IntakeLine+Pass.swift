import Readings

/// The message asks for more readings than one may have.
struct TooManyReadings: Error {}

extension IntakeLine {
    /// No path of a leaf is longer; names are far shorter.
    static let leafPathBytesMax = 1024

    /// Goes through the items of a message and reads each.
    mutating func apply(_ rule: Rule, _ reads: Rule.Reads) {
        let readings = batch.readings.count
        let movements = batch.movements.count
        attempts = 0
        skewMs = nil
        do throws(TooManyReadings) {
            try pass(rule, reads, depth: 0)
        } catch {
            batch.readings.removeLast(batch.readings.count - readings)
            marks.takeBack(batch.movements.count - movements)
            batch.movements.removeLast(batch.movements.count - movements)
            let most = table.options.readingsPerMessageMax
            dead(.tooLarge, "more than \(most) readings in one message", rule: rule.name)
        }
        let made = batch.readings.count - readings
        status.readings += UInt64(made)
        if retrying == nil {
            let source = routes.picks[pick].source
            ledger.touch(
                source,
                at: isRetained ? nil : now,
                readings: made,
                skewMs: isRetained ? nil : skewMs
            )
        }
    }

    /// Goes through the items of one `each`, or reads the item when there is no further one.
    private mutating func pass(_ rule: Rule, _ reads: Rule.Reads, depth: Int) throws(TooManyReadings) {
        guard depth < reads.each.count else {
            try item(rule, reads)
            return
        }
        let base: Int
        switch reads.each[depth].path.start {
        case .document: base = 0
        case .item(let up): base = scene.frames[scene.frames.count - 1 - up].node
        }
        try walk(rule, reads, depth, Scene.Frame(node: base, index: 0, isElement: false), step: 0)
    }

    /// Goes on along a path of `each` from one node.
    private mutating func walk(
        _ rule: Rule,
        _ reads: Rule.Reads,
        _ depth: Int,
        _ frame: Scene.Frame,
        step: Int
    ) throws(TooManyReadings) {
        let path = reads.each[depth].path
        guard step < path.steps.count else {
            try arrive(rule, reads, depth, frame)
            return
        }
        let next: Int?
        var isElement = false
        var index = 0
        switch path.steps[step] {
        case .member(let name):
            next = scene.document.member(name, in: path.names, of: frame.node)
        case .element(let place):
            next = scene.document.element(place, of: frame.node)
            isElement = true
            index = place < 0 ? Int(scene.document.nodes[frame.node].children) + place : place
        case .every:
            try walkAll(rule, reads, depth, frame.node, step: step)
            return
        }
        if let next {
            let inner = Scene.Frame(node: next, index: index, isElement: isElement)
            try walk(rule, reads, depth, inner, step: step + 1)
        } else if depth == 0, !path.steps[..<step].contains(.every), !reads.isOptional {
            dead(.pathMissing, path.text, rule: rule.name)
        }
    }

    private mutating func walkAll(
        _ rule: Rule,
        _ reads: Rule.Reads,
        _ depth: Int,
        _ container: Int,
        step: Int
    ) throws(TooManyReadings) {
        let node = scene.document.nodes[container]
        guard node.isContainer else {
            let path = reads.each[depth].path
            if depth == 0, !path.steps[..<step].contains(.every), !reads.isOptional {
                dead(.type, "not a list or object: \(path.text)", rule: rule.name)
            }
            return
        }
        scene.document.searchShadows(of: container)
        var child = container + 1
        var index = 0
        while child < Int(node.next) {
            let next = Int(scene.document.nodes[child].next)
            if !scene.document.nodes[child].isShadowed {
                let inner = Scene.Frame(node: child, index: index, isElement: node.kind == .list)
                try walk(rule, reads, depth, inner, step: step + 1)
            }
            index += 1
            child = next
        }
    }

    /// A path of `each` has come to its end.
    private mutating func arrive(
        _ rule: Rule,
        _ reads: Rule.Reads,
        _ depth: Int,
        _ frame: Scene.Frame
    ) throws(TooManyReadings) {
        let node = scene.document.nodes[frame.node]
        if node.kind == .broken {
            attempts += 1
            guard attempts <= table.options.readingsPerMessageMax else { throw TooManyReadings() }
            let why = scene.document.bytes.text(node.text)
            // A file's letter names the record's line.
            scene.frames.append(frame)
            dead(.decode, why, rule: rule.name)
            scene.frames.removeLast()
            return
        }
        if reads.each[depth].isLeaves {
            scene.leafPath.removeAll(keepingCapacity: true)
            try leaves(rule, reads, frame, isTop: true)
            return
        }
        scene.frames.append(frame)
        if depth < reads.each.count - 1 || !isSkipped(reads, leaf: false) {
            try pass(rule, reads, depth: depth + 1)
        }
        scene.frames.removeLast()
    }

    /// Goes through all scalars at and below a node.
    private mutating func leaves(
        _ rule: Rule,
        _ reads: Rule.Reads,
        _ frame: Scene.Frame,
        isTop: Bool
    ) throws(TooManyReadings) {
        let before = scene.leafPath.count
        if !isTop {
            if before > 0 { scene.leafPath.append(UInt8(ascii: "/")) }
            scene.appendKey(of: frame, to: &scene.leafPath)
        }
        defer { scene.leafPath.removeLast(scene.leafPath.count - before) }
        guard scene.leafPath.count <= Self.leafPathBytesMax else {
            dead(.mapping, "a path of more than \(Self.leafPathBytesMax) bytes", rule: rule.name)
            return
        }
        let node = scene.document.nodes[frame.node]
        guard node.isContainer else {
            scene.frames.append(frame)
            if !isSkipped(reads, leaf: true) { try pass(rule, reads, depth: reads.each.count) }
            scene.frames.removeLast()
            return
        }
        scene.document.searchShadows(of: frame.node)
        var child = frame.node + 1
        var index = 0
        while child < Int(node.next) {
            let next = Int(scene.document.nodes[child].next)
            if !scene.document.nodes[child].isShadowed {
                let inner = Scene.Frame(node: child, index: index, isElement: node.kind == .list)
                try leaves(rule, reads, inner, isTop: false)
            }
            index += 1
            child = next
        }
    }

    /// Whether `skip` leaves the item out, by its key or leaf path.
    private mutating func isSkipped(_ reads: Rule.Reads, leaf: Bool) -> Bool {
        guard !reads.skip.isEmpty, let frame = scene.frames.last else { return false }
        spare.removeAll(keepingCapacity: true)
        if leaf {
            spare.append(contentsOf: scene.leafPath)
        } else {
            scene.appendKey(of: frame, to: &spare)
        }
        for regex in reads.skip where regexes.search(regex, in: spare) { return true }
        return false
    }

    /// Reads one item.
    private mutating func item(_ rule: Rule, _ reads: Rule.Reads) throws(TooManyReadings) {
        do throws(Fault) {
            if !reads.matches.isEmpty { try match(reads) }
        } catch {
            attempts += 1
            guard attempts <= table.options.readingsPerMessageMax else { throw TooManyReadings() }
            dead(error.reason, error.detail, rule: rule.name)
            return
        }
        let isPlain = isPlain
        for number in reads.readings.indices {
            attempts += 1
            guard attempts <= table.options.readingsPerMessageMax else { throw TooManyReadings() }
            do throws(Fault) {
                if isPlain, try readPlain(number, reads) { continue }
                try reading(reads.readings[number], reads)
            } catch {
                dead(error.reason, error.detail, rule: rule.name)
            }
        }
    }

    /// Runs the rule's `match` expressions on the item.
    private mutating func match(_ reads: Rule.Reads) throws(Fault) {
        if isMatched(reads) { return }
        matchMessage = 0
        scene.groupText.removeAll(keepingCapacity: true)
        scene.groups.removeAll(keepingCapacity: true)
        scene.groups.append(contentsOf: repeatElement(nil, count: reads.groupCount))
        for match in reads.matches {
            spare.removeAll(keepingCapacity: true)
            if case .missing(let path) = try scene.write(match.source, to: &spare) {
                throw Fault(.pathMissing, path)
            }
            guard regexes.search(match.regex, in: spare) else { throw Fault(.noMatch, match.source.text) }
            let start = scene.groupText.count
            scene.groupText.append(contentsOf: spare)
            for (offset, group) in match.regex.groups.enumerated() {
                let from = Int(regexes.slots[group.slot])
                let to = Int(regexes.slots[group.slot + 1])
                guard from >= 0, to >= from else { continue }
                scene.groups[match.firstGroup + offset] = ByteRange(start: start + from, count: to - from)
            }
        }
        matchMessage = scene.message
    }

    /// Whether all expressions would see what they saw for the item before.
    private mutating func isMatched(_ reads: Rule.Reads) -> Bool {
        var isSame = matchMessage == scene.message && matchNodes.count == reads.matches.count
        if matchNodes.count != reads.matches.count {
            matchNodes = [Int](repeating: -1, count: reads.matches.count)
        }
        for (place, match) in reads.matches.enumerated() {
            guard case .path(let path) = match.source.form else {
                isSame = false
                continue
            }
            let node = scene.resolve(path)
            if matchNodes[place] != node { isSame = false }
            matchNodes[place] = node
        }
        return isSame
    }
}
