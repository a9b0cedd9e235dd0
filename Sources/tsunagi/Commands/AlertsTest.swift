import Alerts
import ArgumentParser
import Desk
import Intake
import Plant
import Query
import Readings
import Settings

/// `tsunagi alerts test RULES.yaml --since 7d`: which alerts would have stood, by the history that is kept.
struct AlertsTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Says which alerts some rules would have made of the history that is kept.",
        discussion: """
            RULES is a configuration, or a file with alerts: alone; where it says nothing of items, machines and shifts, \
            those of --config count. Stock, cover and machines are gone over sample by sample, sources minute by minute, \
            for rules that have an above:; of clocks, feeds, certificates and disks no history is kept. Nothing is changed, \
            and nobody is told.
            """
    )

    /// More looks take minutes.
    private static let looksMax: Int64 = 200_000

    @Argument(help: "The rules.")
    var rules: String

    @Option(help: "How far back: 6h, 7d, or an ISO 8601 stamp with a zone.")
    var since: String = "7d"

    @Option(help: "Until when: now, 5m (that long ago), or an ISO 8601 stamp with a zone.")
    var until: String = "now"

    @Option(help: "From look to look; the daemon looks every two seconds.")
    var every: String = "1m"

    @OptionGroup var history: HistoryOptions

    private struct Answer: Encodable {
        struct Span: Encodable {
            let alert: AlertRow
            let from: String
            let until: String?
        }

        let from: String
        let until: String
        let alerts: [Span]
        let rulesPassedOver: [String]
        let notes: [String]
    }

    func run() async throws {
        let file: AlertRulesFile
        do throws(SettingsFailures) {
            file = try AlertRulesFile(path: rules)
        } catch {
            throw Trouble("\(error)")
        }
        let now = WallClock.now
        let (from, to) = (try TimeWords.instant(since, now: now), try TimeWords.instant(until, now: now))
        let everyMs = try TimeWords.durationMs(every)
        guard from < to else { throw QueryFailure.emptyRange }
        guard to.msSince(from) / everyMs <= Self.looksMax else {
            throw Trouble(
                "error: these are more than \(Self.looksMax) looks; write a longer --every, or a later --since"
            )
        }
        // A file of rules alone need not be beside a configuration.
        let standing = try? Settings.standing(history.desk.config)
        let plant = file.plant ?? standing?.plant ?? PlantOptions()
        let zone = file.timezone ?? standing?.gateway.timezone ?? "UTC"
        let offsetSeconds = ZoneRules.offsetSeconds(of: zone) ?? { _ in 0 }
        let told = file.alerts.rules.filter { Rehearsal.tells(of: $0) }
        var past = try PastReadings(history, before: from, now: now)
        try await past.read(told, plant)
        var rehearsal = Rehearsal(told, plant, offsetSeconds: offsetSeconds)
        rehearsal.run(
            past.series,
            past.readings,
            heard: past.heard,
            from: from,
            to: to,
            everyMs: everyMs,
            word: past.word
        )
        let answer = Answer(
            from: from.iso8601,
            until: to.iso8601,
            alerts: rehearsal.spans.map { span in
                let row = AlertRow(span.alert, silence: nil, offsetSeconds: offsetSeconds)
                return Answer.Span(alert: row, from: span.from.iso8601, until: span.until?.iso8601)
            },
            rulesPassedOver: file.alerts.rules.filter { !Rehearsal.tells(of: $0) }.map(\.name),
            notes: past.notes
                + (rehearsal.spansLeftOut > 0 ? ["\(rehearsal.spansLeftOut) more are left out"] : [])
        )
        if history.desk.json { return try sayJSON(answer) }
        show(answer)
    }

    private func show(_ answer: Answer) {
        var table = TextTable([("ALERT", .left), ("FROM", .left), ("UNTIL", .left), ("WHAT", .left)])
        for span in answer.alerts {
            table.add([span.alert.id, span.from, span.until ?? "still stands", span.alert.text.here])
        }
        if answer.alerts.isEmpty {
            Console.say("no alert would have stood from \(answer.from) to \(answer.until)")
        } else {
            Console.show(table)
        }
        for note in answer.notes { Console.trouble("note: \(note)") }
        if !answer.rulesPassedOver.isEmpty {
            let names = answer.rulesPassedOver.joined(separator: ", ")
            Console.trouble("note: no history tells of \(names)")
        }
    }
}
