extension Ring.Contents {
    /// Where a tier's buckets must be folded from raw samples, because blocks of its ring are damaged: they are in
    /// no list then, and nothing else would tell that a bucket lacks a part.
    ///
    /// A merge writes its buckets before its samples. So a stretch of raw samples is in doubt when their merge has
    /// no last block of buckets, or lies beside a damage. Merges without any quantities are among them, and cost
    /// nothing: there is nothing to fold.
    ///
    /// - Parameter raw: intact blocks of the raw ring.
    /// - Returns: the first and the last stamp of each stretch; they may overlap.
    func holes(under raw: [Block]) -> [ClosedRange<Int64>] {
        if damaged == 0 && !blocks.isEmpty { return [] }
        var complete: Set<UInt64> = []
        for block in blocks where block.isLast { complete.insert(block.through) }
        return raw.compactMap { block in
            let isInDoubt = doubts.contains { $0.contains(block.through) }
            if complete.contains(block.through) && !isInDoubt { return nil }
            return block.lowest...block.highest
        }
    }
}
