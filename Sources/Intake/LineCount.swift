/// The number of a line, counted when it is wanted: lines are asked for in their order.
struct LineCount {
    private var number = 1
    private var counted = 0

    /// The 1-based number of the line in which the byte at `position` stands.
    ///
    /// - Complexity: O(bytes since the last question).
    mutating func line(at position: Int, in bytes: Span<UInt8>) -> Int {
        while counted < position {
            if bytes[counted] == 0x0A { number += 1 }
            counted += 1
        }
        return number
    }
}

extension Span<UInt8> {
    /// Where the first line feed stands at or behind `start`; the end when there is none.
    func endOfLine(from start: Int) -> Int {
        var position = start
        while position < count, self[position] != 0x0A { position += 1 }
        return position
    }
}
