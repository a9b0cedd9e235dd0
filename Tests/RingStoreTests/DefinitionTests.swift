import Codec
import Readings
import Testing

@testable import RingStore

@Suite("a definition")
struct DefinitionTests {
    private static let texts = [
        "", "大阪", String(repeating: "長", count: 60), String(repeating: "x", count: 4096),
    ]
    private static let numbers: [UInt32] = [0, 127, 128, 16_383, 16_384, 2_097_152, .max]

    @Test("takes just the bytes that are reckoned for it", arguments: numbers)
    func bytes(number: UInt32) {
        for text in DefinitionTests.texts {
            for tags in [0, 1, 200] {
                let key = SeriesKey(
                    site: text,
                    asset: "プレス",
                    metric: text,
                    tags: (0..<tags).map { Tag(name: "t\($0)", value: text) }
                )
                let id = SeriesID(index: number)
                let series = Series(id: id, key: key, kind: .delta, type: .number, unit: text)
                check(.series(series, device: number / 2))
            }
            check(.text(TextID(index: number), text))
        }
    }

    private func check(_ definition: Definition) {
        var writer = ByteWriter()
        definition.encode(into: &writer)
        #expect(writer.count == definition.encodedBytes)
    }
}
