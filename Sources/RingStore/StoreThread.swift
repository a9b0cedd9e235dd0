internal import Glibc

/// A thread of the store's own, which ends with its body.
enum StoreThread {
    /// Starts one.
    ///
    /// - Returns: 0, or the system's number for having none to spare: nothing was started then.
    static func start(_ body: sending @escaping () -> Void) -> Int32 {
        let context = unsafe Unmanaged.passRetained(Body(body)).toOpaque()
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            context
        )
        if code == 0 {
            pthread_detach(thread)
        } else {
            unsafe Unmanaged<Body>.fromOpaque(context).release()
        }
        return code
    }

    /// Carries the body through the C door.
    private final class Body {
        let run: () -> Void

        init(_ run: sending @escaping () -> Void) {
            self.run = run
        }
    }
}
