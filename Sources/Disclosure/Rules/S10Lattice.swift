/// S10, one time lattice per series: buckets of two grants fit into each other, and days begin at the same midnight.
enum S10Lattice: StaticRule {
    static let id = DisclosureRule.s10

    private struct Kind: Hashable {
        let bucket: BucketWidth
        let zone: String?
    }

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        book.pairs(alike: { Kind(bucket: $0.grant.bucket, zone: $0.grant.timezone) }) {
            subject,
            left,
            right in
            // A day less its other hours is an hour, withheld or not.
            if subject.kind == .consortium, subject.measure.isFlow, left.grant.bucket != right.grant.bucket {
                let message =
                    "adds up other buckets than \(left.name) does, and who gets both can subtract: "
                    + "use one width"
                found.add(right.agreement, right.grant, ["bucket"], message)
                return
            }
            guard !left.grant.sharesLattice(with: right.grant) else { return }
            let message =
                "lies on another lattice than that of \(left.name) for \(subject.product): days and weeks "
                + "that begin at different midnights can be subtracted; use one zone"
            found.add(right.agreement, right.grant, ["bucket"], message)
        }
    }
}

extension Grant {
    /// Whether each bucket of the wider of two grants is made of whole buckets of the narrower.
    ///
    /// All widths there are divide each other, so it is the zone that counts, and that as soon as one of them begins
    /// at a midnight: told of both, a partner knows the hours between two midnights.
    public func sharesLattice(with other: Grant) -> Bool {
        guard bucket.dependsOnZone || other.bucket.dependsOnZone else { return true }
        return Grant.offsetSeconds(ofZone: timezone ?? "UTC")
            == Grant.offsetSeconds(ofZone: other.timezone ?? "UTC")
    }
}
