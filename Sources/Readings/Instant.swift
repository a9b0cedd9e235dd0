/// A moment in time: milliseconds since 1970-01-01T00:00:00Z, leap seconds ignored.
///
/// Milliseconds because that is the finest stamp a factory's sources agree on; what is finer is cut.
public struct Instant: Hashable, Comparable, Sendable {
    /// May be negative; every `Int64` is a valid instant.
    public var milliseconds: Int64

    /// - Parameter milliseconds: since the Unix epoch.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The earliest instant there is.
    public static let distantPast = Instant(milliseconds: .min)
    /// The latest instant there is.
    public static let distantFuture = Instant(milliseconds: .max)

    /// The order of tables and lists.
    public static func < (left: Instant, right: Instant) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The instant `milliseconds` later; saturates at the ends of time instead of trapping,
    /// because stamps come from outside.
    public func advanced(byMs milliseconds: Int64) -> Instant {
        let (sum, overflow) = self.milliseconds.addingReportingOverflow(milliseconds)
        if overflow { return milliseconds < 0 ? .distantPast : .distantFuture }
        return Instant(milliseconds: sum)
    }

    /// Milliseconds from `earlier` to this instant, saturating.
    public func msSince(_ earlier: Instant) -> Int64 {
        let (difference, overflow) = milliseconds.subtractingReportingOverflow(earlier.milliseconds)
        if overflow { return milliseconds < 0 ? .min : .max }
        return difference
    }

    /// The last multiple of `widthMs` at or before this instant, on a lattice that is `offsetMs` east of UTC.
    ///
    /// - Parameters:
    ///   - widthMs: at least 1.
    ///   - offsetMs: how far local midnight lies before UTC midnight, e.g. 32 400 000 for Japan.
    public func floored(toMs widthMs: Int64, offsetMs: Int64 = 0) -> Instant {
        precondition(widthMs > 0, "a bucket must be at least 1 ms wide")
        let local = advanced(byMs: offsetMs).milliseconds
        let remainder = local % widthMs
        // Towards zero this cannot overflow; the step down saturates at the beginning of time.
        let towardsZero = Instant(milliseconds: local - remainder)
        return (remainder < 0 ? towardsZero.advanced(byMs: -widthMs) : towardsZero).advanced(byMs: -offsetMs)
    }

    /// The first start of a bucket of this width at or after this instant; the end of time when there is none.
    public func ceiled(toMs widthMs: Int64) -> Instant {
        let floor = floored(toMs: widthMs)
        return floor == self ? self : floor.advanced(byMs: widthMs)
    }
}
