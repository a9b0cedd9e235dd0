import Foundation
import Glibc

@testable import RingStore

/// A file system of a few MiB for one test: ext4 in a file where we may mount one, else memory.
final class SmallFileSystem {
    let path: String
    /// `ext4` or `tmpfs`.
    let kind: String
    private let image: String

    /// Nil where nothing can be mounted: not as root, or in a container that forbids it.
    init?(mib: Int) {
        let base = NSTemporaryDirectory() + "tsunagi-disk-\(UUID().uuidString)"
        (path, image) = (base, base + ".img")
        mkdir(path, 0o700)
        close(creat(image, 0o600))
        truncate(image, off_t(mib << 20))
        let isMade = SmallFileSystem.run("mkfs.ext4", "-q", "-m", "0", "-F", image)
        if isMade && SmallFileSystem.run("mount", "-o", "loop", image, path) {
            kind = "ext4"
        } else if mount("tmpfs", path, "tmpfs", 0, "size=\(mib)m") == 0 {
            kind = "tmpfs"
        } else {
            unlink(image)
            rmdir(path)
            return nil
        }
    }

    deinit {
        // Takes the loop device back as well.
        if !SmallFileSystem.run("umount", path) { umount2(path, Int32(MNT_DETACH)) }
        unlink(image)
        rmdir(path)
    }

    var freeBytes: Int {
        var facts = statvfs()
        return statvfs(path, &facts) == 0 ? Int(facts.f_bavail) * Int(facts.f_frsize) : 0
    }

    /// Takes all room but the last `bytes`.
    func fill(leaving bytes: Int) {
        let file = open(path + "/other", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { close(file) }
        var size = 64 << 10
        let zeros = [UInt8](repeating: 1, count: size)
        while size >= 512 {
            size = min(size, max(0, freeBytes - bytes))
            if size == 0 || write(file, zeros, size) < size { size /= 2 }
        }
        fsync(file)
    }

    /// Gives it back, and waits until the file system has it: under load ext4 frees the blocks a little later.
    func free() {
        var facts = stat()
        let taken = stat(path + "/other", &facts) == 0 ? Int(facts.st_blocks) * 512 : 0
        let wanted = freeBytes + taken / 10 * 9
        unlink(path + "/other")
        for _ in 0..<400 {
            sync()
            if freeBytes >= wanted { return }
            usleep(25_000)
        }
    }

    /// Whether a program of the system ended well.
    private static func run(_ words: String...) -> Bool {
        let program = Process()
        program.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        program.arguments = words
        program.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        (program.standardOutput, program.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        guard (try? program.run()) != nil else { return false }
        program.waitUntilExit()
        return program.terminationStatus == 0
    }
}
