import Disclosure
import Intake

/// What another configuration says otherwise than the one that is gone by.
public struct SettingsChanges: Hashable, Sendable {
    /// How a part stands to what was before.
    public enum Sign: String, Hashable, Sendable {
        case added = "+"
        case removed = "-"
        case changed = "~"
    }

    /// One part that is otherwise.
    public struct Line: Hashable, Sendable {
        /// Whether it came, went or changed.
        public var sign: Sign
        /// `rule`, `agreement`, or a section of the configuration.
        public var part: String
        /// Which rule or agreement; empty for a section.
        public var name: String
    }

    /// What takes effect at once: rules in the order of the new configuration, those that are gone behind them.
    public var lines: [Line] = []
    /// Rules that stay as they are.
    public var rulesUnchanged = 0
    /// Sections that stay as they were until the daemon is started again.
    public var restart: [String] = []
}

extension Settings {
    /// What `fresh` says otherwise.
    public func changes(to fresh: Settings) -> SettingsChanges {
        var changes = SettingsChanges()
        changes.restart = restarts(for: fresh)
        let (old, new) = (Self.byName(rules.rules), Self.byName(fresh.rules.rules))
        for rule in new {
            guard let before = old.first(where: { $0.name == rule.name }) else {
                changes.note(.added, "rule", rule.name)
                continue
            }
            if before.rules == rule.rules {
                changes.rulesUnchanged += 1
            } else {
                changes.note(.changed, "rule", rule.name)
            }
        }
        let names = Set(new.map(\.name))
        for rule in old where !names.contains(rule.name) { changes.note(.removed, "rule", rule.name) }
        let known = Set(old.map(\.name))
        if old.map(\.name).filter(names.contains) != new.map(\.name).filter(known.contains) {
            changes.note(.changed, "order of the rules", "")
        }
        if rules.defaults != fresh.rules.defaults { changes.note(.changed, "defaults", "") }
        if limits(rules) != limits(fresh.rules) { changes.note(.changed, "limits", "") }
        if plant != fresh.plant {
            changes.note(.changed, "items, containers, machines, shifts or holidays", "")
        }
        if trade != fresh.trade {
            changes.note(.changed, "what partners know items and sites by", "")
        }
        for agreement in fresh.agreements {
            let before = agreements.first { $0.id == agreement.id }
            if before == nil { changes.note(.added, "agreement", agreement.id) }
            if let before, before != agreement { changes.note(.changed, "agreement", agreement.id) }
        }
        for agreement in agreements where !fresh.agreements.contains(where: { $0.id == agreement.id }) {
            changes.note(.removed, "agreement", agreement.id)
        }
        if alerts != fresh.alerts { changes.note(.changed, "alerts", "") }
        if consents != fresh.consents { changes.note(.changed, "consents", "") }
        return changes
    }

    /// `fresh` with those parts as they are here that cannot change while the daemon runs.
    public func adopting(_ fresh: Settings) -> Settings {
        var adopted = fresh
        adopted.gateway.id = gateway.id
        adopted.store = store
        adopted.broker = broker
        adopted.members = members
        adopted.deskSocket = deskSocket
        adopted.log = log
        adopted.board = board
        adopted.rules.sparkplug = rules.sparkplug
        return adopted
    }

    private func restarts(for fresh: Settings) -> [String] {
        let parts: [(name: String, isSame: Bool)] = [
            ("gateway.id", gateway.id == fresh.gateway.id),
            ("data", store == fresh.store),
            ("broker", broker == fresh.broker),
            ("members", members == fresh.members),
            (
                "sparkplug",
                rules.sparkplug == fresh.rules.sparkplug
                    && rules.isSparkplugHost == fresh.rules.isSparkplugHost
            ),
            ("desk", deskSocket == fresh.deskSocket),
            ("log", log == fresh.log),
            ("board", board == fresh.board),
        ]
        return parts.filter { !$0.isSame }.map(\.name)
    }

    private func limits(_ rules: RuleSetOptions) -> [Int] {
        [rules.payloadBytesMax, rules.nestingMax, rules.readingsPerMessageMax]
    }

    /// A rule with several topics stands once for each of them.
    private static func byName(_ rules: [RuleOptions]) -> [(name: String, rules: [RuleOptions])] {
        var found: [(name: String, rules: [RuleOptions])] = []
        var places: [String: Int] = [:]
        for rule in rules {
            if let place = places[rule.name] {
                found[place].rules.append(rule)
            } else {
                places[rule.name] = found.count
                found.append((rule.name, [rule]))
            }
        }
        return found
    }
}

extension SettingsChanges {
    fileprivate mutating func note(_ sign: Sign, _ part: String, _ name: String) {
        lines.append(Line(sign: sign, part: part, name: name))
    }
}
