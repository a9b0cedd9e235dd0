internal import Glibc

/// The system calls on the store's files, as values: a test puts its own in to see what happens when they
/// fail.
///
/// Each call may do less than asked; ``StoreFile`` repeats it. The pointers are borrowed for the call.
@safe struct Disk: Sendable {
    /// `pwrite`: bytes written, or −errno.
    var write:
        @Sendable (_ file: Int32, _ name: String, _ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int
    /// `pread`: bytes read, or −errno.
    var read:
        @Sendable (_ file: Int32, _ name: String, _ into: UnsafeMutableRawBufferPointer, _ offset: Int) -> Int
    /// `fdatasync`: 0 or errno.
    var sync: @Sendable (_ file: Int32, _ name: String) -> Int32
    /// `posix_fallocate` of the first `bytes`: 0 or errno.
    var allocate: @Sendable (_ file: Int32, _ name: String, _ bytes: Int) -> Int32

    /// The real ones.
    static let system = unsafe Disk(
        write: { file, _, bytes, offset in
            let done = unsafe pwrite(file, bytes.baseAddress, bytes.count, off_t(offset))
            return done < 0 ? -Int(errno) : done
        },
        read: { file, _, into, offset in
            let done = unsafe pread(file, into.baseAddress, into.count, off_t(offset))
            return done < 0 ? -Int(errno) : done
        },
        sync: { file, _ in fdatasync(file) == 0 ? 0 : errno },
        allocate: { file, _, bytes in posix_fallocate(file, 0, off_t(bytes)) }
    )
}
