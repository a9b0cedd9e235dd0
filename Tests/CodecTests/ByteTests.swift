import Codec
import Testing

@Suite("bytes")
struct ByteTests {
    private static let numbers: [Int64] = [
        0, 1, -1, 63, 64, -64, -65, 127, 128, 1 << 31, .max, .min, .min + 1,
    ]

    private func written() -> [UInt8] {
        var writer = ByteWriter()
        for number in Self.numbers {
            writer.putZigZag(number)
            writer.putVarint(UInt64(bitPattern: number))
        }
        writer.put(7)
        writer.putFixed16(0xBEEF)
        writer.putFixed32(0xDEAD_BEEF)
        writer.putFixed64(.max - 1)
        writer.putDouble(-0.0)
        writer.putDouble(Double(bitPattern: 0x7FF8_0000_DEAD_0001))
        writer.putText("大阪工場/プレス1号機")
        writer.putText("")
        writer.putBytes([1, 2, 3])
        return writer.bytes
    }

    private func read(_ bytes: [UInt8]) throws -> ByteReader {
        var reader = ByteReader(bytes)
        for number in Self.numbers {
            #expect(try reader.zigZag() == number)
            #expect(try reader.varint() == UInt64(bitPattern: number))
        }
        #expect(try reader.byte() == 7)
        #expect(try reader.fixed16() == 0xBEEF)
        #expect(try reader.fixed32() == 0xDEAD_BEEF)
        #expect(try reader.fixed64() == .max - 1)
        #expect(try reader.double().bitPattern == (-0.0).bitPattern)
        #expect(try reader.double().bitPattern == 0x7FF8_0000_DEAD_0001)
        #expect(try reader.text() == "大阪工場/プレス1号機")
        #expect(try reader.text() == "")
        #expect(try reader.bytes() == [1, 2, 3])
        return reader
    }

    @Test("come back as they were written")
    func roundTrip() throws {
        #expect(try read(written()).isAtEnd)
    }

    @Test("that end early throw, wherever they end")
    func truncation() {
        let bytes = written()
        for end in 0..<bytes.count {
            let short = Array(bytes[..<end])
            #expect(throws: ByteReader.Failure.self) { try skim(short) }
        }
    }

    /// Reads everything without looking, so that only the end can go wrong.
    private func skim(_ bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        for _ in Self.numbers {
            _ = try reader.zigZag()
            _ = try reader.varint()
        }
        _ = try reader.byte()
        _ = try reader.fixed16()
        _ = try reader.fixed32()
        _ = try reader.fixed64()
        _ = try reader.double()
        _ = try reader.double()
        _ = try reader.text()
        _ = try reader.text()
        _ = try reader.bytes()
    }

    @Test(
        "that make no sense say where",
        arguments: [
            ([0x80], "varint", 0), ([UInt8](repeating: 0xFF, count: 11), "varint", 0),
            ([5, 1, 2], "text", 0),
            ([2, 0xC3, 0x28], "text", 0), ([0xFF, 0xFF, 0xFF, 0xFF, 0x0F], "text", 0),
        ] as [([UInt8], String, Int)]
    )
    func nonsense(bytes: [UInt8], read: String, offset: Int) {
        var reader = ByteReader(bytes)
        do throws(ByteReader.Failure) {
            if read == "varint" { _ = try reader.varint() } else { _ = try reader.text() }
            Issue.record("\(bytes) should not be a \(read)")
        } catch {
            #expect(error.offset == offset)
            #expect(reader.offset == offset)
        }
    }
}
