import Intake

/// Leads from a place in the rules' options back to the line that says it, and tells it there.
struct PlaceMap {
    /// Which rule of which file a compiled rule comes from; a rule with several topics becomes several.
    struct Source {
        /// The file's root.
        let root: Entry
        let rule: Int
        let topic: Int
        /// The entry of `rules:` that took it over; nil for a rule of the file's own.
        var entry: Entry?
        /// The preset's name when it came with the program, in which nobody can mend a line.
        var preset: String?
    }

    let root: Entry
    /// By the index of the compiled rule.
    let sources: [Source]

    /// Tells a failure where it stands, or as near above it as a file says anything.
    func tell(_ failure: RuleFailure) {
        guard failure.place.count > 1, failure.place[0] == .key("rules"),
            case .index(let index) = failure.place[1], index < sources.count
        else {
            root.findings.add(spot(of: failure.place), failure.message)
            return
        }
        let source = sources[index]
        let inside = Array(failure.place.dropFirst(2))
        if let entry = source.entry {
            if let spot = override(inside, entry) { return entry.findings.add(spot, failure.message) }
            if let preset = source.preset {
                return entry.findings.add(entry.spot, "preset \(preset): \(failure.message)")
            }
        }
        var place: [PlaceStep] = [.key("rules"), .index(source.rule)] + inside
        if inside == [.key("topic")] { place.append(.index(source.topic)) }
        source.root.findings.add(Self.walk(source.root, place).spot, failure.message)
    }

    /// Where the entry that takes a preset over says otherwise than the preset does.
    private func override(_ inside: [PlaceStep], _ entry: Entry) -> Spot? {
        guard case .key(let key) = inside.first, Overrides.keys.contains(key) else { return nil }
        let found = Self.walk(entry, inside)
        // A name that the entry does not have is the preset's own.
        return found.depth >= (key == "names" ? 2 : 1) ? found.spot : nil
    }

    private func spot(of place: [PlaceStep]) -> Spot {
        let found = Self.walk(root, place)
        // What the gateway's own site and zone say is taken over as the rules' defaults.
        if place.count == 2, place[0] == .key("defaults"), found.depth < 2 {
            return Self.walk(root, [.key("gateway"), place[1]]).spot
        }
        return found.spot
    }

    private static func walk(_ root: Entry, _ place: [PlaceStep]) -> (spot: Spot, depth: Int) {
        var entry = root
        for (depth, step) in place.enumerated() {
            guard let next = child(of: entry, step) else { return (entry.spot, depth) }
            entry = next
        }
        return (entry.spot, place.count)
    }

    private static func child(of entry: Entry, _ step: PlaceStep) -> Entry? {
        switch (entry.node.form, step) {
        case (.table, .key(let key)):
            return YamlTable(quietly: entry)?[key]
        case (.list, .index(let index)):
            return entry.items.dropFirst(index).first { _ in true }
        case (.plain, .index(0)), (.quoted, .index(0)):
            // One value where a list may stand.
            return entry
        default:
            return nil
        }
    }
}
