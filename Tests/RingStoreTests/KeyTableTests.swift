import Readings
import Testing

@testable import RingStore

@Suite("ids by key") struct KeyTableTests {
    private func series(_ id: UInt32, _ metric: String) -> Series {
        let key = SeriesKey(site: "大田", asset: "プレス-1", metric: metric)
        return Series(id: SeriesID(index: id), key: key, kind: .gauge, type: .number, unit: "Cel")
    }

    private func find(_ key: SeriesKey, _ table: KeyTable, _ all: [Series]) -> UInt32? {
        table.find(key, KeyTable.hash(key), in: all)
    }

    @Test(
        "keys that come and go are found as a dictionary finds them",
        arguments: 1...20 as ClosedRange<UInt64>
    )
    func model(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = KeyTable()
        var model: [SeriesKey: UInt32] = [:]
        var all: [Series] = []
        if seed % 2 == 0 { table.reserve(500) }
        for step in 0..<4000 {
            let metric = "metric-\(Int.random(in: 0..<600, using: &random))"
            let key = series(0, metric).key
            if let id = model[key] {
                #expect(find(key, table, all) == id, "step \(step)")
                if Bool.random(using: &random) {
                    table.remove(key, id &+ 1)
                    #expect(find(key, table, all) == id, "another's id lets go of nothing")
                    table.remove(key, id)
                    model[key] = nil
                }
            } else {
                #expect(find(key, table, all) == nil, "step \(step)")
                table.remove(key, 0)
                let id = UInt32(all.count)
                all.append(series(id, metric))
                table.insert(KeyTable.hash(key), id)
                model[key] = id
            }
            #expect(table.count == model.count)
        }
        for (key, id) in model { #expect(find(key, table, all) == id) }
    }

    @Test("what Unicode calls equal is one key, however it is spelled")
    func spellings() {
        let all = [series(0, "ガス"), series(1, "K")]
        var table = KeyTable()
        for each in all { table.insert(KeyTable.hash(each.key), each.id.index) }
        #expect(find(series(0, "カ\u{3099}ス").key, table, all) == 0)
        #expect(find(series(0, "\u{212A}").key, table, all) == 1)
        #expect(find(series(0, "カス").key, table, all) == nil)
    }
}
