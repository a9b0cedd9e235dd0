import Readings

/// The current values of all series that Sparkplug's devices feed: what must be said again, as stale, when a device
/// dies.
///
/// 40 bytes a series. Two devices may feed one series; it is the later one's.
struct LastValues: Sendable {
    private struct Last: Sendable {
        var device: Int32 = -1
        /// Where it stands among its device's.
        var place: Int32 = 0
        var instant = Instant.distantPast
        var value = Scalar.absent
        /// When it was last said to be stale; nil while it is not.
        var staleSince: Instant?
    }

    /// By series.
    private var lasts: [Last] = []
    /// By device.
    private var series: [[SeriesID]] = []

    /// Notes a current value.
    ///
    /// - Returns: whether the series is stale from a later instant on than the value's own: then the value must be said
    ///   with a later one, or it would never be the current one.
    mutating func note(_ reading: Reading, of device: Int) -> Bool {
        let index = Int(reading.series.index)
        if index >= lasts.count {
            lasts.append(contentsOf: repeatElement(Last(), count: index + 1 - lasts.count))
        }
        if lasts[index].device != Int32(device) { move(reading.series, to: device) }
        if let since = lasts[index].staleSince {
            lasts[index].staleSince = nil
            lasts[index].instant = reading.instant
            lasts[index].value = reading.value
            return reading.instant <= since
        }
        if reading.instant >= lasts[index].instant {
            lasts[index].instant = reading.instant
            lasts[index].value = reading.value
        }
        return false
    }

    private mutating func move(_ id: SeriesID, to device: Int) {
        let index = Int(id.index)
        let before = Int(lasts[index].device)
        if before >= 0 {
            let place = Int(lasts[index].place)
            let moved = series[before][series[before].count - 1]
            series[before][place] = moved
            lasts[Int(moved.index)].place = Int32(place)
            series[before].removeLast()
        }
        while series.count <= device { series.append([]) }
        lasts[index].device = Int32(device)
        lasts[index].place = Int32(series[device].count)
        series[device].append(id)
    }

    /// The values of a device as they must be said when it has died: none that is stale already.
    mutating func die(_ device: Int, at instant: Instant) -> [Reading] {
        guard device < series.count else { return [] }
        var readings: [Reading] = []
        readings.reserveCapacity(series[device].count)
        for id in series[device] {
            let index = Int(id.index)
            guard lasts[index].staleSince == nil else { continue }
            // A source whose clock is ahead must not stay good for ever.
            let since =
                lasts[index].instant < instant ? instant : lasts[index].instant.advanced(byMs: 1)
            lasts[index].staleSince = since
            readings.append(
                Reading(
                    series: id,
                    instant: since,
                    value: lasts[index].value,
                    quality: .stale,
                    timeSource: .arrival
                )
            )
        }
        return readings
    }

    /// The store gave ids back: nothing is known any more.
    mutating func forget() {
        lasts.removeAll()
        series.removeAll()
    }
}
