import Alerts
import Desk
import Plant
import Query
import Readings
import RingStore

/// The history that alert rules ask about, from a daemon's desk or a copied directory.
struct PastReadings {
    /// Before the first look: consumption is that of today and seven days before, and what stands may stand for long.
    private static let beforeMs: Int64 = 31 * 86_400_000
    /// Sources are told apart by the minute.
    private static let minuteMs: Int64 = 60_000

    private(set) var series: [SeriesID: Series] = [:]
    private(set) var readings: [Reading] = []
    /// By asset, when it spoke.
    private(set) var heard: [String: [Instant]] = [:]
    /// What the answer does not rest on, one line each.
    private(set) var notes: [String] = []
    private var words: [String] = []
    private var numbers: [String: UInt32] = [:]

    /// Whom it asks.
    private enum Place {
        case desk(DeskClient)
        /// A copied directory, as it is.
        case copy(History)
    }

    private let place: Place
    private let first: Instant
    private let now: Instant

    /// - Parameter first: of the looks.
    init(_ options: HistoryOptions, before first: Instant, now: Instant) throws {
        (self.first, self.now) = (first, now)
        if let folder = options.offline {
            let store = try RingStore.openReadOnly(directory: folder)
            place = .copy(History(store.snapshot(), asOf: now))
        } else {
            place = .desk(try options.desk.client())
        }
    }

    /// The text of a state.
    func word(_ text: TextID) -> String { words[Int(text.index)] }

    /// Reads what some rules ask about.
    mutating func read(_ rules: [AlertRule], _ options: PlantOptions) async throws {
        let rows = try await rows()
        let stock = StockLooks(options.items)
        let (stockRules, machineRules) = (
            rules.filter { $0.kind == .lowStock || $0.kind == .lowCover },
            rules.filter { $0.kind == .machineStopped }
        )
        for row in rows {
            guard let found = entry(of: row) else { continue }
            let isWanted =
                StockKey(of: found).map { key in stockRules.contains { stock.wants(key, by: $0) } }
                ?? (row.metric == "state"
                    && machineRules.contains { $0.wants(Look.subject(row.asset, at: row.site)) })
            if isWanted { try await take(found) }
        }
        if case .desk(let client) = place {
            begin(try await client.get("/v1/stock"))
        } else if readings.contains(where: { series[$0.series]?.kind == .delta }) {
            notes.append(
                "stock that is told by movements alone is counted from 0: a copied directory tells no ledger"
            )
        }
        let sourceRules = rules.filter { $0.kind == .sourceSilent }
        for (asset, rows) in Dictionary(grouping: rows, by: \.asset)
        where sourceRules.contains(where: { $0.wants(asset) }) {
            try await hear(asset, rows)
        }
    }

    private mutating func entry(of row: SeriesRow) -> Series? {
        guard let kind = Kind(word: row.kind), row.type == "number" || row.type == "text" else { return nil }
        return Series(
            id: SeriesID(index: UInt32(series.count)),
            key: SeriesKey(
                site: row.site,
                asset: row.asset,
                metric: row.metric,
                tags: (row.tags ?? [:]).map { Tag(name: $0.key, value: $0.value) }
            ),
            kind: kind,
            type: row.type == "text" ? .text : .number,
            unit: row.unit
        )
    }

    /// All samples of one series.
    private mutating func take(_ found: Series) async throws {
        series[found.id] = found
        let answer = try await query(Self.selector(found.key))
        let tags = Dictionary(uniqueKeysWithValues: found.key.tags.map { ($0.name, $0.value) })
        for column in answer.columns where column.tags ?? [:] == tags {
            for row in column.samples ?? [] {
                guard let instant = Instant(iso8601: row.time), let value = value(row.value) else { continue }
                let quality = Quality(word: row.quality) ?? .good
                readings.append(Reading(series: found.id, instant: instant, value: value, quality: quality))
            }
        }
        note(answer, found.key.path)
    }

    private mutating func value(_ scalar: AnyScalar) -> Scalar? {
        switch scalar {
        case .number(let number): return .number(number)
        case .text(let text):
            let number = numbers[text] ?? UInt32(words.count)
            if numbers[text] == nil {
                numbers[text] = number
                words.append(text)
            }
            return .text(TextID(index: number))
        case .flag, .null: return nil
        }
    }

    /// Stock that is told by movements alone: what the daemon's ledger has now, less what has moved since, lay there
    /// before. A count says so.
    private mutating func begin(_ rows: [StockRow]) {
        var lines: [StockKey: (moves: Series, sum: Double)] = [:]
        var levelled: Set<StockKey> = []
        for found in series.values {
            guard let key = StockKey(of: found) else { continue }
            if found.kind == .gauge { levelled.insert(key) } else { lines[key] = (found, 0) }
        }
        for reading in readings where reading.quality != .bad {
            guard let found = series[reading.series], let key = StockKey(of: found), found.kind == .delta
            else { continue }
            lines[key]?.sum += reading.value.number ?? 0
        }
        for row in rows {
            let key = StockKey(site: row.site, location: row.location, item: row.item, lot: row.lot ?? "")
            guard let line = lines[key], !levelled.contains(key), row.quantity >= line.sum else { continue }
            let moves = line.moves.key
            let count = Series(
                id: SeriesID(index: UInt32(series.count)),
                key: SeriesKey(
                    site: moves.site,
                    asset: moves.asset,
                    metric: "stock_count/\(row.item)",
                    tags: moves.tags
                ),
                kind: .gauge,
                type: .number,
                unit: line.moves.unit
            )
            series[count.id] = count
            let before = first.advanced(byMs: -Self.beforeMs - 1)
            readings.append(
                Reading(series: count.id, instant: before, value: .number(row.quantity - line.sum))
            )
        }
    }

    /// When an asset spoke: its numbers tell that to the minute; a state holds for minutes in which nobody speaks, so of
    /// those the samples count.
    private mutating func hear(_ asset: String, _ rows: [SeriesRow]) async throws {
        var instants: Set<Instant> = []
        if rows.contains(where: { $0.type == "number" }) {
            let answer = try await query("{asset=\(Self.quoted(asset))}", every: "1m")
            for step in answer.columns.flatMap({ $0.steps ?? [] }) {
                if let start = Instant(iso8601: step.time) {
                    instants.insert(start.advanced(byMs: Self.minuteMs))
                }
            }
            note(answer, asset)
        }
        for row in rows where row.type != "number" {
            let tags = (row.tags ?? [:]).map { Tag(name: $0.key, value: $0.value) }
            let key = SeriesKey(site: row.site, asset: asset, metric: row.metric, tags: tags)
            let answer = try await query(Self.selector(key))
            for sample in answer.columns.flatMap({ $0.samples ?? [] }) {
                if let instant = Instant(iso8601: sample.time) { instants.insert(instant) }
            }
            note(answer, key.path)
        }
        heard[asset] = instants.sorted()
    }

    private func rows() async throws -> [SeriesRow] {
        let limit = Query.rowLimitMax
        switch place {
        case .desk(let client): return try await client.get("/v1/series", [("limit", "\(limit)")])
        case .copy(let history): return history.series(try QueryWords([:]).selector(), limit: limit)
        }
    }

    private func query(_ selector: String, every: String? = nil) async throws -> QueryAnswer {
        var words = [
            "select": selector, "from": first.advanced(byMs: -Self.beforeMs).iso8601,
            "to": now.iso8601, "limit": "\(Query.rowLimitMax)",
        ]
        words["every"] = every
        switch place {
        case .desk(let client): return try await client.get("/v1/query", words.map { ($0.key, $0.value) })
        case .copy(let history): return try history.query(try QueryWords(words).query(now: now))
        }
    }

    private mutating func note(_ answer: QueryAnswer, _ name: String) {
        if answer.truncated {
            notes.append("\(name): only the first \(Query.rowLimitMax) rows are looked at")
        }
        if let expired = answer.expiredBefore, expired > first.iso8601 {
            notes.append("\(name): nothing is known before \(expired)")
        }
    }

    /// Exactly that series, and perhaps others with more tags.
    private static func selector(_ key: SeriesKey) -> String {
        let labels = [("site", key.site), ("asset", key.asset), ("metric", key.metric)]
        let all = labels + key.tags.map { ($0.name, $0.value) }
        return "{" + all.map { "\($0.0)=\(quoted($0.1))" }.joined(separator: ", ") + "}"
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
