internal import Codec
internal import Readings

/// A batch ↔ the body of a journal record.
///
///     zigzag opened, varint messages
///     varint definitions, each as ``Definition``
///     varint readings, each:
///         head   bits 0–3 value bytes (0 … 8), bit 4 mark as before, bit 5 instant as before
///         mark   1 byte unless bit 4: ``PackedSample``'s, bit 5 = current only, bit 6 = history only
///         series zigzag varint, step from the reading before
///         time   zigzag varint unless bit 5, step from the reading before
///         value  as many bytes: of a number the highest (the rest is 0), of others the lowest
///     varint movements, each: 16 bytes mark, zigzag instant
///     varint receipts, each: 2 bytes message id, 8 bytes hash
///     varint dead letters, each: see Codec/LetterBytes.swift
enum BatchRecord {
    private static let currentOnly: UInt8 = 0x20
    private static let historyOnly: UInt8 = 0x40
    /// head, mark, series (5), time (10), value (8).
    private static let readingBytesMax = 25
    private static let receiptBytes = 10

    /// Appends a batch with the definitions that it may refer to.
    static func encode(_ batch: Batch, definitions: [Definition], into buffer: RecordBuffer) {
        var writer = ByteWriter(capacity: 64)
        writer.putZigZag(batch.opened.milliseconds)
        writer.putVarint(UInt64(max(0, batch.messageCount)))
        writer.putVarint(UInt64(definitions.count))
        for definition in definitions { definition.encode(into: &writer) }
        writer.putVarint(UInt64(batch.readings.count))
        buffer.append(writer.bytes)
        put(batch.readings, into: buffer)
        writer.removeAll()
        writer.putVarint(UInt64(batch.movements.count))
        for movement in batch.movements {
            writer.putFixed64(UInt64(truncatingIfNeeded: movement.mark))
            writer.putFixed64(UInt64(truncatingIfNeeded: movement.mark >> 64))
            writer.putZigZag(movement.instant.milliseconds)
        }
        writer.putVarint(UInt64(batch.receipts.count))
        buffer.append(writer.bytes)
        put(batch.receipts, into: buffer)
        writer.removeAll()
        writer.putVarint(UInt64(batch.deadLetters.count))
        for letter in batch.deadLetters { writer.put(letter) }
        buffer.append(writer.bytes)
    }

    private static func put(_ readings: [Reading], into buffer: RecordBuffer) {
        var lastMark: UInt8 = 0xFF
        var lastSeries: Int64 = 0
        var lastInstant: Int64 = 0
        for reading in readings {
            buffer.reserve(readingBytesMax + 8)
            let packed = PackedSample(
                instant: reading.instant,
                value: reading.value,
                quality: reading.quality,
                timeSource: reading.timeSource
            )
            let mark =
                packed.mark | (reading.currentOnly ? currentOnly : 0)
                | (reading.historyOnly ? historyOnly : 0)
            let trimmed = packed.mark & 3 == PackedSample.number ? packed.bits.byteSwapped : packed.bits
            let width = (71 - trimmed.leadingZeroBitCount) / 8
            let isSameMark = mark == lastMark
            let isSameInstant = packed.instant == lastInstant
            buffer.put(UInt8(width) | (isSameMark ? 0x10 : 0) | (isSameInstant ? 0x20 : 0))
            if !isSameMark { buffer.put(mark) }
            let series = Int64(reading.series.index)
            buffer.putVarint(ZigZag.encoded(series - lastSeries))
            if !isSameInstant { buffer.putVarint(ZigZag.encoded(packed.instant &- lastInstant)) }
            buffer.putLow(trimmed, width: width)
            (lastMark, lastSeries, lastInstant) = (mark, series, packed.instant)
        }
    }

    private static func put(_ receipts: [Receipt], into buffer: RecordBuffer) {
        // One more reserve than bytes: putLow writes eight at once.
        buffer.reserve(receipts.count * receiptBytes + 8)
        for receipt in receipts {
            buffer.putLow(UInt64(receipt.messageID), width: 2)
            buffer.putLow(receipt.hash, width: 8)
        }
    }

    // MARK: Back again

    /// Reads a body; `reader` stands at its start and ends with it.
    static func decode(_ reader: inout ByteReader) throws(ByteReader.Failure) -> (Batch, [Definition]) {
        var batch = Batch(opened: Instant(milliseconds: try reader.zigZag()))
        batch.messageCount = try reader.count(limit: Int.max)
        var definitions: [Definition] = []
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            definitions.append(try Definition(from: &reader))
        }
        batch.readings = try readings(&reader)
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let low = UInt128(try reader.fixed64())
            let mark = low | UInt128(try reader.fixed64()) << 64
            batch.movements.append(Movement(mark: mark, instant: Instant(milliseconds: try reader.zigZag())))
        }
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            batch.receipts.append(Receipt(messageID: try reader.fixed16(), hash: try reader.fixed64()))
        }
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            batch.deadLetters.append(try reader.letter())
        }
        return (batch, definitions)
    }

    private static func readings(_ reader: inout ByteReader) throws(ByteReader.Failure) -> [Reading] {
        let count = try reader.count(limit: reader.remaining)
        return try reader.lend { (bytes) throws(ByteReader.Failure) in
            var readings: [Reading] = []
            readings.reserveCapacity(count)
            var mark: UInt8 = 0xFF
            var series: Int64 = 0
            var instant: Int64 = 0
            var place = 0
            for _ in 0..<count {
                guard place < bytes.count else { throw cut(place) }
                let head = bytes[place]
                place &+= 1
                if head & 0x10 == 0 {
                    guard place < bytes.count else { throw cut(place) }
                    mark = bytes[place]
                    place &+= 1
                }
                series = series &+ (try zigZag(bytes, &place))
                if head & 0x20 == 0 { instant = instant &+ (try zigZag(bytes, &place)) }
                let width = Int(min(8, head & 0x0F))
                guard place &+ width <= bytes.count else { throw cut(place) }
                let trimmed = low(width, of: bytes, at: place)
                place &+= width
                let bits = mark & 3 == PackedSample.number ? trimmed.byteSwapped : trimmed
                let sample = PackedSample(instant: instant, bits: bits, mark: mark).sample
                guard let index = UInt32(exactly: series) else {
                    throw ByteReader.Failure(offset: place, expected: "a reading")
                }
                readings.append(
                    Reading(
                        series: SeriesID(index: index),
                        instant: sample.instant,
                        value: sample.value,
                        quality: sample.quality,
                        timeSource: sample.timeSource,
                        currentOnly: mark & currentOnly != 0,
                        historyOnly: mark & historyOnly != 0
                    )
                )
            }
            return (place, readings)
        }
    }

    /// A number of `width` (0 … 8) bytes, little endian, which are there.
    private static func low(_ width: Int, of bytes: Span<UInt8>, at place: Int) -> UInt64 {
        if place &+ 8 <= bytes.count {
            // All eight at once; those behind it belong to the next reading.
            let word = unsafe bytes.withUnsafeBytes { run in
                unsafe UInt64(littleEndian: run.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            }
            return word & ~(~0 << UInt64(8 * width))
        }
        var number: UInt64 = 0
        for index in 0..<width { number |= UInt64(bytes[place &+ index]) &<< UInt64(8 &* index) }
        return number
    }

    private static func cut(_ place: Int) -> ByteReader.Failure {
        ByteReader.Failure(offset: place, expected: "more of a reading")
    }

    private static func zigZag(_ bytes: Span<UInt8>, _ place: inout Int) throws(ByteReader.Failure) -> Int64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while place < bytes.count {
            let byte = bytes[place]
            place &+= 1
            if shift == 63 && byte > 1 { break }
            number |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 { return ZigZag.decoded(number) }
            shift &+= 7
            if shift > 63 { break }
        }
        throw cut(place)
    }
}
