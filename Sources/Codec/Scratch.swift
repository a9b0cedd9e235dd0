/// Memory for `capacity` plain elements that one owner reuses from page to page.
///
/// `@unchecked Sendable`: the struct cannot be copied, so whoever holds it is the only one with the pointer.
@safe
struct Scratch<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
    /// Uninitialised until written; valid until the next ``reserve(_:)``.
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var capacity: Int

    init(capacity: Int) {
        unsafe base = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit {
        unsafe base.deallocate()
    }

    /// Makes room for `count` elements. What was in it up to `keeping` stays, the rest is lost.
    mutating func reserve(_ count: Int, keeping: Int = 0) {
        if count > capacity { grow(to: count, keeping: keeping) }
    }

    @inline(never)
    private mutating func grow(to count: Int, keeping: Int) {
        let larger = max(count, capacity * 2)
        let new = UnsafeMutablePointer<Element>.allocate(capacity: larger)
        unsafe new.update(from: base, count: keeping)
        unsafe base.deallocate()
        unsafe base = new
        capacity = larger
    }
}
