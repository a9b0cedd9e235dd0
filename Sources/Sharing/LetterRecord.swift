import Codec
import Readings

/// A dead letter as it lies in its ring; FORMAT.md draws it.
struct LetterRecord {
    /// Every record begins at a multiple of this and fills whole ones.
    static let stride = 64
    static let headerBytes = 40
    /// "TDLT".
    private static let magic: UInt32 = 0x544C_4454
    /// Topic, rule, detail and payload together; ``bytes(_:number:replayed:seed:)`` cuts a longer detail.
    static let bytesMax = 16 << 10
    private static let detailBytesMax = 1024

    let number: UInt64
    let letter: DeadLetter
    /// When it was read again with success; nil while it was not.
    let replayed: Instant?
    /// Of number and letter.
    let checksum: UInt32
    /// Padding included.
    let bytes: Int

    /// The bytes of a record, padding included, at most ``bytesMax``; nil when it cannot be that short.
    static func bytes(_ letter: DeadLetter, number: UInt64, replayed: Instant?, seed: UInt32) -> [UInt8]? {
        var letter = letter
        if letter.detail.utf8.count > detailBytesMax {
            letter.detail = String(decoding: letter.detail.utf8.prefix(detailBytesMax), as: UTF8.self)
        }
        var body = ByteWriter(capacity: 256 + letter.payload.count)
        body.put(letter)
        var record = ByteWriter(capacity: headerBytes + body.count + stride)
        record.putFixed32(magic)
        record.putFixed32(0)
        record.putFixed32(UInt32(body.count))
        record.putFixed32(0)
        record.putFixed64(number)
        record.putRaw(mark(number, replayed: replayed, seed: seed))
        record.putFixed32(0)
        record.putRaw(body.bytes)
        record.replaceFixed32(checksum(of: record.bytes, bodyBytes: body.count, seed: seed), at: 4)
        let padding = (stride - record.count % stride) % stride
        record.putRaw(repeatElement(0, count: padding))
        return record.count <= bytesMax ? record.bytes : nil
    }

    /// What stands from byte 24 of a record on: when it was read again, and the checksum of that.
    static func mark(_ number: UInt64, replayed: Instant?, seed: UInt32) -> [UInt8] {
        var mark = ByteWriter(capacity: 20)
        mark.putFixed64(number)
        mark.putFixed64(UInt64(bitPattern: replayed?.milliseconds ?? 0))
        let sum = CRC32C.checksum(mark.bytes.span, seed: seed)
        mark.putFixed32(sum)
        return Array(mark.bytes[8...])
    }

    private static func checksum(of record: [UInt8], bodyBytes: Int, seed: UInt32) -> UInt32 {
        let head = CRC32C.checksum(record.span.extracting(8..<24), seed: seed)
        return CRC32C.checksum(record.span.extracting(headerBytes..<headerBytes + bodyBytes), seed: head)
    }

    /// How long the record that begins with these bytes says it is; nil when there is none.
    static func length(_ header: [UInt8]) -> Int? {
        var input = ByteReader(header)
        guard let word = try? input.fixed32(), word == magic, (try? input.fixed32()) != nil,
            let body = try? input.fixed32(), Int(body) <= bytesMax - headerBytes
        else { return nil }
        return (headerBytes + Int(body) + stride - 1) / stride * stride
    }

    /// Reads the record that `bytes` begin with; nil when there is none, or it is not whole.
    init?(_ bytes: [UInt8], seed: UInt32) {
        guard let length = LetterRecord.length(bytes), length <= bytes.count else { return nil }
        var input = ByteReader(bytes, offset: 4)
        guard let sum = try? input.fixed32(), let bodyBytes = try? input.fixed32(),
            (try? input.fixed32()) != nil, let number = try? input.fixed64(),
            let replayed = try? input.fixed64(), (try? input.raw(8)) != nil,
            LetterRecord.checksum(of: bytes, bodyBytes: Int(bodyBytes), seed: seed) == sum,
            let letter = try? input.letter()
        else { return nil }
        let instant = Instant(milliseconds: Int64(bitPattern: replayed))
        let mark = LetterRecord.mark(number, replayed: instant, seed: seed)
        self.number = number
        self.letter = letter
        // A mark that was torn was never made: the letter may be read again.
        self.replayed = replayed != 0 && bytes[24..<36].elementsEqual(mark) ? instant : nil
        checksum = sum
        self.bytes = length
    }
}
