import Readings

/// A reading as nearly all are: one member of the payload as it stands, of a series that the topic alone tells.
///
/// 32 bytes and trivial to copy: whoever reads by it counts no references and copies no texts. It knows less than the
/// reading's ``ReadingPlan``, by which everything is read that this one does not cover.
struct PlainReading: Sendable {
    /// The member's name among ``Rule/Reads/plainNames``.
    let name: ByteRange
    /// The place of its series in the route.
    let series: Int
    /// See ``ReadingPlan/sharedStamp``.
    let sharedStamp: Int
    /// Whether the payload has its stamp; else arrival is.
    let isStamped: Bool
    /// Whether yes, no and texts are taken as they stand, and not numbers alone.
    let takesAll: Bool

    /// - Parameter names: where the member's name is put.
    /// - Returns: nil for a reading that asks for more.
    init?(_ reading: ReadingRule, names: inout [UInt8]) {
        let plan = reading.own
        guard reading.conditions.isEmpty, let series = plan.place.fixed, let path = plan.plainPath,
            path.start == .document, path.steps.count == 1, case .member(let name) = path.steps[0],
            plan.place.kind != .delta, plan.quality == nil, plan.arithmetic.isIdentity,
            plan.arithmetic.round == nil, plan.arithmetic.range == nil
        else { return nil }
        self.name = ByteRange(start: names.count, count: name.count)
        names += path.names[name.indices]
        self.series = series
        sharedStamp = plan.sharedStamp
        isStamped = plan.time != nil
        takesAll = plan.type == nil && !plan.needsNumber
    }
}
