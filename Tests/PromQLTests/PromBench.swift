import Foundation
import PromQL
import Readings
import RingStore
import Testing

/// A store of 16 MiB in a folder of its own.
final class PromBench {
    let store: RingStore
    let folder = "/tmp/tsunagi-promql-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        store = try RingStore.open(StoreOptions(directory: "\(folder)/store", budgetBytes: 16 << 20)) { _ in }
            .store
    }

    deinit {
        store.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func series(
        _ metric: String,
        site: String = "ota",
        asset: String = "press-1",
        tags: [Readings.Tag] = [],
        kind: Kind = .gauge,
        type: ValueType = .number
    ) throws -> SeriesID {
        let key = SeriesKey(site: site, asset: asset, metric: metric, tags: tags)
        return try store.series(for: key, kind: kind, type: type, unit: "").id
    }

    func commit(_ readings: [Reading]) throws {
        var batch = Batch(opened: Instant(milliseconds: 0))
        batch.readings = readings
        _ = try store.commit(batch)
    }

    /// Commits values at seconds.
    func commit(_ series: SeriesID, _ values: [(second: Int64, value: Scalar)]) throws {
        try commit(
            values.map {
                Reading(series: series, instant: Instant(milliseconds: $0.second * 1000), value: $0.value)
            }
        )
    }

    func text(_ text: String) throws -> Scalar {
        let bytes = Array(text.utf8)
        return .text(try store.text(for: bytes.span))
    }

    /// The answer of an instant query: rows by labels, each with its value, or the number of a scalar.
    func ask(_ query: String, at second: Int64) throws -> [String: Double] {
        let answer = try PromQuery(query).answer(at: Grid(at: second * 1000), over: store.snapshot())
        switch answer.rows {
        case .scalar(let numbers): return ["scalar": numbers[0]]
        case .lines(let lines):
            return Dictionary(uniqueKeysWithValues: lines.map { ("\($0.labels)", $0.values[0]) })
        case .samples(let samples):
            return Dictionary(
                uniqueKeysWithValues: samples.map { ("\($0.labels)", Double($0.values.count)) }
            )
        }
    }
}

/// What the query is refused with.
func refusal(_ query: String) -> String? {
    do throws(PromFailure) {
        _ = try PromQuery(query)
        return nil
    } catch {
        return error.description
    }
}
