internal import Readings

extension Batch {
    /// The batch as smaller ones that may be made durable one after the other, for when it does not fit
    /// whole.
    ///
    /// A crash between two pieces must neither lose nor double anything once the broker redelivers the
    /// messages:
    /// - movements and the readings of their series go together in one piece, so that a movement is counted if and only
    ///   if its mark is kept;
    /// - other readings come before it and may be stored twice, because equal stamps and values are one sample: the mark
    ///   of a file, which is a movement's, is kept only when all its readings are;
    /// - dead letters may be repeated;
    /// - receipts come last, so that a message is known as received only when all of it is.
    func pieces(deltas isDelta: (SeriesID) -> Bool) -> [Batch] {
        var counted = Batch(opened: opened)
        counted.messageCount = messageCount
        counted.movements = movements
        counted.readings = readings.filter { isDelta($0.series) }
        let rest = readings.filter { !isDelta($0.series) }
        var pieces: [Batch] = []
        for start in stride(from: 0, to: rest.count, by: Batch.pieceReadings) {
            var piece = Batch(opened: opened)
            piece.readings = Array(rest[start..<min(rest.count, start + Batch.pieceReadings)])
            pieces.append(piece)
        }
        if !counted.isEmpty { pieces.append(counted) }
        for start in stride(from: 0, to: deadLetters.count, by: Batch.pieceLetters) {
            var piece = Batch(opened: opened)
            piece.deadLetters = Array(deadLetters[start..<min(deadLetters.count, start + Batch.pieceLetters)])
            pieces.append(piece)
        }
        if !receipts.isEmpty {
            var last = Batch(opened: opened)
            last.receipts = receipts
            pieces.append(last)
        }
        return pieces
    }

    /// 16 384 × 25 B = 0.4 MB.
    private static let pieceReadings = 16_384
    /// 64 × (4 KiB payload, topic and detail of a few KiB) stays under 1 MiB.
    private static let pieceLetters = 64
}
