import Readings
import Testing

@testable import RingStore

@Suite("the catalogue's tables")
struct CatalogueTableTests {
    @Test("a device that came back from the journal is no other asset's")
    func devices() {
        var table = CatalogueTable()
        for asset in ["旋盤", "プレス", "炉"] {
            let place = table.nextPlace(for: key(asset))
            table.take(series(place.id, asset), device: place.device)
        }
        table.vacate([0, 1], until: nil)
        // Not in the order in which the devices would be given out again.
        let back = table.restore(.series(series(0, "秤"), device: 0))
        #expect(back.isNew && back.vacated.isEmpty)
        var devices: Set<UInt32> = [0, 2]
        for asset in ["研磨", "塗装", "検査"] {
            let place = table.nextPlace(for: key(asset))
            #expect(devices.insert(place.device).inserted, "\(asset) shares device \(place.device)")
            table.take(series(place.id, asset), device: place.device)
        }
        #expect(table.liveCount == 5)
    }

    private func key(_ asset: String) -> SeriesKey { SeriesKey(site: "大阪", asset: asset, metric: "温度") }

    private func series(_ id: UInt32, _ asset: String) -> Series {
        Series(id: SeriesID(index: id), key: key(asset), kind: .gauge, type: .number, unit: "Cel")
    }
}
