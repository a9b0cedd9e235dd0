internal import Codec
internal import Readings

/// What a checkpoint file holds.
enum CheckpointFinding: Hashable {
    /// Nothing was written yet.
    case blank
    case intact(number: UInt64)
    /// Its number as far as it can be read; whether it is longer than what a disk writes at once.
    case unreadable(number: UInt64?, isLong: Bool)

    /// Reads one of both files.
    init(_ file: StoreFile, _ geometry: Geometry) throws(StoreFailure) {
        if let checkpoint = try Checkpoint.read(file, geometry: geometry) {
            self = .intact(number: checkpoint.number)
            return
        }
        let bytes = try file.read(4096, at: Geometry.pageBytes)
        if bytes.allSatisfy({ $0 == 0 }) {
            self = .blank
            return
        }
        var head = ByteReader(bytes)
        guard (try? head.fixed32()) == Checkpoint.magic, (try? head.fixed32()) != nil,
            let length = try? head.fixed64(), let number = try? head.fixed64(),
            (try? head.fixed64()) == geometry.storeID
        else {
            self = .unreadable(number: nil, isLong: false)
            return
        }
        self = .unreadable(number: number, isLong: length > UInt64(bytes.count - Checkpoint.headBytes))
    }
}

/// Looks at both checkpoints.
struct CheckpointInspection {
    private let store: OfflineStore

    init(_ store: OfflineStore) {
        self.store = store
    }

    /// Tells damage, and what looks like a crash in the middle of a seal.
    func run(_ verdict: inout StoreVerdict) throws(StoreFailure) {
        let files = store.files
        let findings = [
            (files[.checkpointA].name, try CheckpointFinding(files[.checkpointA], files.geometry)),
            (files[.checkpointB].name, try CheckpointFinding(files[.checkpointB], files.geometry)),
        ]
        let newest = store.state.checkpoint.number
        for (name, finding) in findings {
            switch finding {
            case .intact: verdict.bytes += Checkpoint.headBytes
            case .blank:
                // The one that is written by turns is there as soon as two were.
                if newest > 1 || store.state.isLost {
                    verdict.add(place(name, "a checkpoint is gone", newest))
                }
            case .unreadable(let number, let isLong):
                if number == newest + 1 && isLong && !store.state.isLost {
                    // Longer than a disk writes at once, and nothing that followed it is there.
                    verdict.notes.append(
                        "\(name) is not whole: a crash in the middle of a seal leaves it so; nothing is "
                            + "lost, the other one and the journal have it all"
                    )
                } else {
                    verdict.add(place(name, "a checkpoint does not match its checksum", newest))
                }
            }
        }
    }

    private func place(_ file: String, _ what: String, _ newest: UInt64) -> DamagedPlace {
        let lost: String
        if !store.state.isLost {
            lost = newest == 0 ? "nothing: the journal has it all" : "nothing: the other one counts"
        } else if newest == 0 {
            lost = "the state of stock and machines, and current values; history is found by scanning"
        } else {
            lost = "changes of the state of stock and machines since checkpoint \(newest); history is whole"
        }
        return DamagedPlace(file: file, offset: Geometry.pageBytes, what: what, lost: lost)
    }
}
