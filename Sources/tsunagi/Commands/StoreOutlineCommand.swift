import ArgumentParser
import Readings
import RingStore

/// `tsunagi store info`: how a store is laid out, and what of it is in use.
struct StoreOutlineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Shows how the store is laid out and what of it is in use."
    )

    @OptionGroup var place: StoreOptionGroup

    @Flag(help: "JSON instead of a table; one stable schema, never translated.")
    var json = false

    func run() throws {
        let path = try place.path()
        let outline = try RingStore.openReadOnly(directory: path).outline()
        if json { return try sayJSON(Answer(path, outline)) }
        Console.say("● \(path)   format \(outline.version)   store \(outline.storeID)")
        Console.say("")
        for line in lines(outline) { Console.say(line) }
        Console.say("")
        Console.show(rings(outline))
        if outline.damaged > 0 {
            Console.say("")
            Console.say("! \(outline.damaged) damaged places; tsunagi store verify \(path) names them")
        }
        for note in outline.notes { Console.say("! \(note)") }
    }

    private func lines(_ outline: StoreOutline) -> [String] {
        let used = Words.bytes(outline.usedBytes)
        let checkpoints = outline.checkpoints.map { part in
            "\(part.file) " + (part.number.map { "\($0)" } ?? (part.isBlank ? "blank" : "not readable"))
        }
        return [
            "  use         \(used) of \(Words.bytes(outline.reservedBytes)), laid out for "
                + Words.bytes(outline.budgetBytes),
            "  journal     \(Words.bytes(outline.journalBytes)) of 2 × \(Words.bytes(outline.halfBytes))   "
                + "\(Words.grouped(outline.journalRecords)) records, "
                + "\(Words.grouped(outline.journalSamples)) samples   next \(outline.nextRecord)",
            "  catalogue   \(Words.bytes(outline.catalogueBytes)) of \(Words.bytes(outline.catalogueBytesMax))"
                + "   \(Words.grouped(outline.series)) series, \(Words.grouped(outline.texts)) texts",
            "  state       " + checkpoints.joined(separator: ", "),
            "  life        \(Words.grouped(Int(clamping: outline.rowsTotal))) samples taken",
        ]
    }

    private func rings(_ outline: StoreOutline) -> TextTable {
        var table = TextTable([
            ("RING", .left), ("SEGMENTS", .right), ("OF", .right), ("EACH", .right), ("PAGES", .right),
            ("BYTES", .right), ("SAMPLES", .right), ("B/SAMPLE", .right), ("OLDEST", .left),
            ("NEWEST", .left),
        ])
        for ring in outline.rings {
            table.add([
                ring.file, "\(ring.segmentsUsed)", "\(ring.segments)", Words.bytes(ring.segmentBytes),
                Words.grouped(ring.pages), Words.bytes(ring.usedBytes), Words.grouped(ring.rows),
                ring.bytesPerRow.map { Words.number($0, decimals: 2) } ?? "-",
                ring.oldest?.iso8601 ?? "-", ring.newest?.iso8601 ?? "-",
            ])
        }
        return table
    }

    /// The JSON form.
    private struct Answer: Encodable {
        struct Ring: Encodable {
            let file: String
            let segments, segmentsUsed, segmentBytes, blocks, pages, rows, usedBytes: Int
            let bytesPerRow: Double?
            let oldest, newest, lostThrough: String?
        }
        struct Checkpoint: Encodable {
            let file: String
            let number: UInt64?
            let blank: Bool
        }
        let directory: String
        let formatVersion: Int
        let storeID: String
        let budgetBytes, reservedBytes, usedBytes: Int
        let journalHalfBytes, journalBytes, journalRecords, journalSamples: Int
        let nextRecord: UInt64
        let series, texts, catalogueBytes, catalogueBytesMax: Int
        let samplesTaken: UInt64
        let rings: [Ring]
        let checkpoints: [Checkpoint]
        let damaged: Int
        let notes: [String]

        init(_ path: String, _ outline: StoreOutline) {
            directory = path
            (formatVersion, storeID) = (outline.version, outline.storeID)
            (budgetBytes, reservedBytes) = (outline.budgetBytes, outline.reservedBytes)
            usedBytes = outline.usedBytes
            (journalHalfBytes, journalBytes) = (outline.halfBytes, outline.journalBytes)
            (journalRecords, journalSamples) = (outline.journalRecords, outline.journalSamples)
            nextRecord = outline.nextRecord
            (series, texts) = (outline.series, outline.texts)
            (catalogueBytes, catalogueBytesMax) = (outline.catalogueBytes, outline.catalogueBytesMax)
            samplesTaken = outline.rowsTotal
            rings = outline.rings.map { ring in
                Ring(
                    file: ring.file,
                    segments: ring.segments,
                    segmentsUsed: ring.segmentsUsed,
                    segmentBytes: ring.segmentBytes,
                    blocks: ring.blocks,
                    pages: ring.pages,
                    rows: ring.rows,
                    usedBytes: ring.usedBytes,
                    bytesPerRow: ring.bytesPerRow,
                    oldest: ring.oldest?.iso8601,
                    newest: ring.newest?.iso8601,
                    lostThrough: ring.lostThrough?.iso8601
                )
            }
            checkpoints = outline.checkpoints.map {
                Checkpoint(file: $0.file, number: $0.number, blank: $0.isBlank)
            }
            (damaged, notes) = (outline.damaged, outline.notes)
        }
    }
}
