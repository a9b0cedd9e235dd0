public import Plant
public import Readings

/// Looks at machines: for how much planned time they stand.
///
/// A machine stands while its state is a delay in the time model of ISO 22400-2, whatever its word; from one word to
/// the next (fault, stopped, waiting) it goes on standing.
public struct MachineLooks: Sendable {
    /// Further back nobody asks how much of a standstill was planned time.
    private static let lookBackMs = 62 * AlertRule.dayMs

    private var lasting = Lasting()

    /// Nothing was seen yet.
    public init() {}

    /// What is seen of some machines.
    ///
    /// - Parameters:
    ///   - lines: all that the rule asks for; those left out begin anew.
    ///   - word: the text of a state.
    ///   - offsetSeconds: how far the plant's clocks are ahead of UTC, where its shifts lie.
    public mutating func looks(
        at lines: [MachineLine],
        _ options: PlantOptions,
        word: (TextID) -> String,
        offsetSeconds: (Instant) -> Int,
        now: Instant
    ) -> [Look] {
        lasting.keep(Set(lines.map { Look.subject($0.key.asset, at: $0.key.site) }))
        return lines.compactMap { line in
            guard let state = line.state, let began = line.stateSince else { return nil }
            var look = Look(line.key.asset, at: line.key.site, value: 0)
            let word = word(state)
            let activity = (options.machines[line.key.asset] ?? MachineOptions()).activity(word)
            look.detail = word
            if let since = lasting.since(look.subject, holds: activity == .delay, from: began, now: now) {
                let first = max(since, now.advanced(byMs: -MachineLooks.lookBackMs))
                let spans = options.shifts.planned(from: first, to: now, offsetSeconds: offsetSeconds)
                look.value = Double(spans.reduce(0) { $0 + $1.upperBound.msSince($1.lowerBound) })
            }
            return look
        }
    }
}
