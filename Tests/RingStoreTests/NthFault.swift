import Glibc
import Synchronization

@testable import RingStore

/// A disk of which the n-th call of one kind fails, or the n-th and those that follow.
final class NthFault: Sendable {
    enum Call: String, CaseIterable, Sendable {
        case write, sync, read, allocate
    }

    enum Way: Hashable, Sendable {
        /// Nothing is done; this is the errno.
        case code(Int32)
        /// A third of the bytes, at least one.
        case short

        /// The store just goes on, as if nothing had been.
        var isHarmless: Bool { self == .short || self == .code(EINTR) }
    }

    private let call: Call
    private let way: Way
    /// The calls that fail, counted from 1.
    private let failing: Range<Int>
    private let calls = Atomic<Int>(0)
    private let isOver = Atomic<Bool>(false)

    init(_ call: Call, _ way: Way, from first: Int, count: Int) {
        self.call = call
        self.way = way
        failing = first..<first + count
    }

    /// Whether a call was reached that failed.
    var hasFired: Bool { calls.load(ordering: .acquiring) >= failing.lowerBound }

    /// From here on the disk is well.
    func heal() {
        isOver.store(true, ordering: .releasing)
    }

    /// How this call goes wrong, nil when it does not.
    private func next(_ call: Call) -> Way? {
        guard call == self.call, !isOver.load(ordering: .acquiring) else { return nil }
        let number = calls.add(1, ordering: .acquiringAndReleasing).newValue
        return failing.contains(number) ? way : nil
    }

    var disk: Disk {
        let system = Disk.system
        return Disk(
            write: { [self] file, name, bytes, offset in
                switch next(.write) {
                case nil: return system.write(file, name, bytes, offset)
                case .code(let code): return -Int(code)
                case .short:
                    let part = UnsafeRawBufferPointer(rebasing: bytes.prefix(max(1, bytes.count / 3)))
                    return system.write(file, name, part, offset)
                }
            },
            read: { [self] file, name, into, offset in
                switch next(.read) {
                case nil: return system.read(file, name, into, offset)
                case .code(let code): return -Int(code)
                case .short:
                    let part = UnsafeMutableRawBufferPointer(rebasing: into.prefix(max(1, into.count / 3)))
                    return system.read(file, name, part, offset)
                }
            },
            sync: { [self] file, name in
                if case .code(let code) = next(.sync) { return code }
                return system.sync(file, name)
            },
            allocate: { [self] file, name, bytes in
                if case .code(let code) = next(.allocate) { return code }
                return system.allocate(file, name, bytes)
            }
        )
    }
}
