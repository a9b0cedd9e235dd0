import Glibc

/// A library of the system that is opened when it is needed, so that nothing has to be linked.
///
/// Never closed: what it handed out lives as long as the process.
struct DynamicLibrary {
    private let handle: UInt

    /// Nil when it is not installed.
    init?(_ name: String) {
        guard let found = unsafe dlopen(name, RTLD_NOW | RTLD_LOCAL) else { return nil }
        handle = UInt(bitPattern: found)
    }

    /// A function of the library.
    ///
    /// The caller names its type, a C function pointer, and answers for it.
    @unsafe func function<Function>(_ name: String, as type: Function.Type) throws -> Function {
        precondition(
            MemoryLayout<Function>.size == MemoryLayout<UInt>.size,
            "a C function is one pointer"
        )
        guard let found = unsafe dlsym(UnsafeMutableRawPointer(bitPattern: handle), name) else {
            throw BenchFailure("the library has no function \(name)")
        }
        return unsafe unsafeBitCast(found, to: type)
    }
}
