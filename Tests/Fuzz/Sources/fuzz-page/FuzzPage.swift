import Codec
import Driver

@main
enum FuzzPage {
    static func main() {
        fuzz { start, count in fuzzPage(start, count) }
    }
}

/// Any bytes as a page of samples, as a draft and as a page of buckets, narrow or wide: they throw or give something.
private func fuzzPage(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var columns = SampleColumns()
    var decoder = PageDecoder()
    if (try? decoder.open(bytes.span)) != nil {
        for index in decoder.entries.indices {
            columns.removeAll()
            try? decoder.decode(at: index, from: bytes.span, into: &columns)
        }
    }
    try? DraftPage.decode(bytes.span) { (_, run) throws(ByteReader.Failure) in
        columns.removeAll()
        run.append(to: &columns)
    }
    var rollup = RollupDecoder()
    if (try? rollup.open(bytes.span)) != nil {
        for index in rollup.entries.indices {
            var starts: [Int64] = []
            try? rollup.starts(at: index, from: bytes.span, into: &starts)
            for column in 0..<UInt8(PageLimits.columns) {
                var (integers, values): ([Int64], [UInt64]) = ([], [])
                _ = try? rollup.integers(column, at: index, from: bytes.span, into: &integers)
                _ = try? rollup.values(column, at: index, from: bytes.span, into: &values)
            }
        }
    }
    return 0
}
