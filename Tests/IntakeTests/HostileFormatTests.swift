import Readings
import Testing

@testable import Intake

/// Much of the same trouble for the formats of lines, packs and binary items. Each costs dead letters, some time and
/// the memory that ``exercise(_:payload:)`` allows, and nothing else.
@Suite struct HostileFormatTests {
    /// A quarter of the payload limit, for each failure costs a test run a look at the stack.
    private static let size = 1 << 18
    private static let longBase = "[{\"bn\":\"\(String(repeating: "n", count: 1000))\"},"

    private static let lines: [(String, [UInt8])] = [
        ("a list a line", fill("[1]\n")), ("lists that never end", fill("[\n")),
        ("no value at all", fill("x\n")), ("a field a line", fill("a b=1\n")),
        ("quotes that end lines later", fill("a b=\"\n")),
        ("escapes", fill("a,b=\\\\,c d=\"\\\"\" 1\n")),
        ("tags", fill(",a=b", "m", " v=1")),
        ("fields", fill(",f=1", "m f=1")), ("comments", fill("# \n")),
        ("backslashes", fill("\\ ")),
        ("bytes that are no text", [UInt8](repeating: 0xFF, count: size)),
    ]

    private static let packs: [(String, [UInt8])] = [
        ("empty records", fill("{},", "[", "{}]")),
        ("numbers", fill("1,", "[", "1]")),
        ("a long base name", fill("{\"v\":1},", longBase, "{}]")),
        ("a long base name and sums", fill("{\"n\":\"x\",\"v\":1,\"s\":1},", longBase, "{}]")),
        ("far apart", fill("{\"bv\":1e300,\"v\":1e-300,\"n\":\"a\"},", "[", "{}]")),
        ("what must be understood", fill("{\"a_\":1},", "[", "{}]")),
    ]

    private static func fill(_ text: String, _ head: String = "", _ tail: String = "") -> [UInt8] {
        HostileTests.fill(text, head, tail, bytes: size)
    }

    private static func repeated(_ unit: [UInt8], _ head: [UInt8] = [0x9F], _ tail: [UInt8] = [0xFF])
        -> [UInt8]
    {
        head + (0..<(size - head.count - tail.count) / unit.count).flatMap { _ in unit } + tail
    }

    private static let items: [(String, [UInt8])] = [
        ("lists in lists", repeated([0x81], [], [])), ("the same without lengths", repeated([0x9F], [], [])),
        ("tags before tags", repeated([0xC6], [], [])), ("null", repeated([0xF6], [], [])),
        ("4 Gi elements announced", repeated([0x00], [0x9B, 0, 0, 0, 1, 0, 0, 0, 0], [])),
        ("4 GiB of text announced", repeated([0x61], [0x7B, 0, 0, 0, 1, 0, 0, 0, 0], [])),
        ("2^64 members announced", repeated([0x00], [0xBB] + [UInt8](repeating: 0xFF, count: 8), [])),
        ("false", repeated([0xF4])), ("empty pieces", repeated([0x40], [0x5F])),
        ("records of three bytes", repeated([0xA1, 0x02, 0x01])),
        ("a bignum of many bytes", repeated([0xFF], [0xC2, 0x5A, 0, 0x03, 0xFF, 0xFA], [])),
        ("bignums", repeated([0xC3, 0x58, 128] + [UInt8](repeating: 0xFF, count: 128))),
        ("halves with many digits", repeated([0xF9, 0x00, 0x03])),
        (
            "far exponents",
            repeated([0xC5, 0x82, 0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x1A, 0xFF, 0xFF, 0xFF, 0xFF])
        ),
        ("decimal places", repeated([0xC4, 0x82, 0x38, 0x1D, 0x20])),
    ]

    private static let all = Dictionary(
        uniqueKeysWithValues: lines.map { ($0, ($1, [PayloadFormat.jsonl, .influx])) }
            + packs.map { ($0, ($1, [.senml])) } + items.map { ($0, ($1, [.cbor, .senmlCbor])) }
    )

    @Test("256 KiB of each is read in linear time and within its memory", arguments: all.keys.sorted())
    func large(name: String) throws {
        let (payload, formats) = try #require(Self.all[name])
        let bench = try Bench(HostileTests.rules())
        let began = threadSeconds()
        for format in formats {
            bench.take("\(format)/utf8/a", payload)
            exercise(format, payload: payload)
        }
        #expect(threadSeconds() - began < 20, "\(name)")
        for reading in bench.settle().readings {
            if case .number(let number) = reading.value { #expect(number.isFinite, "\(name)") }
        }
    }

    @Test("a pack of a million records that are none is read within its memory")
    func million() {
        let count = (1 << 20) - 2
        exercise(.senmlCbor, payload: [0x9F] + [UInt8](repeating: 0xF4, count: count) + [0xFF])
    }

    @Test("a pack of bytes that each come to a record of five values is refused before it fills memory")
    func manyRecords() throws {
        let head: [UInt8] = [0x9F, 0xA3, 0x21, 0x61, 0x6E, 0x24, 0x01, 0x02, 0x01]
        func decode(_ records: Int) throws(DecodeFailure) -> Int {
            var document = Document()
            let pack = head + [UInt8](repeating: 0xA0, count: records - 1) + [0xFF]
            document.load(pack.span, isBinary: true)
            try Decoder(.senmlCbor, FormatOptions(), nestingMax: 64).decode(&document)
            return Int(document.nodes[0].children)
        }
        #expect(try decode(65_536) == 65_536)
        #expect(throws: DecodeFailure.self) { try decode(65_537) }
    }

    @Test("a message of 10 001 broken lines is refused as a whole")
    func brokenLines() throws {
        let bench = try Bench(
            oneRule("t/{asset}", format: .jsonl) {
                $0.each = ["$[*]"]
                $0.readings[0].value = Expression("@")
            }
        )
        let lines = bench.lines("t/a", "1\n" + String(repeating: "x\n", count: 10_000))
        #expect(lines.count == 2 && lines[0].hasPrefix("!decode jsonl: line 2, byte 2: "), "\(lines)")
        #expect(lines.last == "!too_large more than 10000 readings in one message")
    }
}
