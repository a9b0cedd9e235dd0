import Intake
import Readings
import Testing

@Suite struct SenMLTests {
    private func bench(_ format: PayloadFormat = .senml) throws -> Bench {
        try Bench(
            oneRule(format: format) {
                $0.each = ["$[*]"]
                $0.common.time = TimeOptions(paths: ["@.time_ms"])
                $0.readings[0].metric = "{@.n}"
                $0.readings[0].value = Expression("@.v")
                $0.readings[0].unit = Expression("@.u", fallback: "")
            }
        )
    }

    @Test("base fields hold from their record on, until others come")
    func bases() throws {
        #expect(
            try bench().lines(
                "t/a",
                #"""
                [{"n":"a","v":1},{"bn":"x/","bu":"A","n":"b","v":2},{"n":"c","u":"V","v":3},{"bn":"y/","n":"d","v":4},
                 {"bn":"z","v":5},{"bn":"","bu":"W","n":"e","v":6},{"bn":"only/","bt":0,"bver":10},{"n":"f","v":7}]
                """#
            ) == ["a=1", "x/b=2 A", "x/c=3 V", "y/d=4 A", "z=5 A", "e=6 W", "only/f=7 W"]
        )
    }

    @Test("the base value is added as decimals, to numbers alone; of the two one may be missing")
    func baseValue() throws {
        #expect(
            try bench().lines(
                "t/a",
                #"""
                [{"n":"a","bv":0.1,"v":0.2},{"n":"b","v":-0.1},{"n":"c"},{"n":"d","vs":"on"},{"n":"e","vb":false},
                 {"n":"f","v":null},{"n":"g","bv":9007199254740993,"v":1},{"n":"h","bv":1e300,"v":1e-300},
                 {"n":"i","bv":1e400,"v":1},{"n":"j","bv":0,"v":1e400}]
                """#
            ) == [
                "a=0.3", "b=0", "c=0.1", "d=\"on\"", "e=false", "f=null", "g=9.007199254740994e+15",
                "h=1e+300",
                "!type not a number: Infinity",
            ]
        )
    }

    @Test("a sum is a record of its own, in the unit times seconds, with or without a value")
    func sums() throws {
        #expect(
            try bench().lines(
                "t/a",
                #"""
                [{"bn":"m/","bs":1000,"n":"p","u":"W","v":2,"s":0.5},{"n":"flow","u":"m3/s","s":1},{"n":"x","s":2},
                 {"n":"q","v":3}]
                """#
            ) == ["m/p=2 W", "m/p/sum=1000.5 Ws", "m/flow/sum=1001 m3", "m/x/sum=1002", "m/q=3"]
        )
    }

    @Test(
        "times below 2^28 are relative to the arrival, others stamps; the base time is added as decimals",
        arguments: [
            (#"{"t":-5}"#, 1_750_122_925_500), (#"{"t":0.25}"#, 1_750_122_930_750),
            (#"{}"#, 1_750_122_930_500),
            (#"{"bt":1750122900.1,"t":0.2}"#, 1_750_122_900_300), (#"{"bt":-1.5,"t":1}"#, 1_750_122_930_000),
            (#"{"bt":1750122900123e-3}"#, 1_750_122_900_123), (#"{"t":1e400}"#, 1_750_122_930_500),
            (#"{"t":268435456}"#, 1_750_122_930_500), (#"{"t":-1700122930}"#, 1_750_122_930_500),
        ] as [(String, Int64)]
    )
    func times(fields: String, milliseconds: Int64) throws {
        let record = fields.dropLast() + (fields.count > 2 ? "," : "") + "\"n\":\"a\",\"v\":1}"
        let batch = try bench().batch("t/a", "[\(record)]")
        #expect(batch.readings.map(\.instant.milliseconds) == [milliseconds])
        #expect(batch.deadLetters.isEmpty && batch.readings.allSatisfy { $0.quality == .good })
    }

    @Test("fields that are not SenML's stay, and so do those of its values")
    func others() throws {
        let bench = try Bench(allLeaves(.senml))
        #expect(
            bench.lines("t/a", #"[{"n":"a","vd":"AQI","ut":5,"lot":{"id":[7,"x"]},"t":-1750122930.5}]"#) == [
                "0/n=\"a\"", "0/v=\"AQI\"", "0/vd=\"AQI\"", "0/ut=5", "0/lot/id/0=7", "0/lot/id/1=\"x\"",
                "0/time_ms=0",
            ]
        )
    }

    @Test(
        "a record that is wrong by itself spares its neighbours",
        arguments: [
            ("1", "is no object"), ("{}", "has no name"), (#"{"n":"b"}"#, "has no value"),
            (#"{"n":"b","v":"1"}"#, "has a v that is no number"),
            (#"{"n":"b","vs":1}"#, "has a vs that is no text"),
            (#"{"n":"b","vb":1}"#, "has a vb that is neither true nor false"),
            (#"{"n":"b","vd":1}"#, "has a vd that is no text"),
            (#"{"n":"b","v":1,"vs":"x"}"#, "has more than one value"),
            (#"{"n":1,"v":1}"#, "has a n that is no text"),
            (#"{"n":"b","u":1,"v":1}"#, "has a u that is no text"),
            (#"{"n":"b","t":"x","v":1}"#, "has a t that is no number"), (#"{"v":1}"#, "has no name"),
            ("{\"n\":\"\(String(repeating: "n", count: 1025))\",\"v\":1}", "has a name of over 1024 bytes"),
        ]
    )
    func brokenRecord(record: String, wanted: String) throws {
        let lines = try bench().lines("t/a", #"[{"n":"a","v":1},\#(record),{"n":"c","v":2}]"#)
        #expect(lines == ["a=1", "c=2", "!decode senml record 2 \(wanted)"])
    }

    @Test(
        "a pack that asks for what is not understood is refused as a whole",
        arguments: [
            (#"[{"n":"a","v":1},{"n":"b","v":1,"x_":1}]"#, "senml must-understand field x_ at byte 17"),
            (#"[{"n":"a","v":1,"bver":11}]"#, "senml has a version (bver) that is not understood at byte 1"),
            (#"[{"n":"a","v":1,"bn":5}]"#, "senml has a bn that is no text at byte 1"),
            (#"[{"n":"a","v":1,"bt":"5"}]"#, "senml has a bt that is no number at byte 1"),
            (#"{"n":"a","v":1}"#, "senml pack is a list of records at byte 0"),
            ("5", "senml pack is a list of records at byte 0"),
            ("[{]", "senml: byte 2: expected a name in quotes"),
        ]
    )
    func refused(pack: String, wanted: String) throws {
        #expect(try bench().lines("t/a", pack) == ["!decode \(wanted)"])
    }

    @Test("versions up to 10 and that of RFC 9100's units are understood")
    func versions() throws {
        for version in ["1", "10", "26"] {
            #expect(try bench().lines("t/a", #"[{"n":"a","bver":\#(version),"v":1}]"#) == ["a=1"])
        }
    }

    @Test("in CBOR labels and names may be mixed; a text that looks like a label is none")
    func labels() throws {
        let bench = try bench(.senmlCbor)
        // [{-2: "a/", -5: 100, "n": "b", 2: 4([-1, 5]), "0": "x"}, {0: "c", 8: h'0102'}, {0: "d", 4: false, 1: "A"}]
        let pack: [UInt8] = [
            0x83, 0xA5, 0x21, 0x62, 0x61, 0x2F, 0x24, 0x18, 0x64, 0x61, 0x6E, 0x61, 0x62, 0x02, 0xC4, 0x82,
            0x20, 0x05,
            0x61, 0x30, 0x61, 0x78, 0xA2, 0x00, 0x61, 0x63, 0x08, 0x42, 0x01, 0x02, 0xA3, 0x00, 0x61, 0x64,
            0x04, 0xF4,
            0x01, 0x61, 0x41,
        ]
        #expect(bench.lines("t/a", pack) == ["a/b=100.5", "a/c=\"AQI\"", "a/d=false A"])
        #expect(
            bench.lines("t/a", [0x81, 0xA1, 0x62, 0x61, 0x5F, 0x01]) == [
                "!decode senml-cbor must-understand field a_ at byte 1"
            ]
        )
        #expect(
            bench.lines("t/b", [0x81, 0x9F]) == [
                "!decode senml-cbor: byte 2: the bytes end where a break is due"
            ]
        )
        #expect(bench.lines("t/c", [0x01]) == ["!decode senml-cbor pack is a list of records at byte 0"])
    }

    @Test("a pack whose names come to more than 16 MiB is refused")
    func names() throws {
        let base = String(repeating: "n", count: 1000)
        let records = repeatElement(#"{"n":"x","v":1}"#, count: 20_000).joined(separator: ",")
        #expect(
            try bench().lines("t/a", "[{\"bn\":\"\(base)\"},\(records)]") == [
                "!decode senml pack comes to more than 16777216 bytes of names and sums at byte 0"
            ]
        )
    }
}
