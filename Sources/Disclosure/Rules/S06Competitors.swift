/// S06, competitors get old, pooled, backward-looking values: what the firms of a market may tell each other.
enum S06Competitors: StaticRule {
    static let id = DisclosureRule.s06

    static let bucketMinMs = BucketWidth.day.widthMs
    static let delayMinMs: Int64 = 7 * 86_400_000
    static let contributorsMin = 5

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        for line in book.lines where line.agreement.recipient.relationship == .competitor {
            let grant = line.grant
            func add(_ member: String, _ message: String) {
                found.add(
                    line.agreement,
                    grant,
                    [member],
                    "\(message), because the recipient is a competitor"
                )
            }
            if grant.kind != .consortium { add("kind", "must be consortium") }
            if grant.measure == .plannedOutput || grant.measure == .capacityFree {
                add("measure", "\(grant.measure.rawValue) looks ahead and must not be shared")
            }
            if grant.bucket.widthMs < bucketMinMs { add("bucket", "must be P1D or longer") }
            if grant.delayMs < delayMinMs { add("delay", "must be P7D or longer") }
            if (grant.disclosure.minContributors ?? 0) < contributorsMin {
                add("disclosure", "needs minContributors of \(contributorsMin) or more")
            }
            if grant.cadence == .onChange { add("cadence", "must be clock") }
        }
    }
}
