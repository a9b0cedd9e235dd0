import Readings

/// Turns rules as written into rules ready for use, and gathers all that is wrong with them.
struct RuleCompiler {
    let options: RuleSetOptions
    let units = UnitTable.standard
    private(set) var failures: [RuleFailure] = []
    private var decodings: [DecoderPlan] = []
    private(set) var zones: [Zone] = []
    private var zoneNames: [String: Int] = [:]
    /// Where each path remembers its last result; equal paths share a place.
    var pathSlots: [String: Int] = [:]
    var stampSlots = 0
    /// Plans so far.
    var planCount = 0
    /// By the place where they are written.
    var stampRules: [[PlaceStep]: StampRule] = [:]
    private var reported: Set<RuleFailure> = []

    /// The limit on `each` entries: passes within passes.
    static let eachMax = 8

    init(_ options: RuleSetOptions) {
        self.options = options
    }

    /// Notes a failure, once.
    mutating func fail(_ place: [PlaceStep], _ message: String) {
        let failure = RuleFailure(place: place, message: message)
        if reported.insert(failure).inserted { failures.append(failure) }
    }

    /// - Returns: the rules in their order; those with failures may be missing.
    mutating func compile() -> [Rule] {
        checkLimits()
        if let name = options.defaults.timezone { _ = zone(name, [.key("defaults"), .key("timezone")]) }
        var rules: [Rule] = []
        var order = RuleOrder()
        for (index, rule) in options.rules.enumerated() {
            let written = rule.completed(defaults: options.defaults)
            let place: [PlaceStep] = [.key("rules"), .index(index)]
            var names: [String] = []
            do throws(TopicPatternFailure) {
                let pattern = try TopicPattern(written.topic, names: &names)
                if written.format == .sparkplug { names = SparkplugCaptures.added(to: names) }
                if let why = order.add(written, pattern, at: index) { fail(place + [.key("topic")], why) }
                if let rule = compile(written, pattern, names, place) { rules.append(rule) }
            } catch {
                fail(place + [.key("topic")], error.message)
            }
        }
        for (index, why) in order.idlePresets {
            fail([.key("rules"), .index(index), .key("topic")], why)
        }
        return rules
    }

    private mutating func checkLimits() {
        let checks: [(String, Int, ClosedRange<Int>)] = [
            ("payload_bytes_max", options.payloadBytesMax, 1...(1 << 28)),
            ("nesting_max", options.nestingMax, 1...1000),
            ("readings_per_message_max", options.readingsPerMessageMax, 1...1_000_000),
        ]
        for (key, value, range) in checks where !range.contains(value) {
            fail([.key(key)], "\(value) lies outside of \(range.lowerBound) … \(range.upperBound)")
        }
        let defaults: [PlaceStep] = [.key("defaults")]
        if options.defaults.maxAheadSeconds < 0 {
            fail(defaults + [.key("max_ahead_s")], "may not be negative")
        }
        if options.defaults.maxBehindSeconds < 1 {
            fail(defaults + [.key("max_behind_s")], "must be at least 1")
        }
    }

    private mutating func compile(
        _ written: RuleOptions,
        _ pattern: TopicPattern,
        _ captureNames: [String],
        _ place: [PlaceStep]
    ) -> Rule? {
        let decoding = decoding(written, place)
        let conditions = conditions(written.when, frames: nil, place)
        let reads = written.ignore ? nil : reads(written, captureNames, place)
        guard written.ignore || reads != nil else { return nil }
        return Rule(
            name: written.name,
            pattern: pattern,
            captureNames: captureNames,
            conditions: conditions,
            decoding: decoding,
            reads: reads
        )
    }

    private mutating func reads(
        _ written: RuleOptions,
        _ captureNames: [String],
        _ place: [PlaceStep]
    ) -> Rule.Reads? {
        let each = each(written, place)
        let hasLeaves = each.last?.isLeaves == true
        var scope = Scope(captures: captureNames, groups: [], frames: each.count, hasLeaves: hasLeaves)
        let matches = matches(written, &scope, place)
        let skip = skip(written, place)
        if !skip.isEmpty, each.isEmpty {
            fail(place + [.key("skip")], "skip: leaves items out; it needs an each: to have any")
        }
        guard !written.readings.isEmpty else {
            fail(place + [.key("readings")], "a rule needs readings, or ignore: true")
            return nil
        }
        let names = written.names.sorted { $0.key < $1.key }
        var fixedCount = 0
        var readings: [ReadingRule] = []
        for index in written.readings.indices {
            let layers = ReadingLayers(rule: written, reading: index, names: names, place: place)
            if let reading = reading(layers, scope, written, &fixedCount) { readings.append(reading) }
        }
        guard readings.count == written.readings.count else { return nil }
        let asset = readings[0].own.place.asset
        return Rule.Reads(
            each: each,
            matches: matches,
            groupCount: scope.groups.count,
            skip: skip,
            readings: readings,
            names: names.isEmpty ? nil : nameTable(names.map(\.key)),
            unnamed: written.unnamed,
            isOptional: written.common.optional ?? false,
            fixedCount: fixedCount,
            isTextFormat: written.format.isTextFormat,
            fixedAsset: asset.isFixedByTopic && !asset.text.isEmpty ? asset : nil
        )
    }

    private func nameTable(_ names: [String]) -> ByteTable {
        var table = ByteTable(entriesMax: names.count, arenaBytesMax: Int(UInt32.max))
        for (number, name) in names.enumerated() {
            let bytes = Array(name.utf8)
            let isNew = table.insert(bytes, hash: ByteHash.tableHash(bytes.span), value: UInt32(number))
            precondition(isNew, "a table has room for its names")
        }
        return table
    }

    private mutating func decoding(_ written: RuleOptions, _ place: [PlaceStep]) -> DecoderPlan {
        let delimiter = Array(written.options.delimiter.utf8)
        let isMark =
            delimiter.count == 1 && delimiter[0] < 0x80 && ![0x22, 0x0A, 0x0D].contains(delimiter[0])
        if !isMark {
            fail(
                place + [.key("options"), .key("delimiter")],
                "\(written.options.delimiter) is none: expected one ASCII character, no quote, no line end"
            )
        }
        if written.options.columns?.isEmpty == true {
            fail(place + [.key("options"), .key("columns")], "columns: names at least one column")
        }
        if written.options.encoding != .utf8, written.format.isBinary {
            fail(
                place + [.key("options"), .key("encoding")],
                "\(written.format.rawValue) says itself how its texts are written: leave encoding: out"
            )
        }
        if written.options.encoding == .cp932, Transcoder() == nil {
            fail(
                place + [.key("options"), .key("encoding")],
                "this machine's C library cannot read cp932; install the gconv modules (Debian: libc6)"
            )
        }
        for plan in decodings where plan.format == written.format && plan.options == written.options {
            return plan
        }
        let plan = DecoderPlan(written.format, written.options, nestingMax: options.nestingMax)
        decodings.append(plan)
        return plan
    }

    /// The number of a zone's clock; nil after a failure.
    mutating func zone(_ name: String, _ place: [PlaceStep]) -> Int? {
        if let known = zoneNames[name] { return known }
        guard let zone = Zone(name) else {
            fail(
                place,
                "\(name) is no zone known here: write an offset such as +09:00, or install tzdata for names"
            )
            return nil
        }
        zones.append(zone)
        zoneNames[name] = zones.count - 1
        return zones.count - 1
    }
}
