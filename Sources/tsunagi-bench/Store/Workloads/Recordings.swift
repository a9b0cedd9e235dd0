import Foundation
import Readings

/// W1: a folder of recordings, each file a device.
///
/// Every `*.gz`, `*.csv` and `*.txt` below the folder is read by its shape, see ``RecordedFile``. Series are data
/// items, columns or stock codes. What is no recording is named and skipped.
struct Recordings {
    /// What was read.
    private(set) var workload = Workload(name: "W1", devices: [])
    /// One line each: files that were skipped, and why.
    private(set) var skipped: [String] = []
    /// Marks of absence (`UNAVAILABLE`, nothing) within numeric series; no peer keeps them, so nobody does.
    private(set) var absent = 0
    /// Samples that shared series and millisecond with a later one, which took their place.
    private(set) var replaced = 0

    init(folder: String) throws {
        var book = TextBook()
        for (number, path) in try Recordings.files(below: folder).enumerated() {
            do {
                let bytes =
                    path.hasSuffix(".gz") ? try Gunzip.read(path) : [UInt8](try Data(contentsOf: url(path)))
                var device = RecordedDevice(
                    name: Recordings.deviceName(path.dropFirst(folder.count + 1), number)
                )
                try RecordedFile.read(bytes, into: &device, book: &book)
                let (lines, absent, replaced) = device.lines(book: &book)
                guard !lines.isEmpty else { throw BenchFailure("it holds no samples") }
                workload.devices.append(Workload.Device(name: device.name, lines: lines))
                self.absent += absent
                self.replaced += replaced
            } catch {
                skipped.append("\(path.dropFirst(folder.count + 1)): \(error)")
            }
        }
        workload.texts = book.texts
        guard !workload.devices.isEmpty else { throw BenchFailure("no recordings below \(folder)") }
    }

    private func url(_ path: String) -> URL { URL(fileURLWithPath: path) }

    /// In the order of their names, so that every run numbers alike.
    private static func files(below folder: String) throws -> [String] {
        guard let names = FileManager.default.enumerator(atPath: folder) else {
            throw BenchFailure("no folder \(folder)")
        }
        var paths: [String] = []
        for case let name as String in names
        where name.hasSuffix(".gz") || name.hasSuffix(".csv") || name.hasSuffix(".txt") {
            paths.append("\(folder)/\(name)")
        }
        return paths.sorted()
    }

    /// The path in lower case without endings, and the file's number, which makes it unique; what is no
    /// letter or digit becomes a dash.
    private static func deviceName(_ path: Substring, _ number: Int) -> String {
        let stem = path.split(separator: ".").first ?? "device"
        let plain = stem.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        return String(plain) + "-\(number)"
    }
}
