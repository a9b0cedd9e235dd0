extension SparkplugPayload {
    /// Reads a table: columns, types and rows in any order.
    mutating func dataSet(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>
    ) throws(DecodeFailure) -> SparkplugValue {
        var set = SparkplugDataSet(
            firstColumn: columns.count,
            columnCount: 0,
            firstCell: cells.count,
            rowCount: 0
        )
        var named: UInt64?
        var types = 0
        var isEven = true
        var cursor = WireCursor(range)
        // Columns may stand behind rows: their number is known at the end.
        var rowCells = -1
        while cursor.isInside {
            let start = cursor.position
            let key = try cursor.varint(bytes)
            switch key {
            case 0x08: named = try cursor.varint(bytes)
            case 0x12:
                let name = try cursor.text(bytes)
                try growColumns(set, to: set.columnCount + 1, at: start)
                columns[set.firstColumn + set.columnCount].name = ByteRange(
                    start: name.lowerBound,
                    count: name.count
                )
                set.columnCount += 1
            case 0x18:
                try type(try cursor.varint(bytes), set, &types, at: start)
            case 0x1A:
                var packed = WireCursor(try cursor.run(bytes))
                while packed.isInside { try type(try packed.varint(bytes), set, &types, at: start) }
            case 0x22:
                let first = cells.count
                try row(bytes, try cursor.run(bytes))
                if rowCells < 0 { rowCells = cells.count - first }
                if rowCells != cells.count - first { isEven = false }
                set.rowCount += 1
                try count(at: start)
            default: try cursor.skip(key, of: bytes, known: 1...4)
            }
        }
        if let named, named != UInt64(set.columnCount) {
            set.fault = "num_of_columns and columns differ"
        } else if types != set.columnCount {
            set.fault = "types and columns differ in number"
        } else if !isEven || (set.rowCount > 0 && rowCells != set.columnCount) {
            set.fault = "a row is longer or shorter than columns"
        }
        dataSets.append(set)
        return SparkplugValue(.dataSet, UInt64(dataSets.count - 1))
    }

    private mutating func growColumns(
        _ set: SparkplugDataSet,
        to count: Int,
        at byte: Int
    ) throws(DecodeFailure) {
        guard columns.count < set.firstColumn + count else { return }
        try self.count(at: byte)
        columns.append(SparkplugColumn(name: .empty))
    }

    private mutating func type(
        _ code: UInt64,
        _ set: SparkplugDataSet,
        _ types: inout Int,
        at byte: Int
    ) throws(DecodeFailure) {
        try growColumns(set, to: types + 1, at: byte)
        columns[set.firstColumn + types].type = UInt32(truncatingIfNeeded: code)
        types += 1
    }

    private mutating func row(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(DecodeFailure) {
        var cursor = WireCursor(range)
        while cursor.isInside {
            let start = cursor.position
            let key = try cursor.varint(bytes)
            guard key == 0x0A else {
                try cursor.skip(key, of: bytes, known: 1...1)
                continue
            }
            try count(at: start)
            cells.append(try cell(bytes, try cursor.run(bytes)))
        }
    }

    private func cell(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(DecodeFailure) -> SparkplugValue {
        var cell = SparkplugValue.none
        var cursor = WireCursor(range)
        while cursor.isInside {
            let key = try cursor.varint(bytes)
            switch key {
            case 0x08: cell = SparkplugValue(.int, try cursor.varint(bytes) & 0xFFFF_FFFF)
            case 0x10: cell = SparkplugValue(.long, try cursor.varint(bytes))
            case 0x1D: cell = SparkplugValue(.float, UInt64(try cursor.fixed32(bytes)))
            case 0x21: cell = SparkplugValue(.double, try cursor.fixed64(bytes))
            case 0x28: cell = SparkplugValue(.boolean, try cursor.varint(bytes) != 0 ? 1 : 0)
            case 0x32: cell = SparkplugValue(.text, at: try cursor.run(bytes))
            case 0x3A:
                _ = try cursor.run(bytes)
                cell = SparkplugValue(.other, 0)
            default: try cursor.skip(key, of: bytes, known: 1...7)
            }
        }
        return cell
    }
}
