import Disclosure
import Foundation
import Readings
import Testing

@testable import Sharing

/// What a partner's page is made of: what left, and nothing else.
@Suite struct ShowcaseTests {
    private let bench: ClockBench
    private let agreement: Agreement
    private let folder: TemporaryFolder

    init() throws {
        bench = try ClockBench()
        agreement = bench.agreement(.active)
        folder = try TemporaryFolder()
    }

    private func release(_ bucket: Int64, _ value: Obscured, of agreement: Agreement? = nil) -> Release {
        let agreement = agreement ?? self.agreement
        return Release(
            agreement: agreement,
            grant: agreement.grants[0],
            bucketStart: Instant(milliseconds: bucket * 60_000),
            values: [
                Release.Value(
                    product: "ボルト-M8",
                    site: "ota",
                    value: value,
                    unit: "pcs",
                    completion: bucket == 1 ? Instant(milliseconds: 1_774_969_200_000) : nil,
                    ageBuckets: bucket,
                    quality: .uncertain
                )
            ]
        )
    }

    /// As it lies in the outbox.
    private func entry(_ release: Release, payload: String = "x") -> OutboxEntry {
        OutboxEntry(
            agreement: release.agreement.id,
            grant: release.grant.id,
            bucketStart: release.bucketStart,
            topic: release.topic,
            payload: Array(payload.utf8),
            retain: true
        )
    }

    private func shown(_ showcase: Showcase, _ agreement: Agreement? = nil) -> [Release.Value] {
        let agreement = agreement ?? self.agreement
        return showcase.shown(agreement, agreement.grants[0]).flatMap(\.values)
    }

    @Test("what waits for the broker is not shown, nor is what was cleared there")
    func waiting() {
        let showcase = Showcase()
        let (first, second) = (release(1, .number(40)), release(2, .number(50)))
        showcase.add(first)
        #expect(shown(showcase).isEmpty)
        showcase.left(entry(first, payload: ""))
        #expect(shown(showcase).isEmpty, "the broker forgot what it retained: nothing left")
        showcase.left(entry(first))
        showcase.add(second)
        #expect(shown(showcase) == first.values)
        for bucket in 3..<200 { showcase.add(release(Int64(bucket), .number(0))) }
        #expect(shown(showcase) == first.values, "the last that left, however much waits")
        let last = release(199, .number(0))
        showcase.left(entry(last))
        #expect(shown(showcase).last == last.values[0])
    }

    @Test(
        "a restart shows the last that left, and later what was waiting then",
        arguments: [
            Obscured.number(42.5), .text("運転"), .band(low: nil, high: 20), .band(low: 100, high: nil),
            .band(low: 20, high: 100),
        ]
    )
    func restart(value: Obscured) {
        let (first, second, third) = (release(0, .number(1)), release(1, value), release(2, .number(3)))
        do {
            let showcase = Showcase(directory: folder.path)
            for one in [first, second] {
                showcase.add(one)
                showcase.left(entry(one))
            }
            showcase.add(third)
            showcase.keep()
            #expect(showcase.fault == nil)
        }
        let showcase = Showcase(directory: folder.path)
        #expect(shown(showcase) == second.values, "of the grant's releases the last")
        #expect(showcase.shown(agreement, agreement.grants[0]).map(\.bucketEnd) == [second.bucketEnd])
        showcase.left(entry(third))
        #expect(shown(showcase) == second.values + third.values)
    }

    @Test("nobody sees what left to somebody else, under whatever name")
    func otherPartner() {
        let showcase = Showcase(directory: folder.path)
        showcase.add(release(1, .number(40)))
        showcase.left(entry(release(1, .number(40))))
        var other = agreement
        other.recipient.id = "buyer-2"
        #expect(shown(showcase, other).isEmpty)
        showcase.forget(unlessGrantedBy: [other])
        showcase.keep(isLast: true)
        #expect(shown(showcase).isEmpty)
        #expect(shown(Showcase(directory: folder.path)).isEmpty, "what is not granted any more is not kept")
    }

    @Test("of a torn file what is whole is shown, and one that cannot be written is told of")
    func torn() throws {
        let release = release(1, .number(40))
        let showcase = Showcase(directory: folder.path)
        showcase.add(release)
        showcase.left(entry(release))
        showcase.keep()
        let whole = try folder.bytes(of: "showcase")
        for length in 0...whole.count {
            try folder.write(Array(whole[..<length]), to: "showcase")
            #expect(shown(Showcase(directory: folder.path)) == (length < whole.count ? [] : release.values))
        }
        for place in whole.indices {
            var bytes = whole
            bytes[place] ^= 0x10
            try folder.write(bytes, to: "showcase")
            #expect(shown(Showcase(directory: folder.path)).isEmpty, "byte \(place)")
        }
        let homeless = Showcase(directory: folder.path + "/none")
        homeless.add(release)
        homeless.left(entry(release))
        homeless.keep()
        #expect(homeless.fault?.contains("/none/showcase") == true)
    }

    @Test("the file has a bound, and the newest have room in it")
    func bound() throws {
        let showcase = Showcase(directory: folder.path)
        // 70 grants of 100 kB each.
        let product = String(repeating: "品", count: 33_000)
        var agreements: [Agreement] = []
        for number in 0..<70 {
            var other = agreement
            other.id = "agr-\(number)"
            agreements.append(other)
            var one = release(Int64(number), .number(1), of: other)
            one.values[0].product = product
            showcase.add(one)
            showcase.left(entry(one))
        }
        showcase.keep()
        let size = try FileManager.default.attributesOfItem(atPath: folder.path + "/showcase")[.size] as? Int
        #expect(try #require(size) <= ShowcaseFile.bytesMax)
        let again = Showcase(directory: folder.path)
        #expect(shown(again, agreements[69]).count == 1)
        #expect(shown(again, agreements[0]).isEmpty)
    }
}
