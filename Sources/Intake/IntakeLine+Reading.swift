import Readings

extension IntakeLine {
    /// Stamps before this one come from clocks that were never set: 2015-01-01T00:00:00Z.
    static let firstStamp = Instant(milliseconds: 1_420_070_400_000)

    /// Reads one reading of the item at hand into the batch.
    mutating func reading(_ reading: ReadingRule, _ reads: Rule.Reads) throws(Fault) {
        guard reading.conditions.isEmpty || scene.holds(reading.conditions, &regexes) else { return }
        guard let names = reads.names else { return try read(reading.own, reads) }
        if let plan = try choose(reading, names, reads.unnamed) { try read(plan, reads) }
    }

    private mutating func read(_ plan: ReadingPlan, _ reads: Rule.Reads) throws(Fault) {
        if plan.place.kind == .delta, isRetained { throw Fault(.retainedDelta, metric(plan)) }
        let raw = try scene.value(plan, isTextFormat: reads.isTextFormat, text: &text)
        if case .nothing = raw { return }
        if plan.place.kind == .delta, case .absent = raw { throw Fault(.type, "a movement without a number") }
        let (stamp, timeSource, stampQuality) = try stamp(plan)
        var quality = stampQuality
        if let rule = plan.quality { quality = quality.lowered(to: try self.quality(rule, plan)) }
        if case .absent(isListed: true) = raw { quality = quality.lowered(to: .stale) }
        guard let binding = try binding(plan, type: type(of: raw, plan)) else { return }
        let value = try scalar(raw, plan, binding, &quality)
        let mark = desk.isActive ? metricMark : []
        var isCurrentOnly = isRetained && timeSource == .arrival
        if isCurrentOnly { quality = quality.lowered(to: .stale) }
        if mark.contains(.transient) { isCurrentOnly = true }
        if plan.place.kind == .delta { try countMovement(plan, binding.name, stamp, timeSource, value) }
        let made = Reading(
            series: binding.series,
            instant: stamp,
            value: value,
            quality: quality,
            // The stamp of a letter comes with it: what has arrived since is newer.
            timeSource: retrying == nil ? timeSource : .source,
            currentOnly: isCurrentOnly,
            historyOnly: mark.contains(.historical)
        )
        batch.readings.append(made)
        if desk.isActive, !mark.contains(.historical), plan.place.kind != .delta { noteSparkplug(made) }
    }

    /// The reading's plan, or that of the name which its metric comes to; nil when there is no reading.
    private mutating func choose(
        _ reading: ReadingRule,
        _ names: ByteTable,
        _ unnamed: UnnamedPolicy
    ) throws(Fault) -> ReadingPlan? {
        nameText.removeAll(keepingCapacity: true)
        if case .missing(let path) = try scene.write(reading.metric, to: &nameText) {
            if reading.own.isOptional { return nil }
            throw Fault(.pathMissing, path)
        }
        if let number = names.value(of: nameText.span, hash: ByteHash.tableHash(nameText.span)) {
            return reading.named[Int(number)]
        }
        switch unnamed {
        case .keep: return reading.own
        case .drop: return nil
        case .dead: throw Fault(.unknownName, Fault.quote(nameText.span))
        }
    }

    /// The metric's name, for a dead letter.
    private mutating func metric(_ plan: ReadingPlan) -> String {
        nameText.removeAll(keepingCapacity: true)
        do throws(Fault) {
            guard case .text = try scene.write(plan.place.metric, to: &nameText) else {
                return plan.place.metric.text
            }
        } catch {
            return plan.place.metric.text
        }
        return Fault.quote(nameText.span)
    }

    /// What form a series of such values has; nil when the value does not tell.
    private func type(of raw: RawValue, _ plan: ReadingPlan) -> ValueType? {
        switch raw {
        case .number: .number
        case .flag: .flag
        case .text: .text
        case .absent: desk.isActive ? nullType(plan) : nil
        case .nothing: nil
        }
    }

    /// What a null would be, as far as its metric's datatype tells.
    private func nullType(_ plan: ReadingPlan) -> ValueType? {
        if plan.needsNumber { return .number }
        guard plan.type == nil, plan.map == nil, let frame = scene.frames.last,
            scene.document.nodes[frame.node].mark.contains(.metric)
        else { return nil }
        // A metric's value stands behind its name.
        return scene.document.nodes[frame.node + 2].mark.nullType
    }

    /// The rules about stamps, in the order of the mapping model.
    mutating func stamp(_ plan: ReadingPlan) throws(Fault) -> (Instant, TimeSource, Quality) {
        if let stamp = scene.sharedStamp(plan.sharedStamp) { return (stamp, .source, .good) }
        guard let rule = plan.time else { return (now, .arrival, .good) }
        switch scene.stamp(rule, clocks: &clocks) {
        case .none:
            status.stampsMissing += 1
            return (now, .arrival, .good)
        case .unusable:
            status.stampsUnusable += 1
            return (now, .arrival, .good)
        case .at(let stamp):
            guard stamp >= Self.firstStamp else {
                status.stampsUnset += 1
                return (now, .arrival, .good)
            }
            let behindMs = now.msSince(stamp)
            if skewMs == nil { skewMs = behindMs }
            let defaults = table.options.defaults
            if behindMs > Int64(defaults.maxBehindSeconds) * 1000 { throw Fault(.tooOld, stamp.iso8601) }
            if -behindMs > Int64(defaults.maxAheadSeconds) * 1000 {
                status.stampsAhead += 1
                return (now, .arrival, .uncertain)
            }
            scene.share(stamp, plan.sharedStamp)
            return (stamp, .source, .good)
        }
    }

    private mutating func quality(_ rule: QualityRule, _ plan: ReadingPlan) throws(Fault) -> Quality {
        let source = rule.source
        if source.map == nil, let node = node(of: source.form) {
            let kind = node < 0 ? Node.Kind.null : scene.document.nodes[node].kind
            let range = node < 0 ? ByteRange.empty : scene.document.nodes[node].text
            switch kind {
            case .yes: return .good
            case .no: return .bad
            case .number:
                guard let scale = rule.scale else { return .uncertain }
                let digits = DecimalText(scene.document.bytes.span.extracting(range.indices))
                return digits.map(scale.quality) ?? .bad
            case .text: return spelled(scene.document.bytes.span.extracting(range.indices), rule)
            case .list, .object, .broken: throw Fault(.type, "not a scalar: \(source.text)")
            case .null:
                if let fallback = source.fallback {
                    return QualityRule.quality(of: fallback, rule.scale) ?? .uncertain
                }
                if plan.isOptional { return .good }
                throw Fault(.pathMissing, source.text)
            }
        }
        spare.removeAll(keepingCapacity: true)
        if case .missing(let path) = try scene.write(source, to: &spare) {
            if plan.isOptional { return .good }
            throw Fault(.pathMissing, path)
        }
        return spelled(spare.span, rule)
    }

    /// Where a path or the first of several leads to, −1 for nowhere; nil for a template.
    private mutating func node(of form: Source.Form) -> Int? {
        switch form {
        case .path(let path): scene.resolve(path)
        case .firstOf(let paths): scene.resolve(firstOf: paths)
        case .template: nil
        }
    }

    /// A text that says nothing of quality leaves it uncertain.
    private func spelled(_ text: Span<UInt8>, _ rule: QualityRule) -> Quality {
        let word = text.extracting(text.trimmedRange())
        if let quality = Quality(spelled: word) { return quality }
        if word.equalsFolded("true") { return .good }
        if word.equalsFolded("false") { return .bad }
        guard let scale = rule.scale, let code = DecimalText(word) else { return .uncertain }
        return scale.quality(of: code)
    }

    /// Scale, unit, rounding and range; the text's number in the store.
    private mutating func scalar(
        _ raw: RawValue,
        _ plan: ReadingPlan,
        _ binding: Binding,
        _ quality: inout Quality
    ) throws(Fault) -> Scalar {
        switch raw {
        case .nothing, .absent: return .absent
        case .flag(let flag): return .flag(flag)
        case .text: return .text(try textID())
        case .number(let number):
            let value = try arithmetic(number, plan, binding, &quality)
            guard value.isFinite else { throw Fault(.type, "not a finite number: \(Fault.quote(text.span))") }
            return .number(value)
        }
    }

    private mutating func arithmetic(
        _ number: DecimalText,
        _ plan: ReadingPlan,
        _ binding: Binding,
        _ quality: inout Quality
    ) throws(Fault) -> Double {
        let steps = plan.arithmetic
        let isPlain = steps.isIdentity && steps.round == nil && binding.before < 0 && binding.after < 0
        if isPlain {
            let value = number.double
            if let range = steps.range, !range.contains(value) { quality = quality.lowered(to: .bad) }
            return value
        }
        var amount = Amount(number)
        if !steps.isIdentity { amount = try affine(steps).of(amount) }
        if binding.before >= 0 { amount = conversions[Int(binding.before)].of(amount) }
        if let places = steps.round { amount = amount.rounded(to: places) }
        if let range = steps.range, !range.contains(amount.double) { quality = quality.lowered(to: .bad) }
        if binding.after >= 0 { amount = conversions[Int(binding.after)].of(amount) }
        return amount.double
    }

    /// The rule's scale and offset, the scale read from the payload where it depends on it.
    private mutating func affine(_ steps: ReadingPlan.Arithmetic) throws(Fault) -> Affine {
        guard let source = steps.scale else { return steps.affine }
        spare.removeAll(keepingCapacity: true)
        if case .missing(let path) = try scene.write(source, to: &spare) { throw Fault(.pathMissing, path) }
        guard let scale = Fraction(spare.span) else {
            throw Fault(.type, "not a scale: \(Fault.quote(spare.span))")
        }
        return Affine(scale: scale, offset: steps.affine.offset)
    }

    /// The store's number of the value's text.
    private mutating func textID() throws(Fault) -> TextID {
        let hash = ByteHash.tableHash(text.span)
        if let known = texts.value(of: text.span, hash: hash) { return textIDs[Int(known)] }
        do throws(SeriesBook.Full) {
            let id = try book.text(text.span)
            if texts.insert(text, hash: hash, value: UInt32(textIDs.count)) { textIDs.append(id) }
            return id
        } catch {
            throw Fault(.storeLimit, error.description)
        }
    }

    /// Notes a movement in the marks and in the batch; refuses one that was counted.
    ///
    /// - Parameter series: a hash of its name.
    private mutating func countMovement(
        _ plan: ReadingPlan,
        _ series: UInt64,
        _ stamp: Instant,
        _ timeSource: TimeSource,
        _ value: Scalar
    ) throws(Fault) {
        keyText.removeAll(keepingCapacity: true)
        keyText.append(fixed: series)
        let idStart = keyText.count
        var hasID = false
        if let id = plan.id, case .text = try scene.write(id, to: &keyText) {
            hasID = keyText.count > idStart
        }
        if !hasID {
            // Without an id and a stamp two equal movements cannot be told apart: both count. The broker's
            // own redelivery is recognised by its receipt, and a letter's second reading by its arrival.
            guard timeSource == .source || retrying != nil, let number = value.number else { return }
            if timeSource == .arrival { retrying?.unmarked += 1 }
            keyText.append(fixed: UInt64(bitPattern: stamp.milliseconds))
            keyText.append(fixed: number.bitPattern)
        }
        let seed: UInt64 = hasID ? 1 : 2
        let high = ByteHash.hash(keyText.span, seed: seed)
        let low = ByteHash.hash(keyText.span, seed: seed << 32)
        let mark = UInt128(high) << 64 | UInt128(low)
        guard marks.count(mark, at: now) else {
            let event =
                hasID ? "id \(Fault.quote(keyText.span.extracting(idStart..<keyText.count)))" : stamp.iso8601
            throw Fault(.duplicateDelta, "\(metric(plan)): \(event)")
        }
        batch.movements.append(Movement(mark: mark, instant: now))
    }
}
