import Readings
import Testing

@testable import RingStore

/// Selectors over the lists of ids answer as a look at every key does.
@Suite("series by selector")
struct SeriesIndexTests {
    private static let sites = ["", "ota", "osaka", "大阪"]
    private static let assets = ["", "press-1", "press-2", "press/p1", "棚A", "ota", "x"]
    private static let metrics = ["", "temperature", "temp", "stock/ボルト-M8", "stock/x", "x", "a{b}"]
    private static let names = ["lot", "axis", "site", "段取り"]
    private static let values = ["", "L1", "L2", "x", "y", "x y"]

    private static func pick<Element>(_ from: [Element], _ random: inout SeededRandom) -> Element {
        from[Int.random(in: 0..<from.count, using: &random)]
    }

    private static func key(_ random: inout SeededRandom, wide: Bool) -> SeriesKey {
        var tags: [Readings.Tag] = []
        while Int.random(in: 0..<3, using: &random) == 0 {
            tags.append(Tag(name: pick(names, &random), value: pick(values, &random)))
        }
        var metric = pick(metrics, &random)
        if wide { metric += "\(Int.random(in: 0..<400, using: &random))" }
        return SeriesKey(site: pick(sites, &random), asset: pick(assets, &random), metric: metric, tags: tags)
    }

    private static func pattern(_ random: inout SeededRandom) -> String {
        if Int.random(in: 0..<3, using: &random) == 0 {
            let pieces = ["ota", "press", "-", "1", "/", "/", "*", "**", "?", "x", "temp", "棚", "大阪"]
            return (0..<Int.random(in: 0..<8, using: &random)).map { _ in pick(pieces, &random) }.joined()
        }
        var conditions: [String] = []
        for _ in 0..<Int.random(in: 0..<5, using: &random) {
            let name = pick(["site", "asset", "metric"] + names, &random)
            let operation = pick(["=", "!=", "=~", "!~"], &random)
            let texts = sites + assets + metrics + values
            var text = pick(texts, &random)
            if operation.hasSuffix("~") {
                text = text.replacing("{", with: "\\{").replacing("}", with: "\\}")
                switch Int.random(in: 0..<6, using: &random) {
                case 0: text += "|" + pick(["x", "ota", "", "press-1"], &random)
                case 1: text = String(text.prefix(2)) + ".*"
                case 2: text = ".+"
                case 3: text = "(" + text + ")?"
                case 4: text = "[a-p].*\\d?"
                default: break
                }
            }
            conditions.append(name + operation + "`" + text + "`")
        }
        let metric = pick(["", "", "", "", "", "", "temp", "x", "temperature"], &random)
        return metric + "{" + conditions.joined(separator: ",") + "}"
    }

    @Test("are the same as by a look at every key", arguments: 0..<40 as Range<UInt64>)
    func linearScan(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let place = Workplace()
        let store = try reopen(place, budget: 4 << 20).store
        let isWide = seed % 2 == 0
        for _ in 0..<12 {
            for _ in 0..<Int.random(in: 0..<60, using: &random) {
                let key = Self.key(&random, wide: isWide)
                _ = try store.series(for: key, kind: .gauge, type: .number, unit: "")
            }
            let snapshot = store.snapshot()
            // What comes later is not in it.
            let late = Self.key(&random, wide: isWide)
            _ = try store.series(for: late, kind: .gauge, type: .number, unit: "")
            if Bool.random(using: &random) { _ = store.snapshot().seriesCount(matching: Selector(glob: "")) }
            for _ in 0..<60 {
                let pattern = Self.pattern(&random)
                let selector = try Selector(pattern)
                let said: Comment = "seed \(seed): \(pattern)"
                let expected = snapshot.series.filter { selector.matches($0.key) }
                let found = snapshot.series(matching: selector)
                #expect(Set(found) == Set(expected), said)
                #expect(found.count == expected.count, said)
                #expect(found.map(\.key.path) == expected.map(\.key.path).sorted(), said)
                #expect(snapshot.seriesCount(matching: selector) == expected.count, said)
                let few = snapshot.series(matching: selector, limit: 3)
                #expect(few == Array(found.prefix(3)), said)
            }
        }
    }

    @Test("of one path come by their tags, and the first of many only")
    func order() throws {
        let place = Workplace()
        let store = try reopen(place, budget: 4 << 20).store
        for number in 0..<300 {
            let tags = [Tag(name: "lot", value: "\(number % 100 + 100)")]
            let key = SeriesKey(site: "ota", asset: "p\(number / 100)", metric: "load", tags: tags)
            _ = try store.series(for: key, kind: .gauge, type: .number, unit: "")
        }
        let found = store.snapshot().series(matching: try Selector("load{lot=~`1[02].`}"), limit: 21)
        #expect(found.map(\.key.asset) == [String](repeating: "p0", count: 20) + ["p1"])
        #expect(found.prefix(3).map { $0.key.tags[0].value } == ["100", "101", "102"])
    }

    @Test("survive a restart")
    func restart() throws {
        let place = Workplace()
        var open = try reopen(place)
        let gauge = try open.store.gauge("温度")
        _ = try open.store.commit(batch([reading(gauge, 1, 1)]))
        open.store.close()
        open = try reopen(place)
        let selector = try Selector(#"温度{site="大阪"}"#)
        #expect(open.store.snapshot().series(matching: selector) == [gauge])
    }

    @Test("searches of a list find the first id that is not below", arguments: 0..<20 as Range<UInt64>)
    func places(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var list = PostingList()
        var ids: [UInt32] = []
        for id in 0..<200 as Range<UInt32> where Int.random(in: 0..<4, using: &random) == 0 {
            list.append(id)
            ids.append(id)
        }
        #expect(list.ids == ids)
        for id in 0..<202 as Range<UInt32> {
            let expected = ids.firstIndex { $0 >= id } ?? ids.count
            for start in 0...expected {
                #expect(list.place(of: id, from: start) == expected, "seed \(seed)")
            }
        }
    }
}
