import Foundation
import Plant
import Readings
import RingStore

/// A store in a folder of its own and a plant that follows it.
final class StoreBench {
    let store: RingStore
    let plant: Plant
    private let folder: String

    init(_ options: PlantOptions = PlantOptions()) throws {
        plant = Plant(bytesMax: 256 << 10, options)
        folder = "/tmp/tsunagi-plant-\(UUID().uuidString)"
        store = try RingStore.open(StoreOptions(directory: folder, budgetBytes: 16 << 20)) { _ in }.store
    }

    deinit {
        store.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func series(
        _ asset: String,
        _ metric: String,
        _ kind: Kind,
        tags: [Readings.Tag] = [],
        type: ValueType = .number,
        unit: String = "pcs"
    ) throws -> SeriesID {
        let key = SeriesKey(site: "ota", asset: asset, metric: metric, tags: tags)
        return try store.series(for: key, kind: kind, type: type, unit: unit).id
    }

    func number(_ series: SeriesID, _ value: Double, _ stamp: Int64) -> Reading {
        Reading(series: series, instant: Instant(milliseconds: stamp), value: .number(value))
    }

    func text(_ series: SeriesID, _ text: String, _ stamp: Int64) throws -> Reading {
        let bytes = Array(text.utf8)
        return Reading(
            series: series,
            instant: Instant(milliseconds: stamp),
            value: .text(try store.text(for: bytes.span))
        )
    }

    func commit(_ readings: [Reading]) throws {
        var batch = Batch(opened: Instant(milliseconds: 0))
        batch.readings = readings
        _ = try store.commit(batch)
        let snapshot = store.snapshot()
        plant.fold(batch) { snapshot.series($0) }
    }

    var view: PlantView { plant.view(over: store.snapshot()) }

    func stock(at end: Int64) throws -> Double? {
        let measured = try view.onHand(item: "ボルト-M8", site: "ota", at: Instant(milliseconds: end))
        guard case .number(let number)? = measured?.value else { return nil }
        return number
    }
}
