import Desk
import Plant
import Readings
import RingStore

/// How far back a chart looks; a tier of the store stands behind each.
enum ChartRange: String, CaseIterable, Sendable {
    case hour = "1h"
    case day = "24h"
    case month = "30d"
    case years = "5y"

    var milliseconds: Int64 {
        switch self {
        case .hour: 3_600_000
        case .day: 86_400_000
        case .month: 30 * 86_400_000
        case .years: 1826 * 86_400_000
        }
    }

    func title(_ say: Language) -> String {
        switch self {
        case .hour: say("1 h", "1時間")
        case .day: say("24 h", "24時間")
        case .month: say("30 d", "30日")
        case .years: say("5 y", "5年")
        }
    }
}

extension Painter {
    /// The points of a subject; nil when there is none such.
    func line(_ subject: ChartSubject, from: Instant, to: Instant) throws(StoreFailure) -> ChartLine? {
        let snapshot = rooms.store.snapshot()
        switch subject {
        case .series(let key):
            guard let series = snapshot.series(at: key), series.type == .number else { return nil }
            return try snapshot.line(series, from: from, to: to)
        case .stock(let key):
            guard let line = rooms.plant.stock(at: key) else { return nil }
            return try StockLevels(snapshot: snapshot, line: line).chart(from: from, to: to)
        }
    }

    /// The last day, or the last hour of what is not older; or the range that was asked for.
    func recent(_ subject: ChartSubject, _ asked: ChartRange?, _ now: Instant) -> (ChartRange, ChartLine)? {
        func line(_ range: ChartRange) -> ChartLine? {
            (try? self.line(subject, from: now.advanced(byMs: -range.milliseconds), to: now)) ?? nil
        }
        if let asked { return line(asked).map { (asked, $0) } }
        guard let day = line(.day) else { return nil }
        let first = day.points.first?.at ?? .distantPast
        guard now.msSince(first) < ChartRange.hour.milliseconds, let hour = line(.hour) else {
            return (.day, day)
        }
        return (.hour, hour)
    }

    /// A chart: a picture and a table from here, which a script makes one to zoom in where dygraphs is there.
    func figure(_ subject: ChartSubject, title: String, _ topic: Topic, _ sheet: Sheet, _ style: Style)
        -> Markup
    {
        let say = sheet.say
        let asked = style.words["range"].flatMap { ChartRange(rawValue: $0) }
        guard sheet.isWhole, let (range, line) = recent(subject, asked, sheet.now) else { return "" }
        let metric = style.words["metric"].map { "&metric=\(WebWords.escaped($0))" } ?? ""
        let place = topic.place + metric
        let ranges = ChartRange.allCases.map { other -> Markup in
            """
            <a href="\(place)\(place.contains("?") ? "&amp;" as Markup : "?")range=\(other.rawValue)" \
            data-ms=\(other.milliseconds)\(other == range ? " aria-current=true" : "")>\(other.title(say))</a>
            """
        }
        let none: Markup = "<p class=none>\(say("Nothing was told in this time.", "この期間のデータはありません。"))"
        return """
            <figure class=chart data-chart="/chart?\(subject.words)" data-title="\(title)" data-unit="\(line.unit)">
            <figcaption><h3>\(title) <small>\(line.unit)</small></h3><span class=ranges>\(ranges)</span></figcaption>
            <div class=plot>\(line.points.isEmpty ? none : Picture.chart(line, title))</div>
            \(line.points.isEmpty ? "" : scale(line, say))
            <details><summary>\(say("As a table", "表で見る"))</summary>\(table(line, title, say))</details></figure>
            """
    }

    /// What stands at the picture's corners.
    private func scale(_ line: ChartLine, _ say: Language) -> Markup {
        let low = line.points.reduce(Double.infinity) { min($0, $1.low) }
        let high = line.points.reduce(-Double.infinity) { max($0, $1.high) }
        return """
            <p class=scale><span>\(time.minute(line.from))</span><span>\(say("low", "最小")) \(say.number(low)) · \
            \(say("high", "最大")) \(say.number(high))</span><span>\(time.minute(line.to))</span>
            """
    }

    /// The same in some rows, for whoever does not see the picture.
    private func table(_ line: ChartLine, _ title: String, _ say: Language) -> Markup {
        let every = max(1, (line.points.count + 23) / 24)
        let rows = stride(from: 0, to: line.points.count, by: every).map { index -> Markup in
            let point = line.points[index]
            let span: Markup =
                point.low == point.high
                ? "" : " <small>\(say.number(point.low)) … \(say.number(point.high))</small>"
            return """
                <tr><th scope=row>\(time.minute(point.at))<td class=n>\(say.number(point.value))\(span)
                """
        }
        return """
            <table><caption>\(title)</caption><thead><tr><th scope=col>\(say("Time", "時刻"))<th scope=col class=n>\
            \(say("Value", "値")) \(line.unit)<tbody>\(rows)</table>
            """
    }
}
