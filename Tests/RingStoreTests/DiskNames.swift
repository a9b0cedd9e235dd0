/// Which names a disk may show at one moment: those that are durable, and what has befallen them since.
struct DiskNames {
    enum Change {
        case made(file: String, place: String)
        case renamed(from: String, place: String)
        case removed(place: String)

        /// What the folder's sync makes durable.
        var place: String {
            switch self {
            case .made(_, let place), .renamed(_, let place), .removed(let place): place
            }
        }

        /// Names that it is about; of each, changes come about in their order.
        var touched: [String] {
            if case .renamed(let from, let place) = self { [from, place] } else { [place] }
        }
    }

    /// How what was not synced fares.
    private enum Fate: CaseIterable {
        /// None of it, all of it; all up to some change, as a file system with a journal has it; each for itself.
        case nothing, everything, prefix, each
    }

    /// By place, the file; of a folder, its place ends with a slash.
    private var durable: [String: String] = [:]
    private var pending: [Change] = []
    /// As a running system sees them.
    private var now: [String: String] = [:]

    init(_ places: some Sequence<String>) {
        for place in places { durable[place] = place }
        now = durable
    }

    mutating func add(_ change: Change) {
        if case .made(_, let place) = change, now[place] != nil { return }
        DiskNames.apply(change, to: &now)
        pending.append(change)
    }

    /// The names in a folder are durable from here on; the names of folders within are, what is in them is not.
    mutating func sync(_ folder: String) {
        func isWithin(_ change: Change) -> Bool {
            let rest = change.place.dropFirst(folder.count)
            return change.place.hasPrefix(folder) && !rest.isEmpty && !rest.dropLast().contains("/")
        }
        for change in pending where isWithin(change) { DiskNames.apply(change, to: &durable) }
        pending.removeAll(where: isWithin)
    }

    /// By place, the file that a power cut may leave there.
    func image(_ random: inout SeededRandom) -> [String: String] {
        var names = durable
        let fate = Fate.allCases.randomElement(using: &random) ?? .nothing
        let first = Int.random(in: 0...pending.count, using: &random)
        var missed: Set<String> = []
        for (number, change) in pending.enumerated() {
            let comes =
                switch fate {
                case .nothing: false
                case .everything: true
                case .prefix: number < first
                case .each: Bool.random(using: &random)
                }
            if comes && missed.isDisjoint(with: change.touched) {
                DiskNames.apply(change, to: &names)
            } else {
                missed.formUnion(change.touched)
            }
        }
        // What is in a folder that is not there is not there either.
        return names.filter { place, _ in
            guard let slash = place.lastIndex(of: "/") else { return true }
            return names[String(place[...slash])] != nil
        }
    }

    private static func apply(_ change: Change, to names: inout [String: String]) {
        switch change {
        case .made(let file, let place): names[place] = file
        case .renamed(let from, let place):
            names[place] = names[from]
            names[from] = nil
        case .removed(let place): names[place] = nil
        }
    }
}
