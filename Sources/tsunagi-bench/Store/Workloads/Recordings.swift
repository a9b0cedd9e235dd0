import Foundation
import Readings

/// W1: a folder of recordings, each file a device.
///
/// Every file below the folder is looked at; what it is tells its shape, see ``RecordedFile``, not its name, but for
/// `.gz`. Series are data items, columns or stock codes. What is no recording, or cannot be read, is named and
/// skipped.
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
                let bytes = try Recordings.content(of: path)
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

    /// More than this is no recording of a day.
    private static let bytesMax = 1 << 30

    private static func content(of path: String) throws -> [UInt8] {
        var state = stat()
        // A pipe would never end.
        guard unsafe stat(path, &state) == 0, state.st_mode & S_IFMT == S_IFREG else {
            throw BenchFailure("it is no file")
        }
        guard state.st_size < bytesMax else { throw BenchFailure("it is larger than \(bytesMax >> 20) MiB") }
        if path.hasSuffix(".gz") { return try Gunzip.read(path) }
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// In the order of their names, so that every run numbers alike.
    private static func files(below folder: String) throws -> [String] {
        guard let names = FileManager.default.enumerator(atPath: folder) else {
            throw BenchFailure("no folder \(folder)")
        }
        var paths: [String] = []
        for case let name as String in names {
            var state = stat()
            let isFolder = unsafe lstat("\(folder)/\(name)", &state) == 0 && state.st_mode & S_IFMT == S_IFDIR
            if !isFolder { paths.append("\(folder)/\(name)") }
        }
        return paths.sorted()
    }

    /// The path in lower case without endings, and the file's number, which makes it unique; what is no
    /// letter or digit becomes a dash.
    private static func deviceName(_ path: Substring, _ number: Int) -> String {
        let stem = path.split(separator: ".").first ?? "device"
        let plain = stem.lowercased().suffix(100).map {
            $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-"
        }
        return String(plain) + "-\(number)"
    }
}
