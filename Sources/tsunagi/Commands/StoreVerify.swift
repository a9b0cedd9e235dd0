import ArgumentParser
import Readings
import RingStore

/// `tsunagi store verify`: every checksum and every page, and what is lost where one does not hold.
struct StoreVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks every byte that is kept; writes nothing.",
        discussion: "Exit code 0 when all is whole, 1 when something is damaged."
    )

    @OptionGroup var place: StoreOptionGroup

    @Flag(help: "JSON instead of text; one stable schema, never translated.")
    var json = false

    func run() throws {
        let path = try place.path()
        let progress = ProgressLine()
        let verdict = try StoreInspector.verify(path) { done, total in
            progress.show("\(Words.bytes(done)) of \(Words.bytes(total))")
        }
        progress.clear()
        if json { try sayJSON(Answer(path, verdict)) } else { show(path, verdict) }
        if !verdict.isWhole { throw ExitCode(1) }
    }

    private func show(_ path: String, _ verdict: StoreVerdict) {
        for place in verdict.places {
            Console.say("\(path)/\(place.file):\(place.offset): \(place.what); lost: \(place.lost)")
        }
        let more = verdict.damaged - verdict.places.count
        if more > 0 { Console.say("… and \(more) more") }
        for note in verdict.notes { Console.say("note: \(note)") }
        let state = verdict.isWhole ? "whole" : "\(verdict.damaged) damaged"
        Console.say(
            "\(path): \(state): \(Words.grouped(verdict.samples)) samples and "
                + "\(Words.grouped(verdict.buckets)) buckets in \(Words.grouped(verdict.pages)) pages, "
                + "\(Words.grouped(verdict.records)) journal records, "
                + "\(Words.grouped(verdict.definitions)) names, \(Words.bytes(verdict.bytes)) looked at"
        )
        if !verdict.isWhole {
            Console.say(
                "the daemon goes on with what is intact; check the disk, and keep a copy of this directory"
            )
        }
    }

    /// The JSON form.
    private struct Answer: Encodable {
        struct Place: Encodable {
            let file: String
            let offset: Int
            let what, lost: String
            let path, from, through: String?
        }
        let directory: String
        let whole: Bool
        let damaged: Int
        let places: [Place]
        let notes: [String]
        let samples, buckets, pages, blocks, records, definitions, bytes: Int

        init(_ path: String, _ verdict: StoreVerdict) {
            directory = path
            (whole, damaged, notes) = (verdict.isWhole, verdict.damaged, verdict.notes)
            places = verdict.places.map {
                Place(
                    file: $0.file,
                    offset: $0.offset,
                    what: $0.what,
                    lost: $0.lost,
                    path: $0.path,
                    from: $0.from?.iso8601,
                    through: $0.through?.iso8601
                )
            }
            (samples, buckets, pages) = (verdict.samples, verdict.buckets, verdict.pages)
            (blocks, records) = (verdict.blocks, verdict.records)
            (definitions, bytes) = (verdict.definitions, verdict.bytes)
        }
    }
}
