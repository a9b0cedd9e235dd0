import Plant
import Readings

/// `machines:`, what no reading says of them.
enum MachinesPart {
    static let keys = ["cycle_s", "states", "energy", "rollover"]

    static func read(_ entry: Entry) -> [String: MachineOptions] {
        var machines: [String: MachineOptions] = [:]
        for (name, value) in entry.pairs() ?? [] {
            guard let table = YamlTable(value, keys: keys) else { continue }
            var machine = MachineOptions()
            machine.cycleSeconds = table["cycle_s"]?.moreThanNothing()
            for (state, activity) in table["states"]?.pairs() ?? [] {
                machine.states[state] = activity.choice(Activity.self)
            }
            if let metric = table["energy"]?.name() { machine.energy = metric }
            machine.energyRollover = table["rollover"]?.moreThanNothing()
            machines[name] = machine
        }
        return machines
    }
}

/// `shifts:` and `holidays:`, when work is planned.
enum ShiftsPart {
    static let keys = ["days", "from", "to", "breaks"]

    private enum Weekday: String, CaseIterable {
        case mon, tue, wed, thu, fri, sat, sun

        /// 1 is Monday.
        var number: Int { (Weekday.allCases.firstIndex(of: self) ?? 0) + 1 }
    }

    /// - Parameter table: the whole configuration.
    static func read(_ table: YamlTable) -> ShiftCalendar {
        var calendar = ShiftCalendar()
        for item in table["shifts"]?.list() ?? [] {
            if let shift = YamlTable(item, keys: keys).flatMap(shift) { calendar.shifts.append(shift) }
        }
        for item in table["holidays"]?.list() ?? [] {
            if let day = item.date() { calendar.holidays.insert(day) }
        }
        return calendar
    }

    private static func shift(_ table: YamlTable) -> ShiftCalendar.Shift? {
        let days = table.need("days", "days: [mon, tue, wed, thu, fri]")?
            .oneOrMore { $0.choice(Weekday.self) }
        let from = table.need("from", "from: \"08:00\"")?.timeOfDay()
        let to = table.need("to", "to: \"17:00\"")?.timeOfDay()
        guard let days, !days.isEmpty, let from, let to else { return nil }
        guard from != to else {
            table.entry.refuse("begins when it ends; write 00:00 and 24:00 for a whole day")
            return nil
        }
        let end = to > from ? to : to + minutesPerDay
        var shift = ShiftCalendar.Shift(days: Set(days.map(\.number)), minutes: from..<end)
        for item in table["breaks"]?.list() ?? [] {
            guard let rest = item.span() else { continue }
            // Behind midnight where the shift goes over it.
            let isNextDay = rest.lowerBound < from
            let moved = isNextDay ? rest.lowerBound + minutesPerDay..<rest.upperBound + minutesPerDay : rest
            guard moved.lowerBound >= from, moved.upperBound <= end else {
                item.refuse("does not lie within its shift")
                continue
            }
            shift.breaks.append(moved)
        }
        return shift
    }

    static let minutesPerDay = 1440
}

extension Entry {
    /// A number that is more than 0.
    fileprivate func moreThanNothing() -> Double? {
        guard let number = number() else { return nil }
        guard number > 0 else {
            refuse("is \(number): expected more than 0")
            return nil
        }
        return number
    }

    /// `08:00` … `24:00`, in minutes since midnight.
    fileprivate func timeOfDay() -> Int? {
        if let writing, let minutes = Entry.minutes(Substring(writing)) { return minutes }
        refuse(expected: "a time of day such as \"08:00\"")
        return nil
    }

    /// `12:00-13:00`, in minutes since midnight; may go over midnight.
    fileprivate func span() -> Range<Int>? {
        let ends = (writing ?? "").split(separator: "-").map { Entry.minutes($0) }
        if ends.count == 2, let from = ends[0], let to = ends[1], from != to {
            return from..<(to > from ? to : to + ShiftsPart.minutesPerDay)
        }
        refuse(expected: "a span of time such as \"12:00-13:00\"")
        return nil
    }

    /// `2026-01-01`, in days since 1970-01-01.
    fileprivate func date() -> Int? {
        let parts = (writing ?? "").split(separator: "-", omittingEmptySubsequences: false)
        if parts.map(\.count) == [4, 2, 2], let year = Int(parts[0]), let month = Int(parts[1]),
            let day = Int(parts[2])
        {
            let date = CivilTime(year: year, month: month, day: day)
            if date.isValid { return date.daysSinceEpoch }
        }
        refuse(expected: "a date such as 2026-01-01")
        return nil
    }

    private static func minutes(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.map(\.count) == [2, 2], let hours = Int(parts[0]), let minutes = Int(parts[1]),
            (0...59).contains(minutes), (0...24).contains(hours), hours < 24 || minutes == 0
        else { return nil }
        return hours * 60 + minutes
    }
}
