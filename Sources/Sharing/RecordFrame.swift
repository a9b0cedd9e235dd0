import Codec

/// Length (u32) and CRC-32C (u32), then as many bytes: how records stand one behind the other in a file of ours.
enum RecordFrame {
    private static let headerBytes = 8

    /// A record of its own.
    static func bytes(_ body: [UInt8]) -> [UInt8] {
        var record = ByteWriter(capacity: headerBytes + body.count)
        record.putFixed32(UInt32(body.count))
        record.putFixed32(CRC32C.checksum(body.span))
        record.putRaw(body)
        return record.bytes
    }

    /// Reads the record at `offset` and moves past it; nil at the end, where the file is torn, and where `parse` finds no
    /// sense in it: then the offset stays.
    ///
    /// - Parameter limit: no longer body is read.
    static func read<Record>(
        _ file: [UInt8],
        at offset: inout Int,
        limit: Int,
        _ parse: ([UInt8]) throws(ByteReader.Failure) -> Record?
    ) -> Record? {
        var header = ByteReader(file, offset: offset)
        guard let length = try? header.fixed32(), let checksum = try? header.fixed32(),
            length <= limit, header.offset + Int(length) <= file.count
        else { return nil }
        let body = Array(file[header.offset..<header.offset + Int(length)])
        guard CRC32C.checksum(body.span) == checksum, let record = try? parse(body) else { return nil }
        offset = header.offset + Int(length)
        return record
    }
}
