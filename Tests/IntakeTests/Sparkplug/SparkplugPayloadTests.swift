import Testing

@testable import Intake

/// What a payload of one metric says: `kind text` of its value.
private func said(_ type: SparkplugDatatype?, _ build: (inout WireWriter) -> Void) throws -> String {
    let bytes = payload { $0.metric("m", build) }
    var payload = SparkplugPayload()
    try payload.read(bytes.span)
    let metric = try #require(payload.metrics.first)
    return said(metric.value, type, bytes)
}

private func said(_ value: SparkplugValue, _ type: SparkplugDatatype?, _ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    do throws(SparkplugReading.Fault) {
        let read = try SparkplugReading.scalar(value, type, of: bytes.span, into: &text)
        return "\(read.kind) " + (read.isInPayload ? bytes : text).text(read.range)
    } catch {
        return "fault \(error.detail)"
    }
}

@Suite struct SparkplugPayloadTests {
    @Test(
        "signed numbers keep their low bits, whether the sender masked or extended them",
        arguments: [
            (.int8, 251, "-5"), (.int8, 4_294_967_291, "-5"), (.int8, 127, "127"), (.int16, 65_531, "-5"),
            (.int16, 4_294_967_291, "-5"), (.int32, 4_294_967_293, "-3"),
            (.int64, 18_446_744_073_709_551_615, "-1"),
            (.uint8, 255, "255"), (.uint32, 4_294_967_295, "4294967295"),
            (.uint64, 18_446_744_073_709_551_615, "18446744073709551615"),
            (.dateTime, 1_750_122_900_000, "1750122900000"),
        ] as [(SparkplugDatatype, UInt64, String)]
    )
    func whole(type: SparkplugDatatype, bits: UInt64, text: String) throws {
        #expect(try said(type) { $0.number(11, bits) } == "number \(text)")
        guard bits <= 0xFFFF_FFFF else { return }
        #expect(try said(type) { $0.number(10, bits) } == "number \(text)")
    }

    @Test(
        "a float is written as the shortest decimal that gives it back",
        arguments: [
            (12.5, "12.5"), (9.75, "9.75"), (0.1, "0.1"), (-0.001, "-0.001"), (89.341, "89.341"),
            (1e30, "1e+30"),
            (16_777_216, "16777216"), (0, "0"), (1.5e-38, "1.5e-38"), (3.4028235e38, "3.4028235e+38"),
        ] as [(Float, String)]
    )
    func floats(value: Float, text: String) throws {
        #expect(try said(.float) { $0.float(12, value) } == "number \(text)")
        #expect(Float(text) == value)
    }

    @Test("a double gives back the same bits, whatever they are")
    func doubles() throws {
        var state: UInt64 = 20_250_617
        for round in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value =
                round % 2 == 0 ? Double(bitPattern: state) : Double(Int64(bitPattern: state) >> 40) / 1000
            guard value.isFinite else { continue }
            var text: [UInt8] = []
            text.append(shortest: value)
            #expect(DecimalText(text.span)?.double.bitPattern == value.bitPattern, "\(value)")
        }
        #expect(try said(.double) { $0.double(13, .nan) } == "number NaN")
        #expect(try said(.double) { $0.double(13, -.infinity) } == "number -Infinity")
        #expect(try said(.double) { $0.double(13, 0.1 + 0.2) } == "number 0.30000000000000004")
        #expect(try said(.double) { $0.float(12, 1.5) } == "number 1.5")
    }

    @Test("yes and no, texts, bytes and files")
    func others() throws {
        #expect(try said(.boolean) { $0.flag(14, true) } == "yes ")
        #expect(try said(.boolean) { $0.number(10, 0) } == "no ")
        #expect(try said(.string) { $0.text(15, "段取り") } == "text 段取り")
        #expect(try said(.uuid) { $0.text(15, "0b4-1") } == "text 0b4-1")
        #expect(try said(.bytes) { $0.run(16, [0, 255, 16, 32]) } == "text AP8QIA==")
        #expect(try said(.file) { $0.run(16, Array("abc".utf8)) } == "text YWJj")
        #expect(try said(nil) { $0.number(10, 7) } == "number 7")
        #expect(try said(.string) { $0.run(15, [0x93, 0xFA]) } == "fault a text that is not UTF-8")
        #expect(try said(.double) { $0.text(15, "1") }.hasPrefix("fault a real number in another field"))
        #expect(try said(.int32) { $0.double(13, 1) }.hasPrefix("fault a whole number in another field"))
    }

    @Test("arrays hold what the table says", arguments: sparkplugTable("array-vectors.tsv"))
    func arrays(row: [String]) throws {
        let type = try #require(SparkplugDatatype(code: UInt32(row[0]) ?? 0)?.element)
        let bytes = hex(row[2])
        let whole = ByteRange(start: 0, count: bytes.count)
        guard !row[1].hasPrefix("(error") else {
            #expect(throws: SparkplugReading.Fault.self) {
                try SparkplugArray(whole, of: type, in: bytes.span)
            }
            return
        }
        var array = try SparkplugArray(whole, of: type, in: bytes.span)
        var texts: [String] = []
        for _ in 0..<array.count { texts.append(said(array.next(bytes.span), type, bytes)) }
        let words = texts.map { text -> String in
            let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            switch parts[0] {
            case "yes": return "true"
            case "no": return "false"
            case "text": return "\"\(parts[1])\""
            default: return String(parts[1])
            }
        }
        #expect("[\(words.joined(separator: ","))]" == row[1])
    }

    @Test(
        "an array that ends within an element is refused",
        arguments: [(.boolean, "0c00000034"), (.boolean, "0c00"), (.string, "4142"), (.double, "00")]
            as [(SparkplugDatatype, String)]
    )
    func badArray(type: SparkplugDatatype, digits: String) {
        let bytes = hex(digits)
        #expect(throws: SparkplugReading.Fault.self) {
            try SparkplugArray(ByteRange(start: 0, count: bytes.count), of: type, in: bytes.span)
        }
    }

    @Test("presence is kept: alias 0, a null, flags, stamps")
    func presence() throws {
        let bytes = payload { payload in
            payload.number(1, 5)
            payload.metric(alias: 0, at: 7) { $0.flag(5, true) }
            payload.metric("a", type: .boolean) { $0.flag(7, true) }
            payload.metric { $0.flag(6, true) }
            payload.number(3, 255)
        }
        var read = SparkplugPayload()
        try read.read(bytes.span)
        #expect(read.timestamp == 5)
        #expect(read.seq == 255)
        #expect(
            read.metrics.map(\.marks) == [
                [.alias, .timestamp, .isHistorical], [.name, .isNull], [.isTransient],
            ]
        )
        #expect(read.metrics[1].datatype == 11)
        let empty: [UInt8] = []
        try read.read(empty.span)
        #expect(read.seq == nil && read.timestamp == nil && read.metrics.isEmpty)
    }

    @Test("the members of a template stand behind it, those of a template within it too")
    func templates() throws {
        let bytes = payload { payload in
            payload.metric("motor", type: .template) { metric in
                metric.message(18) { template in
                    template.text(4, "Motor")
                    template.metric("speed", type: .int32) { $0.number(10, 3) }
                    template.metric("axis", type: .template) { axis in
                        axis.message(18) { $0.metric("x", type: .double) { $0.double(13, 1) } }
                    }
                    template.message(3) { $0.text(1, "maker") }
                }
            }
            payload.metric("last")
        }
        var read = SparkplugPayload()
        try read.read(bytes.span)
        #expect(read.metrics.map { bytes.text($0.name) } == ["motor", "speed", "axis", "x", "last"])
        #expect(read.metrics.map(\.next) == [4, 2, 4, 4, 5])
        #expect(bytes.text(read.metrics[0].reference) == "Motor")
        #expect(read.metrics[0].marks.contains(.hasReference))
    }

    @Test("a table's rows fit its columns, or it says why not")
    func tables() throws {
        func table(columns: Int, types: [UInt64], rows: [[UInt64]], isPacked: Bool = false) throws -> (
            SparkplugPayload, SparkplugDataSet
        ) {
            let bytes = payload { payload in
                payload.metric("t") { metric in
                    metric.message(17) { set in
                        set.number(1, UInt64(columns))
                        for row in rows {
                            set.message(4) { line in
                                for cell in row { line.message(1) { $0.number(1, cell) } }
                            }
                        }
                        for column in 0..<columns { set.text(2, "c\(column)") }
                        if isPacked {
                            set.run(3, types.map { UInt8($0) })
                        } else {
                            for type in types { set.number(3, type) }
                        }
                    }
                }
            }
            var read = SparkplugPayload()
            try read.read(bytes.span)
            return (read, try #require(read.dataSets.first))
        }
        let (good, set) = try table(columns: 2, types: [3, 3], rows: [[1, 2], [3, 4], [5, 6]])
        #expect(set.fault == nil && set.columnCount == 2 && set.rowCount == 3)
        #expect(good.cells.map(\.bits) == [1, 2, 3, 4, 5, 6])
        #expect(good.columns.map(\.type) == [3, 3])
        #expect(try table(columns: 2, types: [3, 3], rows: [], isPacked: true).1.fault == nil)
        #expect(try table(columns: 2, types: [3], rows: []).1.fault != nil)
        #expect(try table(columns: 2, types: [3, 3], rows: [[1, 2], [3]]).1.fault != nil)
        #expect(try table(columns: 1, types: [3], rows: [[1, 2]]).1.fault != nil)
    }

    @Test("properties have as many keys as values, or none is kept")
    func properties() throws {
        let bytes = payload { payload in
            payload.metric("a") { $0.properties([("engUnit", "kg")], quality: 192) }
            payload.metric("b") { $0.message(9) { $0.text(1, "engUnit") } }
        }
        var read = SparkplugPayload()
        try read.read(bytes.span)
        #expect(read.properties.map { bytes.text($0.key) } == ["engUnit", "Quality"])
        #expect(read.properties[1].value == SparkplugValue(.int, 192))
        #expect(read.metrics[0].propertyEnd == 2)
        #expect(read.metrics[1].marks.contains(.hasUnevenProperties))
        #expect(read.metrics[1].firstProperty == read.metrics[1].propertyEnd)
    }
}

@Suite struct SparkplugHostilePayloadTests {
    private func failure(_ bytes: [UInt8], elementsMax: Int = 1000) -> DecodeFailure? {
        var read = SparkplugPayload(nestingMax: 8, elementsMax: elementsMax)
        do throws(DecodeFailure) {
            try read.read(bytes.span)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "bytes that are no payload name the byte that spoiled them",
        arguments: [
            ("08", 1), ("08ff", 1), ("08ffffffffffffffffffff01", 1), ("1205", 1), ("12ffffffff0f", 1),
            ("12ffffffffffffffffff01", 1), ("0d00000000", 0), ("00", 0), ("0b", 0), ("3b", 0), ("1801 10", 2),
            ("12020a05", 3), ("12030a01ff", 4), ("120165", 3), ("1202 5001 1201 10", 7), ("12024a05", 3),
            ("220100 2a05", 4), ("1205 9201021205", 6),
        ]
    )
    func spoiled(digits: String, byte: Int) {
        #expect(failure(hex(digits))?.byte == byte, "\(String(describing: failure(hex(digits))))")
    }

    @Test("fields that nobody knows are stepped over")
    func unknown() {
        #expect(failure(hex("3001 3900000000 00000000 3d00000000 4201ff")) == nil)
        #expect(failure(hex("1203 a00107")) == nil)
    }

    @Test("a payload cut anywhere is refused or a shorter one; nothing crashes")
    func cuts() {
        for name in ["00-nbirth.bin", "01-dbirth.bin", "02-ddata.bin", "03-ddata-quality.bin"] {
            let whole = sparkplugVector(name)
            #expect(!whole.isEmpty && failure(whole) == nil)
            for end in 0..<whole.count {
                if let failure = failure(Array(whole[..<end])) {
                    #expect((0...end).contains(failure.byte), "\(name) \(end) \(failure)")
                }
            }
        }
    }

    @Test("templates and property sets are read eight deep here, and not nine")
    func nesting() {
        func templates(_ depth: Int) -> [UInt8] {
            var inner: [UInt8] = []
            for _ in 0..<depth { inner = payload { $0.message(2) { $0.run(18, inner) } } }
            return inner
        }
        func sets(_ depth: Int) -> [UInt8] {
            var inner: [UInt8] = []
            for _ in 1..<depth { inner = payload { $0.message(2) { $0.run(9, inner) } } }
            return payload { $0.metric("m") { $0.run(9, inner) } }
        }
        #expect(failure(templates(8)) == nil)
        #expect(failure(templates(9))?.message == "templates nested deeper than 8 levels")
        #expect(failure(sets(4)) == nil)
        #expect(failure(sets(40))?.message == "properties nested deeper than 8 levels")
        #expect(failure(templates(20_000)) != nil)
    }

    @Test("a payload of very many elements is refused before it fills memory")
    func elements() {
        let many = payload { payload in
            for _ in 0..<11 { payload.run(2, []) }
        }
        #expect(failure(many, elementsMax: 11) == nil)
        #expect(failure(many, elementsMax: 10)?.byte == 20)
    }

    @Test("a packed payload is refused with what to do")
    func compressed() {
        let bytes = payload { $0.text(4, "SPBV1.0_COMPRESSED") }
        #expect(failure(bytes)?.message == "a compressed payload; let the source send it plain")
    }
}
