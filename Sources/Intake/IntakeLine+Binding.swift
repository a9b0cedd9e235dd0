import Readings

extension IntakeLine {
    /// Finds the series of a reading: by its place in the route where the topic alone tells it, else by the
    /// texts that the payload contributes to its name.
    ///
    /// - Parameter type: of the value at hand; nil for none.
    /// - Returns: nil when a part of the name is missing and the reading is optional.
    mutating func binding(_ plan: ReadingPlan, type: ValueType?) throws(Fault) -> Binding? {
        if let fixed = plan.place.fixed {
            let place = Int(routes.picks[pick].firstBinding) + fixed
            if routes.bindings[place].isReady {
                let known = routes.bindings[place]
                guard type == nil || type == known.type else { throw wrongType(plan, known.type, type) }
                return known
            }
            guard let made = try bind(plan, type) else { return nil }
            routes.bindings[place] = made
            return made
        }
        guard isLasting else { return try bind(plan, type) }
        guard try writeKey(plan) else { return nil }
        let hash = ByteHash.tableHash(keyText.span)
        if let number = found.value(of: keyText.span, hash: hash) {
            let known = foundBindings[Int(number)]
            guard type == nil || type == known.type else { throw wrongType(plan, known.type, type) }
            return known
        }
        guard let made = try bind(plan, type) else { return nil }
        if found.insert(keyText, hash: hash, value: UInt32(foundBindings.count)) {
            foundBindings.append(made)
        }
        return made
    }

    /// Forgets which series were found; each is asked for again when it comes.
    mutating func forgetSeries() {
        desk.lasts.forget()
        routes.forgetBindings()
        found.removeAll()
        foundBindings.removeAll()
    }

    private func wrongType(_ plan: ReadingPlan, _ known: ValueType, _ type: ValueType?) -> Fault {
        Fault(
            .seriesType,
            "\(plan.place.metric.text) holds \(known.word), and \(type?.word ?? "nothing") came"
        )
    }

    /// Writes what the payload contributes to a series' name: route, plan, and each part that is not fixed by
    /// them.
    ///
    /// - Returns: false when a part is missing and the reading is optional.
    private mutating func writeKey(_ plan: ReadingPlan) throws(Fault) -> Bool {
        keyText.removeAll(keepingCapacity: true)
        keyText.append(fixed: UInt64(route) << 32 | UInt64(plan.place.number))
        guard try writePart(plan.place.metric, plan), try writePart(plan.place.asset, plan),
            try writePart(plan.place.site, plan)
        else { return false }
        if let unit = plan.place.unit, !unit.isFixedByTopic { try writeUnit(unit, plan) }
        for tag in plan.place.tags {
            guard try writePart(tag.value, plan) else { return false }
        }
        return true
    }

    private mutating func writePart(_ source: Source, _ plan: ReadingPlan) throws(Fault) -> Bool {
        guard !source.isFixedByTopic else { return true }
        if case .missing(let path) = try scene.write(source, to: &keyText) {
            if plan.isOptional { return false }
            throw Fault(.pathMissing, path)
        }
        // No byte of UTF-8: it parts the texts beyond doubt.
        keyText.append(0xFF)
        return true
    }

    private mutating func writeUnit(_ source: Source, _ plan: ReadingPlan) throws(Fault) {
        if case .missing(let path) = try scene.write(source, to: &keyText) {
            guard plan.isOptional else { throw Fault(.pathMissing, path) }
        }
        keyText.append(0xFF)
    }

    /// Finds or registers the series in the store, and the ways of the reading's unit into the series' unit.
    private mutating func bind(_ plan: ReadingPlan, _ type: ValueType?) throws(Fault) -> Binding? {
        guard let metric = try name("metric", plan.place.metric, plan),
            let asset = try name("asset", plan.place.asset, plan),
            let site = try name("site", plan.place.site, plan)
        else { return nil }
        guard !metric.isEmpty else { throw Fault(.mapping, "the metric is empty: \(plan.place.metric.text)") }
        var tags: [Tag] = []
        for tag in plan.place.tags {
            guard let value = try name(tag.name, tag.value, plan) else { return nil }
            tags.append(Tag(name: tag.name, value: value))
        }
        var binding = Binding()
        let unit = try unit(plan, &binding, isNumber: type == .number || type == nil)
        let key = SeriesKey(site: site, asset: asset, metric: metric, tags: tags)
        let series: Series
        do throws(SeriesBook.Full) {
            series = try book.series(key, plan.place.kind, type ?? guessed(plan), unit)
        } catch {
            isRefused = true
            throw Fault(.storeLimit, error.description)
        }
        isServed = true
        binding.series = series.id
        if plan.place.kind == .delta { binding.name = ByteHash.name(of: key) }
        binding.type = series.type
        if let type, type != series.type {
            throw Fault(.seriesType, "\(key) holds \(series.type.word), and \(type.word) came")
        }
        if (series.kind == .delta) != (plan.place.kind == .delta) {
            throw Fault(.seriesType, "\(key) is a \(series.kind.word), and a \(plan.place.kind.word) came")
        }
        if series.type == .number, series.unit != unit {
            binding.after = try lead(from: unit, to: series.unit, key)
        }
        binding.isReady = true
        return binding
    }

    /// The form of a series whose first value is none: as declared; else a state is taken to hold texts, and
    /// everything else numbers.
    private func guessed(_ plan: ReadingPlan) -> ValueType {
        switch plan.type {
        case .number: .number
        case .bool: .flag
        case .text, .json: .text
        case nil: plan.place.kind == .state && !plan.needsNumber ? .text : .number
        }
    }

    /// A part of a series' name.
    private mutating func name(_ part: String, _ source: Source, _ plan: ReadingPlan) throws(Fault) -> String?
    {
        spare.removeAll(keepingCapacity: true)
        if case .missing(let path) = try scene.write(source, to: &spare) {
            if plan.isOptional { return nil }
            throw Fault(.pathMissing, path)
        }
        guard spare.count <= SeriesKey.partBytesMax else {
            throw Fault(
                .mapping,
                "\(part) of \(spare.count) bytes; a name may have \(SeriesKey.partBytesMax)"
            )
        }
        return String(decoding: spare, as: UTF8.self)
    }

    /// The unit in which the rule delivers, and the way to it.
    private mutating func unit(
        _ plan: ReadingPlan,
        _ binding: inout Binding,
        isNumber: Bool
    ) throws(Fault) -> String {
        spare.removeAll(keepingCapacity: true)
        if let source = plan.place.unit, case .missing(let path) = try scene.write(source, to: &spare) {
            guard plan.isOptional else { throw Fault(.pathMissing, path) }
        }
        guard spare.count <= SeriesKey.partBytesMax else {
            throw Fault(.mapping, "a unit of \(spare.count) bytes; it may have \(SeriesKey.partBytesMax)")
        }
        let text = String(decoding: spare[spare.span.trimmedRange()], as: UTF8.self)
        guard !text.isEmpty else {
            if let to = plan.arithmetic.to {
                throw Fault(.unitMismatch, "no unit to convert to \(to.id) from")
            }
            return ""
        }
        switch meaning(of: text) {
        case .ambiguous(let choices): throw Fault(.unitAmbiguous, "\(text): \(choices)")
        case .unknown:
            if status.unknownUnits.count < 256, !status.unknownUnits.contains(text) {
                status.unknownUnits.append(text)
            }
            if let to = plan.arithmetic.to { throw Fault(.unitMismatch, "\(text) to \(to.id)") }
            return text
        case .known(let unit):
            guard let to = plan.arithmetic.to else { return unit.id }
            guard let way = table.units.conversion(from: unit, to: to) else {
                throw Fault(.unitMismatch, "\(unit.id) to \(to.id)")
            }
            if isNumber, !way.isIdentity { binding.before = number(of: way) }
            return to.id
        }
    }

    /// What a spelling means; looked up once.
    private mutating func meaning(of text: String) -> UnitMeaning {
        let bytes = Array(text.utf8)
        let hash = ByteHash.tableHash(bytes.span)
        if let known = spellings.value(of: bytes.span, hash: hash) { return meanings[Int(known)] }
        let meaning = table.units.meaning(of: text)
        if spellings.insert(bytes, hash: hash, value: UInt32(meanings.count)) { meanings.append(meaning) }
        return meaning
    }

    /// The way from a reading's unit to that of its series, which came first.
    private mutating func lead(from: String, to: String, _ key: SeriesKey) throws(Fault) -> Int32 {
        guard let source = table.units.unit(id: from), let target = table.units.unit(id: to),
            let way = table.units.conversion(from: source, to: target)
        else {
            throw Fault(
                .unitMismatch,
                "\(key) is in \(to.isEmpty ? "no unit" : to), and \(from.isEmpty ? "no unit" : from) came"
            )
        }
        return way.isIdentity ? -1 : number(of: way)
    }

    private mutating func number(of way: Affine) -> Int32 {
        if let known = conversionNumbers[way] { return known }
        conversions.append(way)
        conversionNumbers[way] = Int32(conversions.count - 1)
        return Int32(conversions.count - 1)
    }
}
