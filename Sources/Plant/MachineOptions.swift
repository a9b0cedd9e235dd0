/// What a machine does while it is in a state, in the time model of ISO 22400-2.
public enum Activity: String, Hashable, Sendable, CaseIterable {
    /// It makes pieces: actual production time (APT).
    case production
    /// It is set up: actual unit setup time (AUST).
    case setup
    /// It was to work and does not: actual unit delay time (ADET).
    case delay
    /// It was not to work: planned downtime, which is no part of planned busy time.
    case planned
    /// Nobody knows.
    case unknown

    /// Of a state whose word the options do not name: the words that most rules map to, and what is written on Japanese
    /// panels; everything else is a delay.
    static func usual(_ word: String) -> Activity {
        switch word.lowercased() {
        case "running", "run", "active", "executing", "production", "運転", "運転中", "自動運転", "稼働", "稼働中", "加工中":
            .production
        case "setup", "setting_up", "段取り", "段取", "段取り中", "準備": .setup
        case "break", "planned_stop", "planned", "maintenance", "休憩", "休止", "計画停止", "保全": .planned
        case "unknown", "unavailable", "offline", "", "不明": .unknown
        default: .delay
        }
    }
}

/// What must be told of a machine, because no reading says it.
public struct MachineOptions: Hashable, Sendable {
    /// Planned run time per item (PRI), in seconds, more than 0; without it there is no effectiveness and no OEE.
    public var cycleSeconds: Double?
    /// By the word of the state; what is left out has its usual meaning.
    public var states: [String: Activity] = [:]
    /// The metric of its energy meter: a counter, or deltas.
    public var energy = "energy"
    /// Where the meter rolls over: it shows less than this, and goes on from 0. Nil for one that only restarts.
    public var energyRollover: Double?

    /// A machine of which nothing is said.
    public init() {}

    /// What the machine does in a state of that word.
    public func activity(_ word: String) -> Activity {
        states[word] ?? Activity.usual(word)
    }
}
