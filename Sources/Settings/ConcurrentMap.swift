internal import Dispatch

extension Array {
    /// What becomes of each element, in their order; several are worked at at the same time.
    ///
    /// - Parameter transform: called on several threads; nothing that one call changes may another one see.
    func concurrentMap<Result>(_ transform: @escaping (Element) -> Result) -> [Result] {
        // Safe by what is asked of `transform`, and because all calls have ended when this returns.
        nonisolated(unsafe) let (elements, transform) = (self, transform)
        return unsafe [Result](unsafeUninitializedCapacity: count) { results, initializedCount in
            // Each call writes a place of its own.
            nonisolated(unsafe) let places = unsafe results
            unsafe DispatchQueue.concurrentPerform(iterations: elements.count) { index in
                unsafe places.initializeElement(at: index, to: transform(elements[index]))
            }
            initializedCount = unsafe elements.count
        }
    }
}
