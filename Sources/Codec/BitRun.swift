/// Appends numbers of 0 … 64 bits, the lowest bit first, to a ``ByteWriter``.
struct BitWriter {
    private var pending: UInt64 = 0
    /// Bits in `pending`, 0 … 7 between calls.
    private var pendingCount: UInt64 = 0

    /// Appends the low `width` bits of `number`.
    mutating func put(_ number: UInt64, width: Int, into writer: inout ByteWriter) {
        var rest = width == 64 ? number : number & (1 &<< UInt64(width) &- 1)
        var left = UInt64(width)
        while left > 0 {
            let taken = min(left, 64 - pendingCount)
            pending |= rest &<< pendingCount
            rest = taken == 64 ? 0 : rest &>> taken
            pendingCount += taken
            left -= taken
            while pendingCount >= 8 {
                writer.put(UInt8(truncatingIfNeeded: pending))
                pending &>>= 8
                pendingCount -= 8
            }
        }
    }

    /// Writes the last, partly filled byte.
    mutating func finish(into writer: inout ByteWriter) {
        if pendingCount > 0 { writer.put(UInt8(truncatingIfNeeded: pending)) }
        pending = 0
        pendingCount = 0
    }
}

/// Reads what ``BitWriter`` wrote.
struct BitReader {
    private var pending: UInt64 = 0
    /// Bits in `pending`, 0 … 7 between calls.
    private var pendingCount: UInt64 = 0

    /// The next `width` bits, 0 … 64.
    mutating func take(width: Int, from reader: inout ByteReader) throws(ByteReader.Failure) -> UInt64 {
        var number: UInt64 = 0
        var got: UInt64 = 0
        let wanted = UInt64(width)
        while got < wanted {
            if pendingCount == 0 {
                pending = UInt64(try reader.byte())
                pendingCount = 8
            }
            let taken = min(wanted - got, pendingCount)
            number |= (pending & (1 &<< taken &- 1)) &<< got
            pending &>>= taken
            pendingCount -= taken
            got += taken
        }
        return number
    }
}
