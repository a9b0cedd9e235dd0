/// D06, zeros and signs: nothing is told of a total of nothing, nor of one with a negative part: the other rules reason
/// about shares, and there are none.
enum D06Signs {
    static func withholds(_ bucket: PooledBucket) -> String? {
        let fresh = bucket.fresh
        if let negative = fresh.filter({ $0.value < 0 }).keys.min() {
            return "the contribution of \(negative) is negative"
        }
        if fresh.values.allSatisfy({ $0 == 0 }) { return "all contributions are zero" }
        return nil
    }
}
