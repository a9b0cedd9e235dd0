internal import Glibc
internal import Synchronization

/// Where generations get their memory: zeroed and untouched from the system, or what the one before the last gave back.
///
/// From the system itself, because the allocator would keep what it is given back, and with it the memory of a large
/// generation more. What a freeze gives back the next generation takes at once, whatever its size: the system zeroes
/// every page that it hands out, which costs as much as the rows in it. Of small ones one is kept here all the time.
@safe final class GenerationShelf: Sendable {
    /// Larger memory comes in pieces of 2 MiB, a page fault each.
    private static func isSmall(_ bytes: Int) -> Bool { bytes < 8 << 20 }

    /// A run of memory that nobody uses.
    @unsafe private struct Spare: @unchecked Sendable {
        let memory: UnsafeMutableRawPointer
        let bytes: Int
    }

    private let spare = unsafe Mutex<Spare?>(nil)
    /// Of the generation that is made next, 0 when that is not known.
    private let expected = Atomic(0)

    deinit {
        if let spare = unsafe spare.withLock({ unsafe $0 }) { unsafe _ = munmap(spare.memory, spare.bytes) }
    }

    /// The next ``take(_:)`` is of so many bytes: what is given back of that size until then waits for it.
    func expect(_ bytes: Int) {
        expected.store(bytes, ordering: .relaxed)
    }

    /// Memory of so many bytes: zeroed, or as a user left it.
    func take(_ bytes: Int) -> UnsafeMutableRawPointer {
        expected.store(0, ordering: .relaxed)
        let known = unsafe spare.withLock { unsafe $0.take() }
        if let known = unsafe known {
            if unsafe known.bytes == bytes { return unsafe known.memory }
            unsafe _ = munmap(known.memory, known.bytes)
        }
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
        if !Self.isSmall(bytes) { unsafe madvise(memory, bytes, MADV_HUGEPAGE) }
        return unsafe memory
    }

    /// Takes memory back that ``take(_:)`` gave.
    ///
    /// - Parameter clear: called when the memory is kept: makes of it what the next user expects.
    func give(_ memory: UnsafeMutableRawPointer, _ bytes: Int, clear: () -> Void) {
        var gone: Spare? = unsafe Spare(memory: memory, bytes: bytes)
        if Self.isSmall(bytes) || bytes == expected.load(ordering: .relaxed) {
            clear()
            unsafe spare.withLock { unsafe swap(&$0, &gone) }
        }
        if let gone = unsafe gone { unsafe _ = munmap(gone.memory, gone.bytes) }
    }
}
