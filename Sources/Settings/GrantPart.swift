import Disclosure

/// One entry of an agreement's `grants`.
enum GrantPart {
    static let keys = [
        "id", "measure", "products", "sites", "metric", "kind", "contributors", "aggregate", "bucket",
        "timezone",
        "delay", "precision", "cadence", "disclosure", "formats", "cloudevents", "retain", "historyBuckets",
    ]
    static let disclosureKeys = [
        "minContributors", "pPercent", "nk", "maxStaleness", "membershipCooldownBuckets",
    ]

    /// - Parameter gatewayZone: where days and weeks begin when the grant does not say.
    /// - Returns: nil, after complaints, when anything in it is wrong.
    static func read(_ entry: Entry, gatewayZone: String?) -> Grant? {
        guard let table = YamlTable(entry, keys: keys) else { return nil }
        let id = table.need("id", "id: stock")?.text()
        let measure = table.need("measure", "measure: stock")?.choice(Measure.self)
        let products = table.need("products", "products: [bolt-M8]").map(AgreementPart.names)
        let sites = table.need("sites", "sites: [ota]").map(AgreementPart.names)
        let metric = table["metric"]?.text()
        let kind = table.need("kind", "kind: own")?.choice(GrantKind.self)
        let contributors = table["contributors"].map(AgreementPart.names) ?? []
        let aggregate = table.need("aggregate", "aggregate: last")?.choice(Aggregate.self)
        let bucket = table.need("bucket", "bucket: PT15M")?.choice(BucketWidth.self)
        let zone = table["timezone"]?.zone()
        let delay = table.need("delay", "delay: PT0S").flatMap(AgreementPart.period)
        let precision = table.need("precision", "precision: {mode: round, base: 10}").flatMap(precision)
        let cadence = table.need("cadence", "cadence: clock")?.choice(Cadence.self)
        let disclosure = table["disclosure"].flatMap(disclosure) ?? DisclosureLimits()
        let formats = table["formats"]?.list()?.compactMap { $0.choice(FeedForm.self) } ?? [.tsunagi]
        let cloudEvents = table["cloudevents"]?.choice(EventMode.self)
        let retain = table["retain"]?.flag() ?? true
        let historyBuckets = table["historyBuckets"]?.whole(.min ... .max) ?? 0
        guard let id, let measure, let products, let sites, let kind, let aggregate, let bucket, let delay,
            let precision, let cadence
        else { return nil }
        let timezone = zone ?? (bucket.dependsOnZone ? gatewayZone : nil)
        if bucket.dependsOnZone, let timezone, Grant.offsetSeconds(ofZone: timezone) == nil {
            (table["timezone"] ?? table["bucket"])?.refuse(
                "\"\(timezone)\" cannot bound days or weeks: expected a zone whose clocks never change,"
                    + " e.g. Asia/Tokyo or +09:00"
            )
        }
        return Grant(
            id: id,
            measure: measure,
            products: products,
            sites: sites,
            metric: metric,
            kind: kind,
            contributors: contributors,
            aggregate: aggregate,
            bucket: bucket,
            timezone: timezone,
            delay: delay,
            precision: precision,
            cadence: cadence,
            disclosure: disclosure,
            formats: formats,
            cloudEvents: cloudEvents,
            retain: retain,
            historyBuckets: historyBuckets
        )
    }

    private static func precision(_ entry: Entry) -> Precision? {
        guard entry.isTable, let table = YamlTable(quietly: entry) else {
            entry.refuse(expected: "a table such as {mode: round, base: 10}")
            return nil
        }
        guard let entry = table.need("mode", "mode: round"), let mode = entry.text() else { return nil }
        switch mode {
        case "exact":
            return YamlTable(table.entry, keys: ["mode"]) == nil ? nil : .exact
        case "round":
            guard let table = YamlTable(table.entry, keys: ["mode", "base"]),
                let base = table.need("base", "base: 10")?.number()
            else { return nil }
            return .round(base: base)
        case "band":
            guard let table = YamlTable(table.entry, keys: ["mode", "edges"]),
                let edges = table.need("edges", "edges: [0, 100, 1000]")?.list()
            else { return nil }
            return .band(edges: edges.compactMap { $0.number() })
        default:
            let near = NearestWord.hint(mode, among: Precision.modes)
            let known = Precision.modes.joined(separator: ", ")
            entry.refuse("\"\(Entry.short(mode))\" unknown\(near.isEmpty ? "; known: \(known)" : near)")
            return nil
        }
    }

    private static func disclosure(_ entry: Entry) -> DisclosureLimits? {
        guard let table = YamlTable(entry, keys: disclosureKeys) else { return nil }
        return DisclosureLimits(
            minContributors: table["minContributors"]?.whole(.min ... .max),
            pPercent: table["pPercent"]?.number(),
            nk: table["nk"].flatMap(dominance),
            maxStaleness: table["maxStaleness"].flatMap(AgreementPart.period),
            membershipCooldownBuckets: table["membershipCooldownBuckets"]?.whole(.min ... .max)
        )
    }

    private static func dominance(_ entry: Entry) -> Dominance? {
        guard let table = YamlTable(entry, keys: ["n", "k"]) else { return nil }
        guard let n = table.need("n", "n: 1")?.whole(.min ... .max),
            let k = table.need("k", "k: 75")?.number()
        else {
            return nil
        }
        return Dominance(n: n, k: k)
    }
}
