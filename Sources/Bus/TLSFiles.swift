internal import Glibc
public import Readings

/// A file of certificates that a link uses.
public struct CertificateStatus: Hashable, Sendable {
    /// As the configuration names it.
    public var file: String
    /// The earliest end of those in it.
    public var end: Instant

    /// A file, and when the first of its certificates ends.
    public init(file: String, end: Instant) {
        self.file = file
        self.end = end
    }

    /// Reads a PEM file; nil when no certificate in it can be read.
    public init?(file: String) {
        guard let end = TLSFiles.bytes(file).flatMap({ CertificateDates.end(pem: $0) }) else { return nil }
        self.init(file: file, end: end)
    }

    /// What to tell of it: from thirty days before its end on, then from seven, from one, and when it has ended; nil
    /// before.
    public func warning(at now: Instant) -> String? {
        if end <= now { return "ended on \(end.iso8601); renew it" }
        let leftMs = end.msSince(now)
        guard let days = [1, 7, 30].first(where: { leftMs <= Int64($0) * 86_400_000 }) else { return nil }
        return
            "ends within \(days == 1 ? "a day" : "\(days) days"), on \(end.iso8601); renew it, the new one is used within a "
            + "minute"
    }
}

/// The PEM files of a link: until when they are good, and whether they were renewed on the disk.
struct TLSFiles: Sendable {
    /// A renewed file is used within a minute.
    static let lookNs: Int64 = 10_000_000_000

    private let options: TLSOptions
    private let before: [String]
    private var last: [String]
    private var lookedNs: Int64

    /// Nil for a link without TLS.
    init?(_ address: BrokerAddress, nowNs: Int64) {
        guard case .tls(_, _, let options) = address else { return nil }
        self.options = options
        before = TLSFiles.marks(options)
        last = before
        lookedNs = nowNs
    }

    private static func paths(_ options: TLSOptions) -> [String] {
        [options.caFile, options.certificateFile, options.keyFile].compactMap { $0 }
    }

    /// What changes when a file is written anew or another one takes its name.
    private static func marks(_ options: TLSOptions) -> [String] {
        paths(options).map { path in
            var facts = stat()
            guard unsafe stat(path, &facts) == 0 else { return "" }
            return "\(facts.st_ino) \(facts.st_size) \(facts.st_mtim.tv_sec).\(facts.st_mtim.tv_nsec)"
        }
    }

    /// Whether all files are there and some are other ones than at the beginning; looked at every ten seconds, and told
    /// only when nothing has changed since the look before: whoever renews several files is done then.
    mutating func areRenewed(nowNs: Int64) -> Bool {
        guard nowNs - lookedNs >= TLSFiles.lookNs else { return false }
        lookedNs = nowNs
        let marks = TLSFiles.marks(options)
        defer { last = marks }
        return marks != before && marks == last && !marks.contains("")
    }

    /// The dates of authority and certificate, as far as they can be read.
    var certificates: [CertificateStatus] {
        [options.caFile, options.certificateFile].compactMap { $0 }.compactMap { CertificateStatus(file: $0) }
    }

    fileprivate static func bytes(_ path: String) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= CertificateDates.bytesMax {
            let count = unsafe read(descriptor, &piece, piece.count)
            if count < 0 { return nil }
            if count == 0 { return bytes }
            bytes += piece[..<count]
        }
        return nil
    }
}
