import Readings

/// What a stamp rule found in a message.
enum StampReading: Hashable, Sendable {
    case at(Instant)
    /// No path leads to a stamp.
    case none
    /// There is something, but it is no stamp; or it lacks a zone and the rule knows none.
    case unusable
}

extension Scene {
    /// Reads a stamp; the first usable one of the rule's paths counts.
    mutating func stamp(_ rule: StampRule, clocks: inout [ZoneClock]) -> StampReading {
        // One path, as nearly all rules have: what it leads to decides, and is read once.
        if let path = rule.path {
            let node = resolve(path)
            guard node >= 0 else { return .none }
            let known = stamps[rule.slot]
            if known.message == message, known.node == node { return known.result }
            let result = read(node, rule, &clocks)
            stamps[rule.slot] = StampMemory(message: message, node: node, result: result)
            return result
        }
        var best = StampReading.none
        for source in rule.sources {
            let result: StampReading
            if case .path(let path) = source.form {
                let node = resolve(path)
                result = node < 0 ? .none : read(node, rule, &clocks)
            } else {
                result = read(source, rule, &clocks)
            }
            if case .at = result { return result }
            if result == .unusable { best = .unusable }
        }
        return best
    }

    private mutating func read(_ node: Int, _ rule: StampRule, _ clocks: inout [ZoneClock]) -> StampReading {
        let kind = document.nodes[node].kind
        if kind == .null { return .none }
        guard kind == .number || kind == .text else { return .unusable }
        // The buffer stands aside while the document is looked at; nothing is copied.
        var spare: [UInt8] = []
        swap(&spare, &fold)
        let range = document.nodes[node].text.indices
        let result = Self.read(document.bytes.span.extracting(range), rule, &clocks, &spare)
        fold = spare
        return result
    }

    private mutating func read(_ source: Source, _ rule: StampRule, _ clocks: inout [ZoneClock])
        -> StampReading
    {
        var text: [UInt8] = []
        do throws(Fault) {
            guard case .text = try write(source, to: &text) else { return .none }
        } catch {
            return .unusable
        }
        return Self.read(text.span, rule, &clocks, &fold)
    }

    private static func read(
        _ text: Span<UInt8>,
        _ rule: StampRule,
        _ clocks: inout [ZoneClock],
        _ fold: inout [UInt8]
    ) -> StampReading {
        guard text.count <= StampText.bytesMax * 3 else { return .unusable }
        let inner = text.extracting(text.trimmedRange())
        if inner.isEmpty { return .none }
        if let result = readPlain(inner, rule, &clocks) { return result }
        // Full-width digits, as machines with a Japanese keyboard write them.
        guard inner[0] >= 0x80 else { return .unusable }
        fold.removeAll(keepingCapacity: true)
        guard DecimalText.foldWidth(inner, into: &fold) else { return .unusable }
        return readPlain(fold.span, rule, &clocks) ?? .unusable
    }

    /// - Returns: nil when the text is no stamp of that form.
    private static func readPlain(
        _ text: Span<UInt8>,
        _ rule: StampRule,
        _ clocks: inout [ZoneClock]
    ) -> StampReading? {
        let stamp: StampText
        switch rule.form {
        case .number(let perSecond):
            return DecimalText(text).flatMap { milliseconds($0, perSecond: perSecond) }.map { .at($0) }
        case .pattern(let pattern):
            guard let read = pattern.read(text) else { return nil }
            stamp = read
        case .guess:
            if let number = DecimalText(text) {
                return milliseconds(number, perSecond: guessedPerSecond(number)).map { .at($0) }
            }
            guard let read = StampText(text) else { return nil }
            stamp = read
        }
        if let offset = stamp.offsetSeconds { return .at(stamp.civil.instant(offsetSeconds: offset)) }
        guard let zone = rule.zone else { return .unusable }
        return .at(clocks[zone].instant(stamp.civil))
    }

    /// By its size: below 1e11 seconds, below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds.
    private static func guessedPerSecond(_ number: DecimalText) -> Int64 {
        if number.exponent == 0, number.rest == nil {
            if number.digits < 100_000_000_000 { return 1 }
            if number.digits < 100_000_000_000_000 { return 1000 }
            return number.digits < 100_000_000_000_000_000 ? 1_000_000 : 1_000_000_000
        }
        let size = abs(number.double)
        if size < 1e11 { return 1 }
        if size < 1e14 { return 1000 }
        return size < 1e17 ? 1_000_000 : 1_000_000_000
    }

    /// Cut to whole milliseconds; nil when no instant is that far.
    static func milliseconds(_ number: DecimalText, perSecond: Int64) -> Instant? {
        let digitsMax: UInt64 = perSecond > 1000 ? UInt64(Int64.max) : 1 << 53
        if number.exponent == 0, number.rest == nil, number.digits <= digitsMax {
            let whole = Int64(number.digits)
            let size = perSecond > 1000 ? whole / (perSecond / 1000) : whole * (1000 / perSecond)
            return Instant(milliseconds: number.isNegative ? -size : size)
        }
        let scaled: Amount
        if case .ratio(let above, let below) = Amount(number) {
            let (product, overflow) = above.multipliedReportingOverflow(by: 1000)
            let (divisor, overDivisor) = below.multipliedReportingOverflow(by: Int128(perSecond))
            guard !overflow, !overDivisor else { return near(number, perSecond) }
            scaled = .ratio(product / divisor, 1)
        } else {
            return near(number, perSecond)
        }
        guard case .ratio(let whole, _) = scaled, whole > -(1 << 60), whole < 1 << 60 else { return nil }
        return Instant(milliseconds: Int64(whole))
    }

    private static func near(_ number: DecimalText, _ perSecond: Int64) -> Instant? {
        let milliseconds = number.double / Double(perSecond) * 1000
        guard milliseconds.isFinite, abs(milliseconds) < 1e18 else { return nil }
        return Instant(milliseconds: Int64(milliseconds))
    }
}
