public import Readings
public import RingStore

/// What members released to a hub, by the series in which it came in.
extension PlantView {
    /// The number that a series holds at `end` (inclusive: releases are stamped with their bucket's end), or the latest
    /// before it that is not older than `notBefore`.
    ///
    /// - Returns: nil when there is none, and of a series of something else than numbers.
    public func member(
        _ key: SeriesKey,
        at end: Instant,
        notBefore: Instant
    ) throws(StoreFailure) -> Measured? {
        guard let series = snapshot.series(at: key), series.type == .number else { return nil }
        var found: Measured?
        _ = try snapshot.each(series.id, from: notBefore, to: end.advanced(byMs: 1)) { sample in
            guard sample.quality != .bad, let number = sample.value.number, number.isFinite else { return }
            found = Measured(
                value: .number(number),
                unit: series.unit,
                asOf: sample.instant,
                quality: sample.quality
            )
        }
        return found
    }
}
