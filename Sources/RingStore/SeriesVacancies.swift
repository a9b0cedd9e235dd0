/// Held by a view, and so by every snapshot of it: as long as one lives, ids that were given back after it was taken
/// stay vacant, and no snapshot finds another series under an id that it knows.
final class SnapshotPin: Sendable {
    /// How many times ids had been given back when it was made.
    let number: UInt64

    init(number: UInt64) {
        self.number = number
    }
}

/// Ids that belong to no series.
struct SeriesVacancies {
    private struct Waiting {
        weak var pin: SnapshotPin?
        var ids: [UInt32]
    }

    private var all: Set<UInt32> = []
    /// Those that may be taken, the lowest at the end.
    private var ready: [UInt32] = []
    /// In the order of being given back: one that waits holds those behind it up, because a snapshot that is older
    /// still may be alive.
    private var waiting: [Waiting] = []

    /// How many there are.
    var count: Int { all.count }

    func contains(_ id: UInt32) -> Bool { !all.isEmpty && all.contains(id) }

    /// The one that is taken next; nil when there is none that may be.
    var next: UInt32? {
        mutating get {
            while let first = waiting.first, first.pin == nil {
                ready += first.ids
                ready.sort(by: >)
                waiting.removeFirst()
            }
            return ready.last
        }
    }

    /// A series has it.
    mutating func take(_ id: UInt32) {
        all.remove(id)
        if ready.last == id {
            ready.removeLast()
        } else {
            ready.removeAll { $0 == id }
            for index in waiting.indices { waiting[index].ids.removeAll { $0 == id } }
        }
    }

    /// - Parameter pin: who holds it may still know these ids; nil when nobody does.
    mutating func add(_ ids: [UInt32], until pin: SnapshotPin?) {
        all.formUnion(ids)
        if let pin {
            waiting.append(Waiting(pin: pin, ids: ids))
        } else {
            ready = (ready + ids).sorted(by: >)
        }
    }
}
