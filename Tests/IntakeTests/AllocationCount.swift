import Glibc

/// Counts the objects that this thread asks the Swift runtime for: arrays, strings that are not small, boxes,
/// classes. The runtime has a door for such tools, which is open only while something is counted; other threads
/// pass through it uncounted. What C code allocates for itself is not seen.
@MainActor enum AllocationCount {
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

// Written before the door opens and by the counted thread alone while it is open.
private nonisolated(unsafe) var original: AllocationCount.Allocate?
private nonisolated(unsafe) var counted = 0
private nonisolated(unsafe) var countedThread: pthread_t = 0
