public import Glibc

/// A small file of a folder of ours, whole or not at all.
public enum SmallFile {
    /// At most 1 MiB of it.
    ///
    /// - Returns: nil when there is no such file.
    public static func text(_ path: String) throws(OnboardingFailure) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw OnboardingFailure("open", path, errno)
        }
        defer { _ = close(descriptor) }
        guard let bytes = PlacedFile.read(1 << 20, from: descriptor, at: 0) else {
            throw OnboardingFailure("read", path, errno)
        }
        return bytes
    }

    /// Durable when this returns.
    public static func write(_ path: String, _ text: String, mode: mode_t = 0o600) throws(OnboardingFailure) {
        let code = PlacedFile.replace(path, with: Array(text.utf8), mode: mode)
        if code != 0 { throw OnboardingFailure("write", path, code) }
    }

    /// Makes a folder for us alone, where there is none.
    public static func makeFolder(_ path: String) throws(OnboardingFailure) {
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST { throw OnboardingFailure("make", path, errno) }
    }

    /// The names in a folder, in order; none when there is no such folder.
    static func names(in folder: String) -> [String] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe _ = closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
