import Disclosure
import Readings

/// A form in which a release is said: a pure function of the release, and of what the form was made with.
///
/// Registered in ``FeedFormats``; ``FeedShape`` puts the envelope around it.
public protocol FeedFormat: Sendable {
    /// Names the kind of event that a release is: `io.tsunagi.share.<word>.v1`.
    var word: String { get }
    /// What its documents hold to, an absolute URI.
    var schema: String { get }
    /// The unit that takes the most room in it, as ``said(_:)`` leaves it.
    var longestUnit: String { get }

    /// A value as this form says it.
    func said(_ value: Release.Value) -> Saying

    /// The document, without anything to fill it up.
    ///
    /// - Parameter release: its values went through ``said(_:)``; at least one, but for a form that has a word of its own
    ///   for what is withheld.
    func document(of release: Release) -> String

    /// The document of a release that is withheld; never a reason.
    func withheld(_ release: Release) -> String
}

extension FeedFormat {
    /// What all forms say that have no words of their own for it.
    public func withheld(_ release: Release) -> String { CloudEvent.withheldData }
}

/// Whether a form has words for a value.
public enum Saying: Hashable, Sendable {
    /// The value in the form's own unit.
    case said(Release.Value)
    /// Why it has none, in the operator's words; the partner never learns it.
    case unsaid(String)
}

/// The form of each grant, in one place.
public enum FeedFormats {
    /// The form that a grant names.
    ///
    /// - Parameters:
    ///   - trade: what partners' systems know items and sites by.
    ///   - offsetSeconds: how far the plant's clocks are ahead of UTC.
    /// - Returns: nil for a grant that ``Agreement/unsaid(_:)`` complains of.
    static func format(
        of grant: Grant,
        in agreement: Agreement,
        _ trade: TradeBook,
        _ offsetSeconds: @escaping @Sendable (Instant) -> Int
    ) -> (any FeedFormat)? {
        let clock = PlantClock(offsetSeconds)
        switch (grant.form, grant.measure) {
        case (.tsunagi, _), (.sparkplug, _): return TsunagiJSON(grant)
        case (.catenax, .stock): return MaterialNumbers(agreement, grant, trade, clock).map(ItemStock.init)
        case (.catenax, .daysOfSupply):
            return MaterialNumbers(agreement, grant, trade, clock).map(DaysOfSupply.init)
        case (.catenax, .plannedOutput):
            return MaterialNumbers(agreement, grant, trade, clock).map(PlannedProductionOutput.init)
        case (.catenax, _): return nil
        case (.epcis, _): return EPCISDocument(agreement, grant, trade, clock)
        }
    }
}

/// The plant's clocks, as a form writes them: with seconds and an offset, whatever happens.
struct PlantClock: Sendable {
    private let offsetSeconds: @Sendable (Instant) -> Int

    init(_ offsetSeconds: @escaping @Sendable (Instant) -> Int) {
        self.offsetSeconds = offsetSeconds
    }

    /// Whole minutes east of UTC, in seconds; 0 for what lies further from it than any clock does.
    func offset(at instant: Instant) -> Int {
        let seconds = offsetSeconds(instant)
        return abs(seconds) > 14 * 3600 ? 0 : seconds - seconds % 60
    }

    /// `2025-12-01T09:15:00.000+09:00`, or `Z` for UTC.
    func stamp(_ instant: Instant) -> String {
        instant.iso8601(offsetSeconds: offset(at: instant))
    }

    /// The midnight at which an instant's day began.
    func midnight(_ instant: Instant) -> String {
        let seconds = offset(at: instant)
        let start = instant.floored(toMs: 86_400_000, offsetMs: Int64(seconds) * 1000)
        return start.iso8601(offsetSeconds: seconds)
    }

    /// `+09:00`, and `+00:00` for UTC.
    func offsetText(at instant: Instant) -> String {
        let seconds = offset(at: instant)
        let minutes = abs(seconds) / 60
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(seconds < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60))"
    }
}
