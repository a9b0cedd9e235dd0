import Readings

/// A stamp's form as strptime writes it: `%d.%m.%Y %H:%M:%S`.
///
/// Known: `%Y %y %m %b %d %e %j %H %I %M %S %f %p %z %T %R %D %F %s %%`; a blank stands for any number of
/// them.
struct StampPattern: Hashable, Sendable {
    private enum Part: Hashable, Sendable {
        case text(UInt8)
        case blanks
        case field(UInt8)
    }

    private var parts: [Part] = []

    private static let months: [[UInt8]] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ].map { (name: String) in Array(name.utf8) }

    init(_ pattern: String) throws(ExpressionFailure) {
        var rest = Array(pattern.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                parts.append(byte == 0x20 ? .blanks : .text(byte))
                continue
            }
            guard let field = rest.popFirst() else {
                throw ExpressionFailure(message: "\(pattern): a % at the end")
            }
            switch field {
            case UInt8(ascii: "%"): parts.append(.text(field))
            case UInt8(ascii: "T"): try expand("%H:%M:%S")
            case UInt8(ascii: "R"): try expand("%H:%M")
            case UInt8(ascii: "D"): try expand("%m/%d/%y")
            case UInt8(ascii: "F"): try expand("%Y-%m-%d")
            case UInt8(ascii: "n"), UInt8(ascii: "t"): parts.append(.blanks)
            default:
                guard "YymbdejHIMSfpzs".utf8.contains(field) else {
                    let sign = String(decoding: [field], as: UTF8.self)
                    throw ExpressionFailure(message: "\(pattern): %\(sign) is not supported")
                }
                parts.append(.field(field))
            }
        }
        guard parts.contains(where: { if case .field = $0 { true } else { false } }) else {
            throw ExpressionFailure(
                message: "\(pattern): expected s, ms, us, ns or a pattern such as %Y/%m/%d %H:%M:%S"
            )
        }
    }

    private mutating func expand(_ pattern: String) throws(ExpressionFailure) {
        parts += try StampPattern(pattern).parts
    }

    /// What has been read so far.
    private struct Moment {
        var civil = CivilTime(year: 1970, month: 1, day: 1)
        var offsetSeconds: Int?
        var isAfternoon: Bool?
        var dayOfYear: Int?
        var epochSeconds: Int?
    }

    /// Reads a whole text, blanks around it taken off.
    func read(_ text: Span<UInt8>) -> StampText? {
        guard text.count <= StampText.bytesMax else { return nil }
        let run = text.extracting(text.trimmedRange())
        var position = 0
        var moment = Moment()
        for part in parts {
            switch part {
            case .blanks: while position < run.count, run[position].isBlank { position += 1 }
            case .text(let byte):
                guard position < run.count, run[position] == byte else { return nil }
                position += 1
            case .field(let field): guard Self.read(field, run, &position, &moment) else { return nil }
            }
        }
        guard position == run.count else { return nil }
        if let seconds = moment.epochSeconds {
            let instant = Instant(milliseconds: Int64(seconds) * 1000)
            return StampText(civil: CivilTime(instant), offsetSeconds: 0)
        }
        if let isAfternoon = moment.isAfternoon {
            guard (1...12).contains(moment.civil.hour) else { return nil }
            moment.civil.hour = moment.civil.hour % 12 + (isAfternoon ? 12 : 0)
        }
        if let day = moment.dayOfYear {
            let first = CivilTime(year: moment.civil.year, month: 1, day: 1).daysSinceEpoch
            let found = CivilTime(Instant(milliseconds: Int64(first + day - 1) * 86_400_000))
            // Day 366 of a common year is no day of it.
            guard found.year == moment.civil.year else { return nil }
            moment.civil.month = found.month
            moment.civil.day = found.day
        }
        return moment.civil.isValid
            ? StampText(civil: moment.civil, offsetSeconds: moment.offsetSeconds) : nil
    }

    private static func read(
        _ field: UInt8,
        _ run: Span<UInt8>,
        _ position: inout Int,
        _ moment: inout Moment
    ) -> Bool {
        switch field {
        case UInt8(ascii: "Y"): return set(&moment.civil.year, run, &position, 4...4)
        case UInt8(ascii: "y"):
            guard let year = StampText.number(run, &position, digits: 2...2) else { return false }
            moment.civil.year = year + (year < 69 ? 2000 : 1900)
        case UInt8(ascii: "m"): return set(&moment.civil.month, run, &position, 1...2)
        case UInt8(ascii: "b"):
            guard let month = monthNamed(run, &position) else { return false }
            moment.civil.month = month
        case UInt8(ascii: "d"), UInt8(ascii: "e"):
            if position < run.count, run[position] == 0x20 { position += 1 }
            return set(&moment.civil.day, run, &position, 1...2)
        case UInt8(ascii: "H"), UInt8(ascii: "I"): return set(&moment.civil.hour, run, &position, 1...2)
        case UInt8(ascii: "M"): return set(&moment.civil.minute, run, &position, 1...2)
        case UInt8(ascii: "S"): return set(&moment.civil.second, run, &position, 1...2)
        case UInt8(ascii: "f"):
            guard let millisecond = StampText.fraction(run, &position) else { return false }
            moment.civil.millisecond = millisecond
        default: return readRest(field, run, &position, &moment)
        }
        return true
    }

    private static func readRest(
        _ field: UInt8,
        _ run: Span<UInt8>,
        _ position: inout Int,
        _ moment: inout Moment
    ) -> Bool {
        switch field {
        case UInt8(ascii: "j"):
            guard let day = StampText.number(run, &position, digits: 1...3), (1...366).contains(day) else {
                return false
            }
            moment.dayOfYear = day
        case UInt8(ascii: "s"):
            guard let seconds = StampText.number(run, &position, digits: 1...12) else { return false }
            moment.epochSeconds = seconds
        case UInt8(ascii: "p"):
            guard position + 2 <= run.count else { return false }
            let word = run.extracting(position..<position + 2)
            guard word.equalsFolded("am") || word.equalsFolded("pm") else { return false }
            moment.isAfternoon = word.equalsFolded("pm")
            position += 2
        default:
            guard let offset = StampText.offset(run, &position) else { return false }
            moment.offsetSeconds = offset
        }
        return true
    }

    private static func set(
        _ target: inout Int,
        _ run: Span<UInt8>,
        _ position: inout Int,
        _ digits: ClosedRange<Int>
    ) -> Bool {
        guard let value = StampText.number(run, &position, digits: digits) else { return false }
        target = value
        return true
    }

    private static func monthNamed(_ run: Span<UInt8>, _ position: inout Int) -> Int? {
        guard position + 3 <= run.count else { return nil }
        for (index, name) in months.enumerated() {
            var isSame = true
            for place in 0..<3 where run[position + place] | 0x20 != name[place] { isSame = false }
            if isSame {
                position += 3
                return index + 1
            }
        }
        return nil
    }
}
