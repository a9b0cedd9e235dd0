internal import Glibc
internal import Synchronization

/// One open file of the store. Closed with the last reference, so a reader's snapshot never loses its file.
final class StoreFile: Sendable {
    /// The name within the directory, for messages.
    let name: String
    private let descriptor: Int32
    private let disk: Disk
    /// Bytes handed to the system since opening.
    private let written = Atomic<Int>(0)

    /// Opens `directory/name`, making it (mode 0600) if absent.
    init(directory: String, name: String, disk: Disk) throws(StoreFailure) {
        let path = directory + "/" + name
        let opened = disk.opened(path, O_RDWR | O_CREAT)
        guard opened >= 0 else { throw .disk(step: "open", file: path, code: -opened) }
        self.name = name
        self.disk = disk
        descriptor = opened
    }

    /// Opens `directory/name` for reading alone; a file that is missing reads as zeros.
    init(reading directory: String, name: String, disk: Disk) throws(StoreFailure) {
        let path = directory + "/" + name
        var opened = disk.opened(path, O_RDONLY)
        // An empty file in its place: what lies past the end reads as zeros.
        if opened == -ENOENT { opened = disk.opened("/dev/null", O_RDONLY) }
        guard opened >= 0 else { throw .disk(step: "open", file: path, code: -opened) }
        self.name = name
        self.disk = disk
        descriptor = opened
    }

    deinit {
        close(descriptor)
    }

    /// The file's size in bytes.
    func size() throws(StoreFailure) -> Int {
        var bytes = disk.size(descriptor, name)
        while bytes == -Int(EINTR) { bytes = disk.size(descriptor, name) }
        // Were it taken for empty, the journal would be filled with zeros.
        guard bytes >= 0 else { throw .disk(step: "ask for the size of", file: name, code: Int32(-bytes)) }
        return bytes
    }

    /// Makes sure that the first `bytes` have their place on the disk.
    func allocate(_ bytes: Int) throws(StoreFailure) {
        let code = Disk.repeated { disk.allocate(descriptor, name, bytes) }
        guard code == 0 else { throw .disk(step: "allocate \(bytes) bytes for", file: name, code: code) }
    }

    /// Writes all of `bytes` at `offset`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StoreFailure) {
        var done = 0
        while done < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = unsafe disk.write(descriptor, name, rest, offset + done)
            if count == -Int(EINTR) { continue }
            guard count > 0 else {
                throw .disk(step: "write", file: name, code: count == 0 ? ENOSPC : Int32(-count))
            }
            done += count
        }
        written.add(bytes.count, ordering: .relaxed)
    }

    /// Bytes written since opening.
    var writtenBytes: Int { written.load(ordering: .relaxed) }

    /// Writes all of `bytes` at `offset`.
    func write(_ bytes: [UInt8], at offset: Int) throws(StoreFailure) {
        var failure: StoreFailure?
        unsafe bytes.withUnsafeBytes { run in
            do throws(StoreFailure) { try unsafe write(run, at: offset) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Reads `count` bytes at `offset`; what lies past the end of the file reads as zeros.
    func read(_ count: Int, at offset: Int) throws(StoreFailure) -> [UInt8] {
        if count == 0 { return [] }
        var code: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let whole = UnsafeMutableRawBufferPointer(buffer)
            code = unsafe fill(UnsafeMutableRawBufferPointer(rebasing: whole[..<count]), at: offset)
            filled = count
        }
        guard code == 0 else { throw .disk(step: "read", file: name, code: code) }
        return bytes
    }

    /// Reads the first `count` bytes of `window` anew, from `offset` of the file on; makes it longer if need be.
    ///
    /// Fresh memory for each piece of a large file would cost about as much as reading it.
    func read(_ count: Int, at offset: Int, into window: inout [UInt8]) throws(StoreFailure) {
        if window.count < count { window = [UInt8](repeating: 0, count: count) }
        let code = unsafe window.withUnsafeMutableBytes { buffer in
            unsafe fill(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: offset)
        }
        guard code == 0 else { throw .disk(step: "read", file: name, code: code) }
    }

    /// Reads until `buffer` is full, the rest zeros where the file ends before. Returns 0 or errno.
    private func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int32 {
        var done = 0
        while done < buffer.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let got = unsafe disk.read(descriptor, name, rest, offset + done)
            if got == -Int(EINTR) { continue }
            if got < 0 { return Int32(-got) }
            if got == 0 { break }
            done += got
        }
        if done < buffer.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            unsafe rest.initializeMemory(as: UInt8.self, repeating: 0)
        }
        return 0
    }

    /// Returns when what was written is on the disk.
    ///
    /// After a failure the kernel may count the lost pages as clean: whoever wrote them must write them
    /// again.
    func sync() throws(StoreFailure) {
        let code = Disk.repeated { disk.sync(descriptor, name) }
        guard code == 0 else { throw .disk(step: "sync", file: name, code: code) }
    }
}
