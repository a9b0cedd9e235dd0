import Readings
import Testing

@testable import RingStore

@Suite("ids by key") struct KeyTableTests {
    private func series(_ id: UInt32, _ metric: String) -> Series {
        let key = SeriesKey(site: "大田", asset: "プレス-1", metric: metric)
        return Series(id: SeriesID(index: id), key: key, kind: .gauge, type: .number, unit: "Cel")
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
                #expect(table.find(key, in: all) == id, "step \(step)")
                if Bool.random(using: &random) {
                    table.remove(key, id &+ 1)
                    #expect(table.find(key, in: all) == id, "another's id lets go of nothing")
                    table.remove(key, id)
                    model[key] = nil
                }
            } else {
                #expect(table.find(key, in: all) == nil, "step \(step)")
                table.remove(key, 0)
                let id = UInt32(all.count)
                all.append(series(id, metric))
                table.insert(key, id)
                model[key] = id
            }
            #expect(table.count == model.count)
        }
        for (key, id) in model { #expect(table.find(key, in: all) == id) }
    }

    @Test("what Unicode calls equal is one key, however it is spelled")
    func spellings() {
        let all = [series(0, "ガス"), series(1, "K")]
        var table = KeyTable()
        for each in all { table.insert(each.key, each.id.index) }
        #expect(table.find(series(0, "カ\u{3099}ス").key, in: all) == 0)
        #expect(table.find(series(0, "\u{212A}").key, in: all) == 1)
        #expect(table.find(series(0, "カス").key, in: all) == nil)
    }
}
