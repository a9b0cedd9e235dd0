import Glibc
import Intake
import Logging
import Readings
import Synchronization

/// The door for files that people put into folders: each is read once, and its outcome stands beside it.
///
///     look ─▶ read ─▶ batch ─▶ outcome, without its name ─▶ commit ─▶ outcome gets its name
///
/// A kill before the commit: the file is read anew. After it: the mark in the journal tells that it was read, and the
/// outcome that waits gets its name. The folder itself is the queue, so nothing is lost while the store refuses.
final class FileDoor: Sendable {
    /// More files are not read at one turn: the next one comes in a second.
    private static let filesPerTurnMax = 32

    private struct State {
        var places: [DropPlace]
        /// As ``places``.
        var folders: [DropFolder]
        /// By folder, why it does not get on.
        var faults: [String: String] = [:]
    }

    private let ingest: Ingest
    private let logger: Logger
    /// What was seen in the folders; held for a whole turn, which are one after the other.
    private let state: Mutex<State>
    /// As of the last turn; a leaf, so that whoever asks does not wait for one.
    private let told = Mutex<[String]>([])
    private let letters = Mutex<@Sendable (DeadLetter) -> Void>({ _ in })

    init(_ ingest: Ingest, _ logger: Logger) {
        self.ingest = ingest
        self.logger = logger
        state = Mutex(State(places: [], folders: []))
    }

    /// Reads these folders from now on, and makes those that are not there yet.
    func open(_ places: [DropPlace]) throws(Trouble) {
        // A lease that is broken by a writer is told by this signal, which would end us.
        if !places.isEmpty { signal(SIGIO, SIG_IGN) }
        for place in places { try makeFolder(place.folder, mode: 0o770) }
        state.withLock { state in
            // What is known of a folder that stays is kept.
            let folders = places.map { place in
                state.places.firstIndex { $0.folder == place.folder }.map { state.folders[$0] }
                    ?? DropFolder(place.folder)
            }
            (state.places, state.folders) = (places, folders)
            state.faults = state.faults.filter { fault in places.contains { $0.folder == fault.key } }
        }
    }

    /// Reads no other folders any more.
    func keep(_ places: [DropPlace]) {
        state.withLock { state in
            let kept = state.places.indices.filter { places.contains(state.places[$0]) }
            (state.places, state.folders) = (kept.map { state.places[$0] }, kept.map { state.folders[$0] })
        }
    }

    /// Who gets each dead letter that is durable.
    func tell(_ letters: @escaping @Sendable (DeadLetter) -> Void) {
        self.letters.withLock { $0 = letters }
    }

    /// What does not get on, one line each.
    var faults: [String] { told.withLock { $0 } }

    /// Looks into every folder, and reads what is whole.
    func turn() {
        // Until the clock is set nobody could say when a file was read; the folder keeps it.
        guard Intake.isSet(WallClock.now) else { return }
        let faults = state.withLock { state in
            for index in state.places.indices {
                let place = state.places[index]
                let fault = turn(place, &state.folders[index])
                let before = state.faults[place.folder]
                state.faults[place.folder] = fault
                guard fault != before else { continue }
                if let fault { logger.warning("drop: \(fault)") } else { logger.notice("drop: mended") }
            }
            return state.faults.values.sorted()
        }
        told.withLock { $0 = faults.map { "drop: \($0)" } }
    }

    /// - Returns: what does not get on.
    private func turn(_ place: DropPlace, _ folder: inout DropFolder) -> String? {
        var fault: String?
        do throws(DropFailure) {
            for name in try folder.look().prefix(FileDoor.filesPerTurnMax) {
                do throws(DropFailure) {
                    guard let found = try folder.read(name, bytesMax: ingest.payloadBytesMax) else {
                        continue
                    }
                    fault = try take(found, place, &folder) ?? fault
                } catch {
                    fault = error.description
                }
            }
        } catch {
            return error.description
        }
        return fault
    }

    /// - Returns: why the store does not keep it; then it waits.
    private func take(
        _ found: DropFolder.Found,
        _ place: DropPlace,
        _ folder: inout DropFolder
    ) throws(DropFailure) -> String? {
        // What is too large is told by its size: nobody has read it.
        let content = found.content ?? Array("\(found.name): \(found.bytes) bytes".utf8)
        let hash = ContentHash(content.span)
        guard !folder.hasOutcome(found, hash) else {
            folder.pass(found)
            return nil
        }
        let letters = letters.withLock { $0 }
        do {
            let outcome = try ingest.takeFile(found, place, content, hash, letters) {
                (outcome) throws(DropFailure) in
                // One that was read before a kill has its outcome waiting.
                if outcome.isNew || !folder.hasPart(found, hash) {
                    let text = outcome.text(file: found.name, content: hash, at: WallClock.now)
                    try folder.write(text, for: found)
                }
            }
            try folder.finish(found)
            logger.notice(
                "drop: \(place.folder)/\(found.name): \(outcome.readings) readings, \(outcome.faultCount) dead letters"
            )
            return nil
        } catch let failure as DropFailure {
            throw failure
        } catch {
            return "\(place.folder)/\(found.name) waits: \(error)"
        }
    }
}

extension Ingest {
    /// Takes a file; returns when its readings are durable.
    ///
    /// - Parameter keep: gets what will have become of it, before it is durable.
    fileprivate func takeFile(
        _ found: DropFolder.Found,
        _ place: DropPlace,
        _ content: [UInt8],
        _ hash: ContentHash,
        _ letters: @Sendable (DeadLetter) -> Void,
        keep: (FileOutcome) throws(DropFailure) -> Void
    ) throws -> FileOutcome {
        try turnstile.pass { () throws in
            let outcome =
                found.content == nil
                ? intake.refuseFile(in: place, found.name, bytes: found.bytes, hash)
                : intake.takeFile(in: place, found.name, content.span, hash)
            do {
                try keep(outcome)
                try intake.settle { (batch) throws in
                    try commit(batch)
                    for letter in batch.deadLetters { letters(letter) }
                }
            } catch {
                intake.abandoned()
                throw error
            }
            return outcome
        }
    }
}
