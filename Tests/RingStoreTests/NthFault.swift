import Glibc
import Synchronization

@testable import RingStore

/// A disk of which the n-th call of one kind fails, or the n-th and those that follow.
final class NthFault: Sendable, CustomStringConvertible {
    enum Call: String, CaseIterable, Sendable {
        case write, sync, read, allocate, open, size, look, makeFolder, rename, remove, syncFolder

        /// Works on names, not on what is in a file; there are few of these, and only at an opening.
        var isOfNames: Bool { ![.write, .sync, .read, .allocate].contains(self) }
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
    let way: Way
    /// The calls that fail, counted from 1.
    private let failing: Range<Int>
    private let calls = Atomic<Int>(0)
    private let isOver = Atomic<Bool>(false)

    var description: String { "\(way) at \(call.rawValue) \(failing.lowerBound), \(failing.count) of them" }

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

    /// What a call that gives an errno or nothing goes wrong with, 0 when it does not.
    private func code(_ call: Call) -> Int32 {
        if case .code(let code) = next(call) { code } else { 0 }
    }

    var disk: Disk {
        let system = Disk.system
        var disk = system
        disk.write = { [self] file, name, bytes, offset in
            switch next(.write) {
            case nil: return system.write(file, name, bytes, offset)
            case .code(let code): return -Int(code)
            case .short:
                let part = UnsafeRawBufferPointer(rebasing: bytes.prefix(max(1, bytes.count / 3)))
                return system.write(file, name, part, offset)
            }
        }
        disk.read = { [self] file, name, into, offset in
            switch next(.read) {
            case nil: return system.read(file, name, into, offset)
            case .code(let code): return -Int(code)
            case .short:
                let part = UnsafeMutableRawBufferPointer(rebasing: into.prefix(max(1, into.count / 3)))
                return system.read(file, name, part, offset)
            }
        }
        disk.open = { [self] path, flags in
            let code = code(.open)
            return code != 0 ? -code : system.open(path, flags)
        }
        disk.size = { [self] file, name in
            let code = code(.size)
            return code != 0 ? -Int(code) : system.size(file, name)
        }
        func guarded(_ call: Call, _ real: @escaping @Sendable (String) -> Int32)
            -> @Sendable (String) -> Int32
        {
            { [self] path in
                let code = code(call)
                return code != 0 ? code : real(path)
            }
        }
        disk.look = guarded(.look, system.look)
        disk.makeFolder = guarded(.makeFolder, system.makeFolder)
        disk.remove = guarded(.remove, system.remove)
        disk.syncFolder = guarded(.syncFolder, system.syncFolder)
        disk.rename = { [self] from, path in
            let code = code(.rename)
            return code != 0 ? code : system.rename(from, path)
        }
        disk.sync = { [self] file, name in
            let code = code(.sync)
            return code != 0 ? code : system.sync(file, name)
        }
        disk.allocate = { [self] file, name, bytes in
            let code = code(.allocate)
            return code != 0 ? code : system.allocate(file, name, bytes)
        }
        return disk
    }
}
