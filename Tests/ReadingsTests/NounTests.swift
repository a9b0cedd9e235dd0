import Readings
import Testing

@Suite struct NounTests {
    @Test(
        "a pattern selects paths as people expect",
        arguments: [
            ("osaka/press-*/temperature", "osaka/press-1/temperature", true),
            ("osaka/press-*/temperature", "osaka/press-1/motor/temperature", false),
            ("osaka/**/temperature", "osaka/press-1/motor/temperature", true),
            ("osaka/press-1", "osaka/press-1/temperature", true),
            ("osaka/press-1", "osaka/press-10/temperature", false),
            ("", "anything/at/all", true),
            ("**", "anything/at/all", true),
            ("*/棚?/stock/*", "ota/棚A/stock/ボルト-M8", true),
            ("*/棚?/stock/*", "ota/棚AB/stock/ボルト-M8", false),
            ("ota/?/x", "ota/ボ/x", true),
            ("ota?x", "ota/x", false),
            ("a*b*c", "aXXbYYc", true),
            ("a*b*c", "aXXbYY", false),
        ]
    )
    func selectors(pattern: String, path: String, isSelected: Bool) {
        #expect(PathGlob(pattern).matches(path: path) == isSelected)
    }

    @Test("a hostile pattern costs no more than its length times the path's")
    func hostilePattern() {
        let pattern = String(repeating: "*a", count: 200)
        #expect(!PathGlob(pattern).matches(path: String(repeating: "a", count: 150) + "b"))
    }

    @Test("keys are equal whatever the order of their tags")
    func tags() {
        let tags = [Tag(name: "lot", value: "L1"), Tag(name: "axis", value: "x")]
        let key = SeriesKey(site: "ota", asset: "press", metric: "load", tags: tags)
        #expect(key == SeriesKey(site: "ota", asset: "press", metric: "load", tags: tags.reversed()))
        #expect(key.description == "ota/press/load{axis=x,lot=L1}")
        #expect(SeriesKey(site: "", asset: "press", metric: "load").path == "press/load")
    }

    @Test("a bucket folds and merges to the same numbers")
    func buckets() {
        var whole = Bucket(start: Instant(milliseconds: 0), widthMs: 60_000)
        var left = whole
        var right = whole
        let values: [(Int64, Double)] = [(30_000, 4), (10_000, -2), (50_000, 9.5), (20_000, 1)]
        for (index, (stamp, value)) in values.enumerated() {
            whole.fold(value, at: Instant(milliseconds: stamp))
            if index < 2 {
                left.fold(value, at: Instant(milliseconds: stamp))
            } else {
                right.fold(value, at: Instant(milliseconds: stamp))
            }
        }
        left.merge(right)
        #expect(left == whole)
        #expect(whole.count == 4)
        #expect(whole.low == -2)
        #expect(whole.high == 9.5)
        #expect(whole.first == -2)
        #expect(whole.last == 9.5)
        #expect(whole.sum == 12.5)
    }

    @Test("the words of qualities and kinds read back")
    func words() {
        for quality in Quality.allCases { #expect(Quality(word: quality.word) == quality) }
        for kind in Kind.allCases { #expect(Kind(word: kind.word) == kind) }
        #expect(Quality(word: "splendid") == nil)
    }

    @Test("of two qualities the less trustworthy counts, and bad is worse than stale")
    func qualityOrder() {
        let order: [Quality] = [.good, .uncertain, .stale, .bad]
        for (place, quality) in order.enumerated() {
            for (other, worse) in order.enumerated() {
                #expect(quality.lowered(to: worse) == order[max(place, other)])
            }
        }
    }

    @Test("a reading stays small enough to be copied without a thought")
    func sizes() {
        #expect(MemoryLayout<Reading>.stride <= 32)
        #expect(MemoryLayout<Sample>.stride <= 24)
    }
}
