import Foundation

/// The clock of a child, as Debian's faketime shows it: some seconds off the machine's, and set anew while the child
/// runs.
///
/// Only the clock that people set is moved; the one that nobody sets goes on as it does.
final class ShiftedClock {
    private let file: String
    private let library: String

    /// - Parameter seconds: ahead of the machine's clock; behind it when negative.
    init(in workshop: Workshop, seconds: Int) throws {
        file = "\(workshop.path)/clock"
        let folders = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib")
        let places = folders.map { "/usr/lib/\($0)/faketime/libfaketimeMT.so.1" }
        guard let found = places.first(where: FileManager.default.fileExists(atPath:)) else {
            throw Failure("no libfaketimeMT.so.1 below /usr/lib; install Debian's faketime")
        }
        library = found
        try set(seconds: seconds)
    }

    func set(seconds: Int) throws {
        let text = seconds < 0 ? "\(seconds)" : "+\(seconds)"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
    }

    /// What the child has to be started with.
    var environment: [String] {
        [
            "LD_PRELOAD=\(library)", "FAKETIME_TIMESTAMP_FILE=\(file)", "FAKETIME_NO_CACHE=1",
            "FAKETIME_DONT_FAKE_MONOTONIC=1",
            // It shares nothing, and says so itself: faketime would add a name to the environment and so move it away from
            // the program's arguments, which Swift looks for in front of it.
            "FAKETIME_DISABLE_SHM=1", "FAKETIME_SHARED=none none",
        ]
    }
}
