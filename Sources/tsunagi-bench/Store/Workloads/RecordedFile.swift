import Readings

/// The shapes of recordings.
///
/// - `stamp|item|value[|…]`: a log of a machine; a series for each item, the further fields belong to the value.
/// - a table with a header, first column a stamp, `,` or `;` between: a series for each further column.
/// - such a table with a column `…code` and a column `quantity`: movements; a series for each code.
enum RecordedFile {
    private static let dayMs: Int64 = 86_400_000

    /// - Throws: ``BenchFailure`` when the bytes have none of the shapes.
    static func read(_ bytes: [UInt8], into device: inout RecordedDevice, book: inout TextBook) throws {
        let lines = bytes.split(whereSeparator: { $0 == 10 || $0 == 13 })
        guard let first = lines.first else { throw BenchFailure("it is empty") }
        if stamp(first, until: UInt8(ascii: "|")) != nil {
            readLog(lines, into: &device, book: &book)
            return
        }
        let separator = UInt8(ascii: first.contains(UInt8(ascii: ";")) ? ";" : ",")
        let header = fields(first, separator).map { String(decoding: $0, as: UTF8.self) }
        guard header.count >= 2, let second = lines.dropFirst().first, stamp(second, until: separator) != nil
        else { throw BenchFailure("it is no recording: no stamp at the start of its lines") }
        if let code = header.firstIndex(where: { $0.hasSuffix("code") }),
            let quantity = header.firstIndex(of: "quantity")
        {
            device.sumsAlike = true
            let rows = lines.dropFirst()
            readMovements(rows, separator, code: code, quantity: quantity, into: &device, book: &book)
        } else {
            readTable(lines.dropFirst(), separator, header, into: &device, book: &book)
        }
    }

    private static func readLog(
        _ lines: [ArraySlice<UInt8>],
        into device: inout RecordedDevice,
        book: inout TextBook
    ) {
        let bar = UInt8(ascii: "|")
        for line in lines {
            guard let (instant, rest) = stamp(line, until: bar), let end = rest.firstIndex(of: bar) else {
                continue
            }
            let item = String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
            let value = String(decoding: rest[(end + 1)...], as: UTF8.self)
            device.add(instant, book.entry(value), slot: device.slot(item))
        }
    }

    private static func readTable(
        _ lines: ArraySlice<ArraySlice<UInt8>>,
        _ separator: UInt8,
        _ header: [String],
        into device: inout RecordedDevice,
        book: inout TextBook
    ) {
        let slots = header.dropFirst().map { device.slot($0) }
        var last = Int64.min
        for line in lines {
            guard let (stamped, rest) = stamp(line, until: separator) else { continue }
            var instant = stamped
            // Midnight that carries the day that ends, see the README of the recordings.
            if instant < last, instant % dayMs == 0, last - instant < dayMs { instant += dayMs }
            last = instant
            for (slot, field) in zip(slots, fields(rest, separator)) {
                device.add(instant, book.entry(String(decoding: field, as: UTF8.self)), slot: slot)
            }
        }
    }

    private static func readMovements(
        _ lines: ArraySlice<ArraySlice<UInt8>>,
        _ separator: UInt8,
        code: Int,
        quantity: Int,
        into device: inout RecordedDevice,
        book: inout TextBook
    ) {
        for line in lines {
            let fields = fields(line, separator)
            guard fields.count > max(code, quantity), let instant = RecordedStamp.parse(fields[0]) else {
                continue
            }
            let slot = device.slot(String(decoding: fields[code], as: UTF8.self))
            let entry = book.entry(String(decoding: fields[quantity], as: UTF8.self))
            device.add(instant.milliseconds, entry, slot: slot)
        }
    }

    private static func stamp(_ line: ArraySlice<UInt8>, until separator: UInt8)
        -> (Int64, rest: ArraySlice<UInt8>)?
    {
        guard let end = line.firstIndex(of: separator),
            let instant = RecordedStamp.parse(line[line.startIndex..<end])
        else { return nil }
        return (instant.milliseconds, line[(end + 1)...])
    }

    private static func fields(_ line: ArraySlice<UInt8>, _ separator: UInt8) -> [ArraySlice<UInt8>] {
        line.split(separator: separator, omittingEmptySubsequences: false)
    }
}
