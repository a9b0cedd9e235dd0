import Readings

/// Reads whatever claims to be a selector and asks it. Must return, whatever the bytes are.
func exercise(selector bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    let keys = [
        SeriesKey(site: "ota", asset: "press/p1", metric: "stock/M8", tags: [Tag(name: "lot", value: "L1")]),
        SeriesKey(site: "", asset: "", metric: ""),
        SeriesKey(site: text, asset: text, metric: text, tags: [Tag(name: text, value: text)]),
    ]
    _ = keys.map { Selector(glob: text).matches($0) }
    do throws(SelectorFailure) {
        let selector = try Selector(text)
        precondition(selector.pattern == text, "a selector must keep what was written")
        _ = keys.map { selector.matches($0) }
    } catch {
        let length = text.unicodeScalars.count
        switch error {
        case .expected(_, let column, let found):
            precondition(0 < column && column <= length + 1, "a column must lie in the text or behind it")
            precondition(found.isEmpty == (column == length + 1), "what was found must stand at the column")
        case .regex(_, let column), .tooManyMatchers(let column):
            precondition(0 < column && column <= length + 1, "a column must lie in the text or behind it")
        case .tooLong(let size):
            precondition(size > Selector.bytesMax, "a selector within the limit must be read")
        }
    }
}
