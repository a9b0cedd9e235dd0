import Glibc

/// The checkout these tests were built from, as text.
enum House {
    /// The project's root: three levels above this file.
    static let root: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/")
    }()

    /// Paths of all regular files below a folder of the project, relative to the root, sorted.
    static func files(below folder: String) -> [String] {
        var found: [String] = []
        guard let stream = opendir("\(root)/\(folder)") else { return [] }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(".") { continue }
            let path = "\(folder)/\(name)"
            if entry.pointee.d_type == UInt8(DT_DIR) {
                found += files(below: path)
            } else {
                found.append(path)
            }
        }
        return found.sorted()
    }

    /// The text of a file of the project; empty when it is not UTF-8 or cannot be read.
    static func text(_ path: String) -> String {
        guard let file = fopen("\(root)/\(path)", "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&piece, 1, piece.count, file)
            if count == 0 { break }
            bytes += piece[..<count]
        }
        return String(validating: bytes, as: UTF8.self) ?? ""
    }

    /// The lines of a file of the project.
    static func lines(_ path: String) -> [Substring] {
        text(path).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// All Swift files below `Sources` but those that protoc-gen-swift made.
    static let sources = files(below: "Sources").filter {
        $0.hasSuffix(".swift") && !$0.hasSuffix(".pb.swift")
    }
    /// All Swift files below `Sources` and `Tests`.
    static let swift = sources + files(below: "Tests").filter { $0.hasSuffix(".swift") }
}
