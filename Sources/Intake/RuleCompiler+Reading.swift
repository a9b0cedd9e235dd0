import Readings

extension RuleCompiler {
    /// Compiles a reading and what each name makes of it; nil after a failure.
    mutating func reading(
        _ layers: ReadingLayers,
        _ scope: Scope,
        _ rule: RuleOptions,
        _ fixedCount: inout Int
    ) -> ReadingRule? {
        guard let metric = layers.pick(\.metric, "metric") else {
            fail(layers.place, "metric is missing: what is the reading called?")
            return nil
        }
        guard let source = source(Expression(metric.value), scope, metric.place) else { return nil }
        let conditions = conditions(layers.when, frames: scope.frames, layers.place)
        var plans: [ReadingPlan] = []
        for (index, variant) in ([layers] + layers.underNames).enumerated() {
            var called = source
            if index > 0, let own = variant.pick(\.metric, "metric"), own.place != metric.place {
                guard let compiled = self.source(Expression(own.value), scope, own.place) else { continue }
                called = compiled
            } else if let name = variant.name {
                called = Source(form: .template(Template(literal: name)))
            }
            if let plan = plan(variant, called, scope, rule, layers.hasNames, &fixedCount) {
                plans.append(plan)
            }
        }
        guard plans.count == 1 + layers.underNames.count else { return nil }
        let named = Array(plans.dropFirst())
        return ReadingRule(metric: source, conditions: conditions, own: plans[0], named: named)
    }

    private mutating func plan(
        _ layers: ReadingLayers,
        _ metric: Source,
        _ scope: Scope,
        _ rule: RuleOptions,
        _ hasNames: Bool,
        _ fixedCount: inout Int
    ) -> ReadingPlan? {
        // Everything is looked at before anything is given up, so that all failures are told at once.
        let value = layers.pick(\.value, "value").flatMap { source($0.value, scope, $0.place) }
        if layers.pick(\.value, "value") == nil {
            fail(
                layers.place,
                "value is missing: expected a path such as $.value, or $ for the whole payload"
            )
        }
        let site = source(layers.pick(\.site, "site") ?? defaultSite, scope)
        let asset = source(layers.pick(\.asset, "asset") ?? (Expression(""), layers.place), scope)
        let id = layers.pick(\.id, "id").flatMap { source($0.value, scope, $0.place) }
        let tags = tags(layers, scope)
        let number = numberPlan(layers, scope)
        let unit = unitPlan(layers, scope, hasNames)
        let quality = quality(layers, scope)
        let time = stamp(layers, scope, rule)
        let kind = layers.pick(\.kind, "kind")
        let type = layers.pick(\.type, "type")
        if kind?.value == .delta, let type, type.value != .number {
            fail(type.place, "a movement (kind: delta) is a number, not \(type.value.rawValue)")
        }
        guard let value, let site, let asset else { return nil }
        let isFixed =
            [metric, site, asset].allSatisfy(\.isFixedByTopic) && tags.allSatisfy(\.value.isFixedByTopic)
            && (unit.source?.isFixedByTopic ?? true)
        if isFixed { fixedCount += 1 }
        planCount += 1
        return ReadingPlan(
            place: ReadingPlan.Place(
                site: site,
                asset: asset,
                metric: metric,
                tags: tags,
                unit: unit.source,
                kind: kind?.value ?? .gauge,
                fixed: isFixed ? fixedCount - 1 : nil,
                number: planCount - 1
            ),
            value: value,
            nullIf: (layers.pick(\.nullIf, "null_if")?.value ?? []).map { Array($0.utf8) },
            map: (layers.pick(\.map, "map")?.value).map(LiteralMap.init),
            type: type?.value,
            arithmetic: ReadingPlan.Arithmetic(
                scale: number.scale,
                affine: number.affine,
                isIdentity: number.scale == nil && number.affine.isIdentity,
                to: unit.to,
                round: number.round,
                range: layers.pick(\.range, "range")?.value
            ),
            id: id,
            quality: quality,
            time: time,
            isOptional: layers.pick(\.optional, "optional")?.value ?? false
        )
    }

    private var defaultSite: (value: Expression, place: [PlaceStep]) {
        (Expression(options.defaults.site ?? ""), [.key("defaults"), .key("site")])
    }

    private mutating func source(_ written: (value: Expression, place: [PlaceStep]), _ scope: Scope)
        -> Source?
    {
        source(written.value, scope, written.place)
    }

    private mutating func tags(_ layers: ReadingLayers, _ scope: Scope) -> [(name: String, value: Source)] {
        guard let written = layers.pick(\.tags, "tags") else { return [] }
        var tags: [(name: String, value: Source)] = []
        for (name, text) in written.value.sorted(by: { $0.key < $1.key }) {
            if let value = source(Expression(text), scope, written.place + [.key(name)]) {
                tags.append((name: name, value: value))
            }
        }
        return tags
    }

    private struct NumberPlan {
        var scale: Source?
        var affine = Affine.identity
        var round: Int?
    }

    private mutating func numberPlan(_ layers: ReadingLayers, _ scope: Scope) -> NumberPlan {
        var plan = NumberPlan()
        var factor = Fraction.one
        if let written = layers.pick(\.scale, "scale"),
            let source = source(written.value, scope, written.place)
        {
            if let text = source.constant {
                if let read = Fraction(text: text) {
                    factor = read
                } else {
                    fail(
                        written.place,
                        "\(text) is no number: expected a decimal, a fraction such as 2/25, or a path"
                    )
                }
            } else {
                plan.scale = source
                let yields = (source.map?.values ?? []) + (source.fallback.map { [$0] } ?? [])
                if let wrong = yields.first(where: { $0.fraction == nil }) {
                    fail(
                        written.place,
                        "\(String(decoding: wrong.text, as: UTF8.self)) is no number to scale by"
                    )
                }
            }
        }
        var moved = Fraction.zero
        if let written = layers.pick(\.offset, "offset") {
            if let read = Fraction(text: written.value) {
                moved = read
            } else {
                fail(
                    written.place,
                    "\(written.value) is no number: expected a decimal or a fraction such as 2/25"
                )
            }
        }
        plan.affine = Affine(scale: factor, offset: moved)
        if let written = layers.pick(\.round, "round") {
            plan.round = written.value
            if !(0...15).contains(written.value) { fail(written.place, "round: takes 0 to 15 decimals") }
        }
        return plan
    }

    private mutating func unitPlan(
        _ layers: ReadingLayers,
        _ scope: Scope,
        _ hasNames: Bool
    ) -> (source: Source?, to: KnownUnit?) {
        let written = layers.pick(\.unit, "unit")
        let source = written.flatMap { self.source($0.value, scope, $0.place) }
        var from: KnownUnit?
        if let written, let text = source?.constant {
            switch units.meaning(of: text) {
            case .known(let unit): from = unit
            case .ambiguous(let choices):
                fail(written.place, "\(text) has several meanings: \(choices); write the one that is meant")
            case .unknown:
                if layers.pick(\.to, "to") != nil, !text.isEmpty {
                    fail(written.place, "\(text) is no known unit, so that nothing leads from it to another")
                }
            }
        }
        guard let wanted = layers.pick(\.to, "to") else { return (source, nil) }
        if written == nil, !hasNames { fail(wanted.place, "to: needs a unit: to convert from") }
        switch units.meaning(of: wanted.value) {
        case .known(let to):
            if let from, units.conversion(from: from, to: to) == nil {
                fail(wanted.place, "\(to.id) measures \(to.quantity), \(from.id) measures \(from.quantity)")
            }
            return (source, to)
        case .ambiguous(let choices): fail(wanted.place, "\(wanted.value) has several meanings: \(choices)")
        case .unknown:
            fail(
                wanted.place,
                "\(wanted.value) is no known unit; there are Cel, kg, MPa, pcs and about 200 more"
            )
        }
        return (source, nil)
    }

    private mutating func quality(_ layers: ReadingLayers, _ scope: Scope) -> QualityRule? {
        guard let written = layers.pick(\.quality, "quality"),
            let source = source(written.value, scope, written.place)
        else { return nil }
        var scale: QualityScale?
        if let name = written.value.scale {
            scale = QualityScale(rawValue: name)
            if scale == nil {
                let known = QualityScale.allCases.map(\.rawValue).joined(separator: ", ")
                fail(written.place + [.key("scale")], "\(name) is no scale of quality; there are \(known)")
            }
        }
        let yields =
            (source.map?.values ?? []) + (source.fallback.map { [$0] } ?? [])
            + (source.constant.map { [Literal($0)] } ?? [])
        for literal in yields where QualityRule.quality(of: literal, scale) == nil {
            fail(
                written.place,
                "\(String(decoding: literal.text, as: UTF8.self)) is none of good, uncertain, bad and stale"
            )
        }
        return QualityRule(source: source, scale: scale)
    }

    private mutating func stamp(_ layers: ReadingLayers, _ scope: Scope, _ rule: RuleOptions) -> StampRule? {
        guard let written = layers.pick(\.time, "time") else { return nil }
        if let known = stampRules[written.place] { return known }
        if written.value.paths.isEmpty { fail(written.place, "time: names no path") }
        let sources = written.value.paths.compactMap { source(Expression($0), scope, written.place) }
        var zone: Int?
        if let name = written.value.zone {
            zone = self.zone(name, written.place + [.key("zone")])
        } else if let name = rule.timezone {
            zone = self.zone(name, Array(written.place.prefix(2)) + [.key("timezone")])
        } else if let name = options.defaults.timezone {
            zone = self.zone(name, [.key("defaults"), .key("timezone")])
        }
        stampSlots += 1
        let compiled = StampRule(
            sources: sources,
            form: form(written.value.format, written.place + [.key("format")]),
            zone: zone,
            slot: stampSlots - 1
        )
        stampRules[written.place] = compiled
        return compiled
    }

    private mutating func form(_ format: String?, _ place: [PlaceStep]) -> StampRule.Form {
        switch format {
        case nil: return .guess
        case "s": return .number(perSecond: 1)
        case "ms": return .number(perSecond: 1000)
        case "us": return .number(perSecond: 1_000_000)
        case "ns": return .number(perSecond: 1_000_000_000)
        case .some(let pattern):
            do throws(ExpressionFailure) {
                return .pattern(try StampPattern(pattern))
            } catch {
                fail(place, error.message)
                return .guess
            }
        }
    }
}

extension QualityRule {
    /// What a literal says about quality; nil when it says nothing.
    static func quality(of literal: Literal, _ scale: QualityScale?) -> Quality? {
        switch literal.value {
        case .absent: .stale
        case .flag(let isGood): isGood ? .good : .bad
        case .number(let code): scale?.quality(of: code) ?? .uncertain
        case .text: Quality(spelled: literal.text.span)
        }
    }
}
