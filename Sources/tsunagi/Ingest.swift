import Bus
import Codec
import Intake
import Logging
import Plant
import Readings
import RingStore
import Settings
import Sharing
import Synchronization

/// The way in: what the bus thread does with each message, and with each batch.
///
/// The store opens first; until the link starts all of this belongs to the opening thread, from then on to whoever
/// passed the turnstile: the link's thread, or another door's. ``intake``'s figures may be read from anywhere.
final class Ingest: Sendable {
    let store: RingStore
    let plant: Plant
    let intake: Intake
    /// What came to nothing, as far as it has room.
    let letters: DeadLetterRing
    /// The fewest filters that cover the rules.
    let filters: [String]
    /// The folders that rules read.
    let drops: [DropPlace]
    /// Larger files are refused.
    let payloadBytesMax: Int
    /// What holds for all rules, and for a person's counts.
    let defaults: RuleDefaults
    /// What no reading says of the items of the stock.
    let items: [String: ItemOptions]
    /// Where others release to us.
    let inboxes: Inboxes
    /// Whose turn it is to take and to commit.
    let turnstile = Turnstile()
    /// Held while a batch is committed and folded, and while the release clock takes its view: history and
    /// ledger are of one moment then. Nothing that takes it is called with another lock held.
    private let moment = Mutex(())
    /// Who says what the intake wants said; nobody while we are a passive listener.
    private let voice: Voice

    /// Opens the store and brings every room up to where the journal ends.
    ///
    /// - Throws: ``Trouble`` when the store cannot be opened: no space, no permission, another daemon.
    init(_ settings: Settings, folder: String, logger: Logger) throws(Trouble) {
        defaults = settings.rules.defaults
        items = settings.plant.items
        inboxes = Inboxes(settings.rules.rules)
        var options = settings.store
        options.directory = folder
        // A quarter of the smallest checkpoint that the budget gives (a thirty-second of it, 1 … 64 MiB).
        let plant = Plant(
            bytesMax: min(max(options.budgetBytes / 128, 256 << 10), 16 << 20),
            settings.plant
        )
        self.plant = plant
        let table: RuleTable
        do throws(RuleFailure) {
            table = try RuleTable(settings.rules)
        } catch {
            throw Trouble("\(settings.file): error: \(error)")
        }
        (filters, drops) = (table.filters, table.drops)
        payloadBytesMax = table.payloadBytesMax
        let letters: DeadLetterRing
        do throws(LetterRingFailure) {
            letters = try DeadLetterRing(
                path: settings.store.directory + "/dead-letters",
                bytes: settings.deadLetterBytes
            )
        } catch {
            throw Trouble("error: \(error)")
        }
        if let note = letters.note { logger.warning("\(note)") }
        // Without a checkpoint the journal tells all of them again.
        letters.begin(at: nil)
        self.letters = letters
        // The intake registers nothing before the link starts; by then the store stands.
        let shelf = StoreShelf()
        let voice = Voice()
        self.voice = voice
        let intake = Intake(
            table: table,
            book: shelf.book,
            clock: { WallClock.now },
            uptimeMs: { WallClock.uptimeMs },
            say: { outgoing in voice.link.withLock { $0 }?.say(outgoing) }
        )
        do throws(StoreFailure) {
            var series: (SeriesID) -> Series? = { _ in nil }
            let opened = try RingStore.open(
                options,
                catalogued: { series = $0 },
                restore: { [plant] in Keepsake.restore($0, plant, intake, letters, logger) },
                forget: { [plant] in plant.forget($0) },
                replay: { [plant] batch in
                    plant.fold(batch, series: series)
                    intake.replay(batch)
                    for letter in batch.deadLetters { letters.add(letter) }
                }
            )
            store = opened.store
            Ingest.tell(opened.recovered, logger)
        } catch {
            throw Trouble("error: \(error)")
        }
        self.intake = intake
        shelf.put(store)
        store.setKeepsake { [plant] in Keepsake.bytes(plant, intake, letters, bytesMax: $0) }
        store.setForgetting { [plant] in
            plant.forget($0)
            intake.forgetSeries()
        }
    }

    /// What the link calls, on its thread.
    ///
    /// - Parameters:
    ///   - deadLetters: gets each dead letter of a batch that is durable.
    ///   - own: whether a Sparkplug topic is one that we publish on.
    func sink(
        deadLetters: @escaping @Sendable (DeadLetter) -> Void,
        own: @escaping @Sendable (Span<UInt8>) -> Bool
    ) -> BusSink {
        let turn = LinkTurn(turnstile)
        return BusSink(
            linked: { [intake] isPresent in
                turn.begin()
                intake.linked(sessionPresent: isPresent)
                turn.end()
            },
            take: { [intake, inboxes] topic, payload, arrival in
                // What we publish ourselves is no reading: a rule for `#` must not feed on its own dead letters.
                if topic.startsWith("tsunagi/v1/"), !inboxes.hold(topic) { return }
                if topic.startsWith("spBv1.0/tsunagi-"), own(topic) { return }
                turn.begin()
                intake.take(
                    topic: topic,
                    payload: payload,
                    messageID: arrival.messageID,
                    qos: arrival.qos,
                    retain: arrival.retain
                )
            },
            settle: { [self] in try settle(turn, deadLetters) },
            abandoned: { [intake] in
                turn.begin()
                intake.abandoned()
                turn.end()
            },
            idle: { [intake] in
                turn.begin()
                let mustSettle = intake.tick()
                if !mustSettle { turn.end() }
                return mustSettle
            },
            holds: { [intake] in intake.holds && !intake.isOverfull },
            lost: { [intake] in
                turn.begin()
                let mustSettle = intake.lost()
                if !mustSettle { turn.end() }
                return mustSettle
            }
        )
    }

    /// Makes durable what a link took in its turn, which ends; where it cannot be, the link abandons it.
    func settle(_ turn: LinkTurn, _ deadLetters: @Sendable (DeadLetter) -> Void) throws {
        turn.begin()
        if intake.isOverfull {
            throw Trouble("too much waits for the clock to be set; the broker keeps the rest")
        }
        try intake.settle { (batch) throws(StoreFailure) in
            try commit(batch)
            for letter in batch.deadLetters { deadLetters(letter) }
        }
        turn.end()
    }

    /// Makes a batch durable, and brings the plant up to it. By whoever has the turn.
    func commit(_ batch: Batch) throws(StoreFailure) {
        try moment.withLock { (_) throws(StoreFailure) in
            _ = try store.commit(batch)
            plant.fold(batch) { store.snapshot().series($0) }
        }
        for letter in batch.deadLetters { letters.add(letter) }
    }

    /// Lets the intake speak; comes before the link starts.
    func speak(through link: SparkplugLink) {
        voice.link.withLock { $0 = link }
    }

    /// The plant and the store's history of one moment.
    func view() -> PlantView {
        moment.withLock { _ in plant.view(over: store.snapshot()) }
    }

    private static func tell(_ recovered: Recovered, _ logger: Logger) {
        for note in recovered.notes { logger.warning("store: \(note)") }
        if recovered.isNew { return logger.notice("store: made anew") }
        let milliseconds = Int(recovered.seconds * 1000)
        logger.notice(
            "store: opened in \(milliseconds) ms; \(recovered.readings) readings of the journal replayed",
            metadata: recovered.damaged > 0 ? ["damaged": "\(recovered.damaged)"] : [:]
        )
    }
}

extension Span where Element == UInt8 {
    /// Whether the bytes begin with those of an ASCII text.
    func startsWith(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return false }
        for index in 0..<length where unsafe self[index] != text.utf8Start[index] { return false }
        return true
    }
}

/// Where the intake finds who speaks for it.
private final class Voice: Sendable {
    let link = Mutex<SparkplugLink?>(nil)
}

/// Where the intake finds the store's catalogue, once there is a store.
private final class StoreShelf: Sendable {
    private let store = Mutex<RingStore?>(nil)

    func put(_ store: RingStore) {
        self.store.withLock { $0 = store }
    }

    /// The store's catalogue as the intake sees it.
    var book: SeriesBook {
        SeriesBook(
            series: { [self] key, kind, type, unit throws(SeriesBook.Full) in
                do throws(StoreFailure) {
                    return try taken.series(for: key, kind: kind, type: type, unit: unit)
                } catch {
                    throw SeriesBook.Full(error.description)
                }
            },
            text: { [self] text throws(SeriesBook.Full) in
                do throws(StoreFailure) {
                    return try taken.text(for: text)
                } catch {
                    throw SeriesBook.Full(error.description)
                }
            }
        )
    }

    private var taken: RingStore {
        guard let store = store.withLock({ $0 }) else {
            preconditionFailure("no message is taken before the store stands")
        }
        return store
    }
}

/// What the rooms above the store keep in its checkpoint: the plant's ledger, the intake's marks, and the number of the
/// next dead letter.
///
///     version u8 │ plant: length varint, bytes │ intake: length varint, bytes │ letter varint, absent before there was a ring
private enum Keepsake {
    private static let version: UInt8 = 1
    /// The longest varint.
    private static let lengthBytesMax = 10

    /// The ledger leaves out movements beyond half of `bytesMax`; the marks have what it leaves.
    static func bytes(_ plant: Plant, _ intake: Intake, _ letters: DeadLetterRing, bytesMax: Int) -> [UInt8] {
        // The journal will let go of what this checkpoint covers.
        letters.sync()
        var out = ByteWriter()
        out.put(version)
        // The lines always stand whole, see Plant.init; the movements and marks share what is left.
        out.putBytes(plant.keepsake(bytesMax: bytesMax / 2))
        out.putBytes(intake.keepsake(bytesMax: bytesMax - out.count - 2 * lengthBytesMax))
        out.putVarint(letters.next)
        return out.bytes
    }

    static func restore(
        _ bytes: [UInt8],
        _ plant: Plant,
        _ intake: Intake,
        _ letters: DeadLetterRing,
        _ logger: Logger
    ) {
        do throws(ByteReader.Failure) {
            var input = ByteReader(bytes)
            guard try input.byte() == version else {
                return logger.error("the checkpoint is of another version; stock and machines begin anew")
            }
            let (ledger, marks) = (try input.bytes(), try input.bytes())
            if !input.isAtEnd { letters.begin(at: try input.varint()) }
            try intake.restore(marks)
            try plant.restore(ledger)
        } catch {
            logger.error("the checkpoint's ledgers could not be read whole: \(error); count the stock anew")
        }
    }
}
