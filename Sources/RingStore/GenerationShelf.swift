internal import Glibc
internal import Synchronization

/// Where generations get their memory: zeroed and untouched from the system, or what the one before the last gave back.
///
/// From the system itself, because the allocator would keep what it is given back, and with it the memory of a large
/// generation more. Of small ones one is kept here: its pages are there already, and fetching them anew costs a quarter
/// of a commit.
@safe final class GenerationShelf: Sendable {
    /// Whether so much may be kept. Larger memory comes in pieces of 2 MiB, a page fault each.
    static func keeps(_ bytes: Int) -> Bool { bytes < 8 << 20 }

    /// A run of memory that nobody uses.
    @unsafe private struct Spare: @unchecked Sendable {
        let memory: UnsafeMutableRawPointer
        let bytes: Int
    }

    private let spare = unsafe Mutex<Spare?>(nil)

    deinit {
        if let spare = unsafe spare.withLock({ unsafe $0 }) { unsafe _ = munmap(spare.memory, spare.bytes) }
    }

    /// Memory of so many bytes: zeroed, or as a user left it.
    func take(_ bytes: Int) -> UnsafeMutableRawPointer {
        let known = unsafe spare.withLock { unsafe $0?.bytes == bytes ? $0.take() : nil }
        if let known = unsafe known { return unsafe known.memory }
        let place = unsafe mmap(
            nil,
            bytes,
            PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
            -1,
            0
        )
        guard let memory = unsafe place, unsafe memory != MAP_FAILED else {
            fatalError("out of memory: \(bytes) bytes for the head")
        }
        // Else a page fault for every 4 KiB costs as much as the rows in them. A hint: no harm where it is refused.
        if !Self.keeps(bytes) { unsafe madvise(memory, bytes, MADV_HUGEPAGE) }
        return unsafe memory
    }

    /// Takes memory back that ``take(_:)`` gave.
    func give(_ memory: UnsafeMutableRawPointer, _ bytes: Int) {
        var gone: Spare? = unsafe Spare(memory: memory, bytes: bytes)
        if Self.keeps(bytes) { unsafe spare.withLock { unsafe swap(&$0, &gone) } }
        if let gone = unsafe gone { unsafe _ = munmap(gone.memory, gone.bytes) }
    }
}
