internal import Glibc

/// Finds out whether anybody listens at an address before libmosquitto is let near it.
///
/// The library's own connect blocks for two minutes where a host swallows packets, cannot be woken, and says
/// little about why. A Unix socket answers at once, so there only the words are won. The price is one
/// connection that is opened and closed again per try.
enum Reach {
    private static let waitSeconds = 10

    /// Whether nobody listens there just after a link to it was lost: the broker has ended, or is being started again.
    ///
    /// Knocks for some milliseconds: an ending broker may close its links before it stops to listen.
    static func isGone(_ address: BrokerAddress, wake: WakeLine, isStopping: () -> Bool) -> Bool {
        for pauseMs in [0, 1, 2, 4, 8, 16] as [UInt32] {
            if pauseMs > 0 { usleep(pauseMs * 1000) }
            do throws(BusFailure) {
                try check(address, wake: wake, isStopping: isStopping)
            } catch {
                return true
            }
            if isStopping() { return false }
        }
        return false
    }

    /// - Throws: in plain words why nobody can be reached. Returns early, without an answer, when
    ///   `isStopping`.
    static func check(_ address: BrokerAddress, wake: WakeLine, isStopping: () -> Bool) throws(BusFailure) {
        switch address {
        case .unix(let path): try checkUnix(path, address.description)
        case .tcp(let host, let port), .tls(let host, let port, _):
            try checkNetwork(host, port, address.description, wake, isStopping)
        }
    }

    private static func checkUnix(_ path: String, _ place: String) throws(BusFailure) {
        guard let name = UnixName(path) else {
            throw .setup(
                "the socket path \(path) is longer than \(UnixName.bytesMax) bytes; use a shorter directory"
            )
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .unreachable(address: place, detail: systemWords(errno)) }
        defer { close(descriptor) }
        if !name.connect(descriptor) { throw .unreachable(address: place, detail: systemWords(errno)) }
    }

    private static func checkNetwork(
        _ host: String,
        _ port: Int,
        _ place: String,
        _ wake: WakeLine,
        _ isStopping: () -> Bool
    ) throws(BusFailure) {
        var wish = unsafe addrinfo()
        unsafe wish.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, String(port), &wish, &found)
        guard code == 0 else {
            throw .hostUnknown(address: place, detail: unsafe String(cString: gai_strerror(code)))
        }
        defer { unsafe freeaddrinfo(found) }
        var error = EHOSTUNREACH
        var next = unsafe found
        while let place = unsafe next {
            error = unsafe knock(place.pointee, wake, isStopping)
            if error == 0 || isStopping() { return }
            unsafe next = place.pointee.ai_next
        }
        throw .unreachable(address: place, detail: systemWords(error))
    }

    /// - Returns: 0, or the errno of the try.
    private static func knock(_ place: addrinfo, _ wake: WakeLine, _ isStopping: () -> Bool) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = unsafe socket(place.ai_family, kind, 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        if unsafe connect(descriptor, place.ai_addr, place.ai_addrlen) == 0 { return 0 }
        if errno != EINPROGRESS { return errno }
        let end = BusClock.monotonicNs() + Int64(waitSeconds) * 1_000_000_000
        while !isStopping() {
            let left = end - BusClock.monotonicNs()
            if left <= 0 { return ETIMEDOUT }
            let outcome = pollSocket(descriptor, reading: false, writing: true, wake: wake, nanoseconds: left)
            if outcome.writable || outcome.broken { break }
        }
        var error: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        unsafe _ = getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
        return error
    }
}

/// The address of a Unix socket.
struct UnixName {
    /// `sun_path` has 108 bytes, the last one for the terminating 0.
    static let bytesMax = 107
    private let address: sockaddr_un

    /// Nil when the path is too long.
    init?(_ path: String) {
        guard path.utf8.count <= UnixName.bytesMax else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { space in
            for (index, byte) in path.utf8.enumerated() { unsafe space[index] = byte }
        }
        self.address = address
    }

    /// Whether it answered; errno says why not.
    func connect(_ descriptor: Int32) -> Bool {
        unsafe withUnsafePointer(to: address) { name in
            unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                unsafe Glibc.connect(descriptor, name, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}
