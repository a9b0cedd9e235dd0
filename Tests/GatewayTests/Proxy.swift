import Foundation
import Synchronization

/// A TCP proxy on loopback that a test makes deaf, mute or cuts: what a router, a VPN or a pulled cable does.
final class Proxy: Sendable {
    let port: Int
    private let target: Int
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var pairs: [(client: Int32, server: Int32)] = []
        var isDeaf = false
        var isMute = false
        var isStopped = false
        var accepted = 0
    }

    /// - Parameter target: the port on loopback that it leads to.
    init(to target: Int) throws {
        self.target = target
        port = try Workshop.freePort()
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var on: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = Proxy.address(port)
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(listener, raw, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound, listen(listener, 64) == 0 else { throw Failure("the proxy cannot listen at \(port)") }
        Thread.detachNewThread { [self] in run() }
    }

    /// Nothing passes in either direction from now on, and nobody is told.
    var isDeaf: Bool {
        get { state.withLock { $0.isDeaf } }
        set { state.withLock { $0.isDeaf = newValue } }
    }

    /// Nothing passes from clients to the server: what it sends arrives, and it hears no acknowledgement.
    var isMute: Bool {
        get { state.withLock { $0.isMute } }
        set { state.withLock { $0.isMute = newValue } }
    }

    /// Connections so far.
    var accepted: Int { state.withLock { $0.accepted } }

    /// Closes all connections; new ones are taken.
    func cut() {
        state.withLock { state in
            for pair in state.pairs {
                shutdown(pair.client, Int32(SHUT_RDWR))
                shutdown(pair.server, Int32(SHUT_RDWR))
            }
        }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        cut()
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return address
    }

    private func run() {
        while true {
            let client = accept(listener, nil, nil)
            if client < 0 {
                close(listener)
                return
            }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = Proxy.address(target)
            let isOpen = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                    connect(server, raw, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            let isWanted = state.withLock { state in
                guard isOpen, !state.isStopped else { return false }
                state.pairs.append((client, server))
                state.accepted += 1
                return true
            }
            guard isWanted else {
                close(client)
                close(server)
                continue
            }
            Thread.detachNewThread { [self] in serve(client, server) }
        }
    }

    /// Carries bytes both ways until one side is gone.
    private func serve(_ client: Int32, _ server: Int32) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var isAlive = true
        while isAlive {
            let (isDeaf, isMute) = state.withLock { ($0.isDeaf, $0.isMute) }
            // What may not pass is not read: the sender's own buffers fill, as they would.
            var watched = [
                pollfd(fd: client, events: isDeaf || isMute ? 0 : Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: isDeaf ? 0 : Int16(POLLIN), revents: 0),
            ]
            poll(&watched, 2, 20)
            for (from, to) in [(0, server), (1, client)] where isAlive {
                let found = watched[from].revents
                if found & Int16(POLLIN) != 0 {
                    let count = read(watched[from].fd, &buffer, buffer.count)
                    isAlive = count > 0 && send(to, buffer, count, Int32(MSG_NOSIGNAL)) == count
                } else if found & Int16(POLLHUP | POLLERR) != 0, !isDeaf {
                    isAlive = false
                }
            }
        }
        state.withLock { state in state.pairs.removeAll { $0.client == client } }
        close(client)
        close(server)
    }
}
