import Intake
import Readings
import Testing

@Suite struct CBORTests {
    private static func bytes(_ hex: String) -> [UInt8] {
        var digits = hex.filter(\.isHexDigit).compactMap(\.hexDigitValue)[...]
        var bytes: [UInt8] = []
        while let high = digits.popFirst(), let low = digits.popFirst() {
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }

    /// The item as JSON, as the appendix A of RFC 8949 shows it.
    @Test(
        "items are read as RFC 8949 shows them",
        arguments: [
            ("00", "0"), ("17", "23"), ("1818", "24"), ("1903e8", "1000"),
            ("1b000000e8d4a51000", "1000000000000"),
            ("1bffffffffffffffff", "18446744073709551615"),
            ("c249010000000000000000", "18446744073709551616"),
            ("3bffffffffffffffff", "-18446744073709551616"),
            ("c349010000000000000000", "-18446744073709551617"),
            ("20", "-1"), ("3903e7", "-1000"), ("f90000", "0"), ("f98000", "-0"), ("f93c00", "1"),
            ("f93e00", "1.5"),
            ("fb3ff199999999999a", "1.1"), ("f97bff", "65504"), ("fa47c35000", "100000"),
            ("f90400", "0.00006103515625"),
            ("fbc010666666666666", "-4.1"), ("fa41bb3333", "23.399999618530273"),
            ("fb7e37e43c8800759c", "1e+300"),
            ("f97e00", "null"), ("f97c00", "null"), ("f4", "false"), ("f5", "true"), ("f6", "null"),
            ("f7", "null"),
            ("f0", "null"), ("f8ff", "null"),
            ("c074323031332d30332d32315432303a30343a30305a", "\"2013-03-21T20:04:00Z\""),
            ("c11a514b67b0", "1363896240"), ("c1fb41d452d9ec200000", "1363896240.5"),
            ("d74401020304", "\"01020304\""),
            ("d64401020304", "\"AQIDBA==\""), ("4401020304", "\"AQIDBA\""), ("43fbefff", "\"--__\""),
            ("d643fbefff", "\"++//\""), ("40", "\"\""), ("60", "\"\""), ("6161", "\"a\""),
            ("62225c", "\"\\\"\\\\\""),
            ("62c3bc", "\"ü\""), ("80", "[]"), ("83010203", "[1,2,3]"),
            ("8301820203820405", "[1,[2,3],[4,5]]"),
            ("a0", "{}"), ("a201020304", "{\"1\":2,\"3\":4}"),
            ("a26161016162820203", "{\"a\":1,\"b\":[2,3]}"),
            ("5f42010243030405ff", "\"AQIDBAU\""), ("7f657374726561646d696e67ff", "\"streaming\""),
            ("9fff", "[]"),
            ("9f018202039f0405ffff", "[1,[2,3],[4,5]]"), ("83018202039f0405ff", "[1,[2,3],[4,5]]"),
            ("bf61610161629f0203ffff", "{\"a\":1,\"b\":[2,3]}"), ("bfff", "{}"), ("d9d9f7 01", "1"),
            ("c48221196ab3", "273.15"), ("c4822104", "0.04"), ("c4820219 0102", "25800"), ("c4820020", "-1"),
            ("c4820500", "0"), ("c4822500", "0"),
            ("c4 9f 20 c3 4101 ff", "-0.2"), ("c48218640 1", "1e100"), ("c5822003", "1.5"),
            ("c5820120", "-2"),
            ("a4 2001 4101 02 f403 f93e0004", "{\"-1\":1,\"AQ\":2,\"false\":3,\"1.5\":4}"),
            ("a1 c10102", "{\"1\":2}"),
            ("c240", "0"), ("c340", "-1"), ("c3420000", "-1"), ("c341ff", "-256"),
        ]
    )
    func items(hex: String, json: String) throws {
        let bench = try Bench(
            oneRule(format: .cbor) {
                $0.readings[0].value = Expression("$.v")
                $0.readings[0].type = .json
            }
        )
        // As the element of a list, so that the text of a scalar is JSON too.
        let lines = bench.lines("t/a", [0xA1, 0x61, 0x76, 0x81] + Self.bytes(hex))
        #expect(lines == ["m=\"[\(json)]\""])
    }

    @Test("digits stay exact through a scale, and NULs at the end are part of the item")
    func exact() throws {
        let bench = try Bench(
            oneRule(format: .cbor) {
                $0.each = ["$[*]"]
                $0.readings[0].metric = "{index}"
                $0.readings[0].value = Expression("@")
                $0.readings[0].scale = Expression("0.1")
            }
        )
        #expect(
            bench.lines("t/a", Self.bytes("84 03 fb3fe6666666666666 c48221 07 00")) == [
                "0=0.3", "1=0.07", "2=0.007", "3=0",
            ]
        )
    }

    @Test("not a number and infinity cost their reading alone, a name that comes twice counts once")
    func odd() throws {
        let bench = try Bench(allLeaves(.cbor))
        #expect(
            bench.lines("t/a", Self.bytes("a3 6161 f97e00 6162 01 6162 02")) == [
                "b=2", "!type not a number: NaN",
            ]
        )
        let digits = "1797693134862315907729305190789024733617976978942306572734300811577326758055009"
        let far = [0x81, 0xC2, 0x58, 129] + [UInt8](repeating: 1, count: 129)
        #expect(bench.lines("t/b", far) == ["!type not a number: Infinity"])
        #expect(
            bench.lines("t/c", [0x81, 0xC3, 0x58, 128] + [UInt8](repeating: 0xFF, count: 128)) == [
                "!type not a finite number: -\(digits)…"
            ]
        )
    }

    @Test(
        "what is no CBOR is refused with its byte",
        arguments: [
            ("18", "1: the bytes end inside an item"), ("1b00", "1: the bytes end inside an item"),
            ("1c", "0: no item begins with this byte"), ("1f", "0: no item begins with this byte"),
            ("df01", "0: no item begins with this byte"), ("ff", "0: a break where a value is due"),
            ("0000", "1: more bytes behind the item"), ("821801", "3: the bytes end where an item is due"),
            ("9f01", "2: the bytes end where a break is due"), ("a1ff00", "1: a break where a name is due"),
            ("bf01ff", "2: a break where a value is due"), ("a18001", "1: a list or map as a name"),
            ("61ff", "1: not UTF-8"), ("62c3", "0: a string of 2 bytes is announced, and 1 follow"),
            ("7b0000000100000000", "0: a string of 4294967296 bytes is announced, and 0 follow"),
            ("9b0000000100000000", "0: 4294967296 members are announced, and 0 bytes follow"),
            ("bbffffffffffffffff", "0: 18446744073709551615 members are announced, and 0 bytes follow"),
            ("5f6161ff", "1: a string's pieces are strings of its kind"), ("7f61c3ff", "2: not UTF-8"),
            ("5f5f40ffff", "1: a string's pieces are strings of its kind"),
            ("f801", "0: a simple value in two bytes is over 31"),
            ("c201", "1: a bignum (tags 2 and 3) is a byte string"),
            ("c401", "2: the bytes end where an item is due"),
            ("c4830102 03", "1: a fraction (tags 4 and 5) is a list of an exponent and a mantissa"),
            ("c4820161 61", "3: a fraction's mantissa is a whole number"),
            ("c1", "1: the bytes end where an item is due"),
        ]
    )
    func refused(hex: String, wanted: String) throws {
        #expect(try Bench(allLeaves(.cbor)).lines("t/a", Self.bytes(hex)) == ["!decode cbor: byte \(wanted)"])
    }

    @Test("64 levels are read and 65 are not")
    func nesting() throws {
        let bench = try Bench(
            oneRule(format: .cbor) {
                $0.readings[0].value = Expression("$" + String(repeating: "[0]", count: 64))
            }
        )
        #expect(bench.lines("t/a", [UInt8](repeating: 0x81, count: 64) + [1]) == ["m=1"])
        #expect(
            bench.lines("t/a", [UInt8](repeating: 0x9F, count: 65)) == [
                "!decode cbor: byte 64: nested deeper than 64 levels"
            ]
        )
    }

    @Test("doubles are written so that they read back the same, seed 21")
    func doubles() throws {
        var generator = Seeded(21)
        let bench = try Bench(allLeaves(.cbor))
        for round in 0..<3000 {
            let value: Double
            switch round % 3 {
            case 0: value = Double(bitPattern: generator.next())
            case 1: value = Double(Int.random(in: -999_999...999_999, using: &generator)) / 1000
            default: value = Double(Float.random(in: -1000...1000, using: &generator))
            }
            guard value.isFinite else { continue }
            let bits = (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(56 - 8 * $0)) }
            bench.take("t/a", [0x81, 0xFB] + bits)
            #expect(bench.settle().readings.first?.value.number == value, "\(value)")
        }
    }
}
