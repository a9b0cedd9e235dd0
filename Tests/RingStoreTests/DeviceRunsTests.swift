import Codec
import Readings
import Testing

@testable import RingStore

@Suite("samples of a device on their way into pages")
struct DeviceRunsTests {
    private func traits(_ kind: Kind) -> SeriesTraits {
        SeriesTraits(
            Series(
                id: SeriesID(index: 0),
                key: SeriesKey(site: "s", asset: "a", metric: "m"),
                kind: kind,
                type: .number,
                unit: ""
            )
        )
    }

    private func runs(_ kind: Kind, _ samples: [UInt32: [(Int64, UInt64)]]) -> DeviceRuns {
        var runs = DeviceRuns()
        for series in samples.keys.sorted() {
            runs.add(series, traits(kind), expecting: 0)
            runs.expect(samples[series]?.count ?? 0, of: runs.runs.count - 1)
        }
        runs.layOut()
        for run in runs.runs.indices {
            for (instant, bits) in samples[runs.runs[run].series] ?? [] {
                runs.append(PackedSample(instant: instant, bits: bits, mark: 0), to: run)
            }
        }
        runs.settle()
        return runs
    }

    private func samples(of runs: DeviceRuns) -> [UInt32: [[Int64]]] {
        var found: [UInt32: [[Int64]]] = [:]
        for run in runs.runs {
            found[run.series] = run.range.map { [runs.instants[$0], Int64(runs.bits[$0])] }
        }
        return found
    }

    @Test("are ordered by stamp, and of equal stamps the last arrival stands")
    func settled() {
        let runs = runs(.gauge, [3: [(5, 1), (4, 2), (5, 3), (9, 4)], 4: [], 8: [(1, 1), (2, 2)]])
        #expect(samples(of: runs) == [3: [[4, 2], [5, 3], [9, 4]], 8: [[1, 1], [2, 2]]])
        #expect(runs.index(of: 4) == nil)
        #expect(runs.index(of: 8) == 1)
    }

    @Test("of movements all stay, and are dealt out so that each stamp comes once")
    func movements() {
        var runs = runs(.delta, [1: [(5, 1), (4, 2), (5, 3), (5, 4)], 2: [(7, 1)]])
        #expect(samples(of: runs) == [1: [[4, 2], [5, 1], [5, 3], [5, 4]], 2: [[7, 1]]])
        var rest = runs.takeEqualStamps()
        #expect(samples(of: runs) == [1: [[4, 2], [5, 1]], 2: [[7, 1]]])
        #expect(samples(of: rest) == [1: [[5, 3], [5, 4]]])
        let last = rest.takeEqualStamps()
        #expect(samples(of: rest) == [1: [[5, 3]]])
        #expect(samples(of: last) == [1: [[5, 4]]])
    }

    @Test("of the device before leave nothing behind")
    func again() {
        var runs = runs(.gauge, [1: [(1, 1), (2, 2)], 2: [(3, 3)]])
        runs.removeAll()
        runs.add(9, traits(.gauge), expecting: 1)
        runs.layOut()
        runs.append(PackedSample(instant: 7, bits: 8, mark: 0), to: 0)
        runs.settle()
        #expect(samples(of: runs) == [9: [[7, 8]]])
    }
}
