/// A place in borrowed bytes from outside. Every read is checked against the end; nothing is copied.
@safe
struct ByteSource {
    let base: UnsafePointer<UInt8>
    /// Where the next read begins.
    private(set) var offset: Int
    /// One past the last byte that may be read.
    let end: Int

    /// Reads `base[offset ..< end]`; `base` must outlive this value.
    init(_ base: UnsafePointer<UInt8>, offset: Int, end: Int) {
        unsafe self.base = base
        self.offset = offset
        self.end = end
    }

    var remaining: Int { end &- offset }

    func failure(_ expected: String) -> ByteReader.Failure {
        ByteReader.Failure(offset: offset, expected: expected)
    }

    mutating func byte() throws(ByteReader.Failure) -> UInt8 {
        guard offset < end else { throw failure("a byte") }
        offset &+= 1
        return unsafe base[offset &- 1]
    }

    /// Steps over the next byte if it is `byte`.
    mutating func takes(_ byte: UInt8) throws(ByteReader.Failure) -> Bool {
        guard offset < end else { throw failure("a byte") }
        if unsafe base[offset] != byte { return false }
        offset &+= 1
        return true
    }

    mutating func varint() throws(ByteReader.Failure) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        var place = offset
        while place < end {
            let next = unsafe base[place]
            place &+= 1
            if shift == 63 && next > 1 { break }
            number |= UInt64(next & 0x7F) &<< shift
            if next < 0x80 {
                offset = place
                return number
            }
            shift &+= 7
            if shift > 63 { break }
        }
        throw failure("a varint of at most 64 bits")
    }

    mutating func zigZag() throws(ByteReader.Failure) -> Int64 {
        ZigZag.decoded(try varint())
    }

    /// A varint within `range`.
    mutating func count(in range: ClosedRange<Int>) throws(ByteReader.Failure) -> Int {
        let start = offset
        let number = try varint()
        guard number <= UInt64(range.upperBound), number >= UInt64(range.lowerBound) else {
            offset = start
            throw failure("a count of \(range.lowerBound) … \(range.upperBound)")
        }
        return Int(number)
    }

    /// Steps over `count` bytes and gives back where they begin.
    mutating func skip(_ count: Int) throws(ByteReader.Failure) -> Int {
        guard count >= 0, count <= end &- offset else { throw failure("\(count) more bytes") }
        offset &+= count
        return offset &- count
    }

    /// The 8 bytes at `place`, zeros past the end.
    @inline(__always)
    func word(at place: Int) -> UInt64 {
        if place &+ 8 <= end {
            let raw = unsafe UnsafeRawPointer(base + place)
            return UInt64(littleEndian: unsafe raw.loadUnaligned(as: UInt64.self))
        }
        return lastWord(at: place)
    }

    @inline(never)
    private func lastWord(at place: Int) -> UInt64 {
        var word: UInt64 = 0
        var index = place
        while index < end {
            word |= UInt64(unsafe base[index]) &<< UInt64(8 &* (index &- place))
            index &+= 1
        }
        return word
    }
}
