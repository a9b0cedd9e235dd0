import Desk
import Intake
import Readings

/// What a message came to, for `--json` and as a table.
struct TrialAnswer: Encodable {
    struct Line: Encodable {
        let site: String
        let asset: String
        let metric: String
        let tags: [String: String]?
        let kind: String
        let type: String
        let value: AnyScalar
        let unit: String
        let time: String
        /// `source` or `arrival`.
        let stamp: String
        let quality: String
        /// A retained message without a stamp of its own: no history.
        let currentOnly: Bool
    }

    struct Letter: Encodable {
        let rule: String
        let reason: String
        let detail: String
        let fix: String
    }

    let topic: String
    /// Nil when no rule took it.
    let rule: String?
    let ignored: Bool
    let readings: [Line]
    let dead: [Letter]

    init(topic: String, _ outcome: TrialOutcome) {
        self.topic = topic
        rule = outcome.rule
        ignored = outcome.isIgnored
        readings = outcome.readings.map(Line.init)
        dead = outcome.deadLetters.map {
            Letter(rule: $0.rule, reason: $0.reason.rawValue, detail: $0.detail, fix: $0.reason.usualFix)
        }
    }

    func show() {
        Console.say("rule  \(rule ?? "none")\(ignored ? ", which ignores it" : "")")
        if !readings.isEmpty {
            var table = TextTable([
                ("SERIES", .left), ("KIND", .left), ("VALUE", .right), ("UNIT", .left), ("TIME", .left),
                ("STAMP", .left), ("QUALITY", .left),
            ])
            for line in readings {
                table.add([
                    Words.series("\(line.site)/\(line.asset)/\(line.metric)", line.tags), line.kind,
                    line.value.words, line.unit, line.time, line.stamp,
                    line.quality + (line.currentOnly ? ", no history" : ""),
                ])
            }
            Console.show(table)
        }
        for letter in dead {
            Console.say("dead  \(letter.reason): \(letter.detail)  ->  \(letter.fix)")
        }
    }
}

extension TrialAnswer.Line {
    init(_ line: TrialOutcome.Line) {
        let (key, reading) = (line.series.key, line.reading)
        site = key.site
        asset = key.asset
        metric = key.metric
        let pairs = key.tags.map { ($0.name, $0.value) }
        tags = pairs.isEmpty ? nil : Dictionary(uniqueKeysWithValues: pairs)
        kind = line.series.kind.word
        type = line.series.type.word
        switch reading.value {
        case .number(let number): value = .number(number)
        case .flag(let flag): value = .flag(flag)
        case .text: value = .text(line.text ?? "")
        case .absent: value = .null
        }
        unit = line.series.unit
        time = reading.instant.iso8601
        stamp = "\(reading.timeSource)"
        quality = reading.quality.word
        currentOnly = reading.currentOnly
    }
}
