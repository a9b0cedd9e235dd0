internal import Glibc

/// Whether the broker will be able to listen, and whether it does.
enum PortCheck {
    /// Binds for a moment.
    ///
    /// - Returns: the port: the given one, or a free one for 0.
    static func claim(address: String, port: Int) throws(BrokerFailure) -> Int {
        let name: NetworkName
        do { name = try NetworkName(address, port) } catch {
            throw .cannotListen(address: address, port: port, detail: error.words)
        }
        let descriptor = socket(name.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            throw .cannotListen(address: address, port: port, detail: systemWords(errno))
        }
        defer { close(descriptor) }
        // As the broker does: connections of an earlier run that linger do not count.
        var on: Int32 = 1
        unsafe _ = setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard name.bind(descriptor), listen(descriptor, 1) == 0 else {
            if errno == EADDRINUSE { throw .portInUse(address: address, port: port) }
            throw .cannotListen(address: address, port: port, detail: systemWords(errno))
        }
        return port == 0 ? boundPort(descriptor) : port
    }

    private static func boundPort(_ descriptor: Int32) -> Int {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        unsafe withUnsafeMutablePointer(to: &storage) { place in
            unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                unsafe _ = getsockname(descriptor, place, &size)
            }
        }
        // The port stands at the same place for both families: after the 2 bytes of the family, high byte
        // first.
        return unsafe withUnsafeBytes(of: &storage) { bytes in
            unsafe Int(bytes[2]) << 8 | Int(bytes[3])
        }
    }

    /// Whether somebody accepts connections there.
    static func answers(address: String, port: Int) -> Bool {
        let near = address == "0.0.0.0" ? "127.0.0.1" : address == "::" ? "::1" : address
        guard let name = try? NetworkName(near, port) else { return false }
        let descriptor = socket(name.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return name.connect(descriptor)
    }

    /// Whether somebody accepts connections there.
    static func answers(path: String) -> Bool {
        guard let name = UnixName(path) else { return false }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return name.connect(descriptor)
    }
}

/// A numeric address and port as the system wants them.
struct NetworkName {
    /// Why a text is no address.
    struct Failure: Error {
        var words: String
    }

    let family: Int32
    private let bytes: [UInt8]

    init(_ address: String, _ port: Int) throws(Failure) {
        var wish = unsafe addrinfo()
        unsafe wish.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe wish.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(address, String(port), &wish, &found)
        defer { if unsafe found != nil { unsafe freeaddrinfo(found) } }
        guard code == 0, let place = unsafe found?.pointee else {
            throw Failure(words: unsafe String(cString: gai_strerror(code)))
        }
        family = unsafe place.ai_family
        bytes = unsafe Array(UnsafeRawBufferPointer(start: place.ai_addr, count: Int(place.ai_addrlen)))
    }

    func bind(_ descriptor: Int32) -> Bool {
        unsafe withName { unsafe Glibc.bind(descriptor, $0, $1) } == 0
    }

    func connect(_ descriptor: Int32) -> Bool {
        unsafe withName { unsafe Glibc.connect(descriptor, $0, $1) } == 0
    }

    private func withName(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        unsafe bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return -1 }
            return unsafe body(start.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
    }
}
