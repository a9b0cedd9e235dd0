import Glibc

/// Counts the objects that the Swift runtime is asked for: arrays, strings that are not small, boxes, classes. What
/// C code allocates for itself is not seen.
///
/// The runtime has a door for such tools. It stands open for all threads, so this is for a process of a test's own,
/// in which nothing else runs.
enum AllocationCount {
    fileprivate typealias Allocate =
        @convention(c) (UnsafeRawPointer?, Int, Int) -> UnsafeMutableRawPointer?

    /// - Returns: how many, or nil where the runtime has no such door.
    static func during(_ body: () -> Void) -> Int? {
        guard let program = dlopen(nil, RTLD_NOW), let place = dlsym(program, "_swift_allocObject"),
            let door = dlsym(
                program,
                "_swift_enableSwizzlingOfAllocationAndRefCountingFunctions_forInstrumentsOnly"
            )
        else { return nil }
        let allocate = place.assumingMemoryBound(to: Allocate.self)
        let isOpen = door.assumingMemoryBound(to: Bool.self)
        let before = allocate.pointee
        original = before
        counted = 0
        countedThread = pthread_self()
        allocate.pointee = { metadata, bytes, alignmentMask in
            if pthread_self() == countedThread { counted += 1 }
            return original?(metadata, bytes, alignmentMask)
        }
        isOpen.pointee = true
        body()
        isOpen.pointee = false
        allocate.pointee = before
        return counted
    }
}

// Written before the door opens, and by the counted thread alone while it is open.
private nonisolated(unsafe) var original: AllocationCount.Allocate?
private nonisolated(unsafe) var counted = 0
private nonisolated(unsafe) var countedThread: pthread_t = 0
