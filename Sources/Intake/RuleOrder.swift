/// Finds the rules that no message reaches, because rules before them take all their topics.
///
/// A rule of a preset may be crowded out: whoever writes a rule of his own before a preset means that one. A preset of
/// which nothing is left that reads is a mistake.
struct RuleOrder {
    private struct Place {
        let name: String
        let preset: String?
        let pattern: TopicPattern
        /// It has no `when`: what matches its topic goes no further.
        let isFinal: Bool
    }

    private struct Standing {
        let index: Int
        let preset: String
        var isReached = false
        var why = ""
    }

    private var places: [Place] = []
    /// Of each preset, in their order.
    private var standings: [Standing] = []

    /// Takes the next rule.
    ///
    /// - Returns: why no message ever reaches it; nil when some may.
    mutating func add(_ rule: RuleOptions, _ pattern: TopicPattern, at index: Int) -> String? {
        // A wildcard takes no files, whose rules have folders of their own.
        let earlier = rule.drop == nil ? places.first { $0.isFinal && $0.pattern.covers(pattern) } : nil
        places.append(
            Place(name: rule.name, preset: rule.preset, pattern: pattern, isFinal: rule.when.isEmpty)
        )
        let why = earlier.map { earlier in
            "\(rule.topic) is never reached: rule \(earlier.name) (\(earlier.pattern.text)) "
                + "stands before it, takes all its topics and has no when"
        }
        guard let preset = rule.preset else { return why }
        note(preset, rule, at: index, why)
        return earlier?.preset == preset ? why : nil
    }

    private mutating func note(_ preset: String, _ rule: RuleOptions, at index: Int, _ why: String?) {
        let place = standings.firstIndex { $0.preset == preset } ?? standings.count
        if place == standings.count { standings.append(Standing(index: index, preset: preset)) }
        guard !rule.ignore else { return }
        if let why {
            if standings[place].why.isEmpty { standings[place].why = why }
        } else {
            standings[place].isReached = true
        }
    }

    /// The presets of which no rule that reads is reached, each with the index of its first rule.
    var idlePresets: [(index: Int, why: String)] {
        standings.filter { !$0.isReached && !$0.why.isEmpty }.map {
            ($0.index, "nothing of preset \($0.preset) is ever reached; \($0.why)")
        }
    }
}
