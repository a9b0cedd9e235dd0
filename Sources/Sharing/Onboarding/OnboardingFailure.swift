import Glibc

/// Why the private authority, or a partner's folder, could not do what was asked.
public struct OnboardingFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line for the operator; never a key.
    public let description: String

    init(_ step: String, _ path: String, _ code: Int32) {
        description = "cannot \(step) \(path): \(unsafe String(cString: strerror(code)))"
    }

    init(_ path: String, _ trouble: String) {
        description = "\(path) \(trouble)"
    }
}
