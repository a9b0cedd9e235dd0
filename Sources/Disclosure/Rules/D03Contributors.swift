/// D03, enough live contributors: firms outside of the coalition whose fresh contribution is not zero.
enum D03Contributors {
    static func withholds(_ bucket: PooledBucket) -> String? {
        let count = bucket.live.count
        guard count < bucket.floor else { return nil }
        return "\(count) live contributors outside of the coalition: needs \(bucket.floor)"
    }
}
