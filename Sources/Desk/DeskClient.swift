import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix

/// Why the desk gave no answer; its text says what to do next.
public enum DeskFailure: Error, Sendable, CustomStringConvertible {
    /// Nobody listens on the socket.
    case unreachable(socket: String, why: String)
    /// The desk answered, but not with what was asked for.
    case refused(status: Int, text: String)
    /// The answer could not be read: most likely another version of the daemon.
    case unreadable(String)

    /// One line for the operator.
    public var description: String {
        switch self {
        case .unreachable(let socket, let why):
            "no daemon answers at \(socket) (\(why)); start it with: tsunagi run --config FILE"
        case .refused(_, let text): text
        case .unreadable(let text):
            "the daemon's answer could not be read (\(text)); do daemon and command have the same version?"
        }
    }
}

/// Asks a running daemon over its Unix socket.
public struct DeskClient: Sendable {
    private let socket: String

    /// - Parameter socket: the path of the daemon's socket.
    public init(socket: String) {
        self.socket = socket
    }

    /// The decoded answer of `GET <path>?<query>`.
    ///
    /// - Throws: ``DeskFailure``.
    public func get<Answer: Decodable>(
        _ path: String,
        _ query: [(String, String)] = [],
        as answer: Answer.Type = Answer.self
    ) async throws -> Answer {
        try await ask(.GET, path, query)
    }

    /// The decoded answer of `POST <path>?<query>`, by which the daemon does something.
    ///
    /// - Throws: ``DeskFailure``; ``DeskFailure/unreadable(_:)`` when the daemon ended before it answered.
    public func post<Answer: Decodable>(
        _ path: String,
        _ query: [(String, String)] = [],
        as answer: Answer.Type = Answer.self
    ) async throws -> Answer {
        try await ask(.POST, path, query)
    }

    private func ask<Answer: Decodable>(
        _ method: HTTPMethod,
        _ path: String,
        _ query: [(String, String)]
    ) async throws -> Answer {
        var body = ByteBuffer()
        try await stream(method, path, query) { piece in body.writeImmutableBuffer(piece) }
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(body.readableBytesView))
        } catch {
            throw DeskFailure.unreadable("\(error)")
        }
    }

    /// Each line of a stream that goes on until the daemon or the caller ends it.
    public func lines(
        _ path: String,
        _ query: [(String, String)] = [],
        each: (String) throws -> Void
    ) async throws {
        var rest = ByteBuffer()
        try await stream(.GET, path, query) { piece in
            rest.writeImmutableBuffer(piece)
            while let end = rest.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                let line = rest.readString(length: end - rest.readerIndex) ?? ""
                rest.moveReaderIndex(forwardBy: 1)
                try each(line)
            }
            rest.discardReadBytes()
        }
    }

    private func stream(
        _ method: HTTPMethod,
        _ path: String,
        _ query: [(String, String)],
        take: (ByteBuffer) throws -> Void
    ) async throws {
        let channel = try await connect()
        try await channel.executeThenClose { inbound, outbound in
            var head = HTTPRequestHead(version: .http1_1, method: method, uri: path + encode(query))
            head.headers.add(name: "host", value: "tsunagi")
            if method == .POST { head.headers.add(name: "content-length", value: "0") }
            // In one go: the desk answers as soon as it has the head.
            try await outbound.write(contentsOf: [.head(head), .end(nil)])
            var status = HTTPResponseStatus.ok
            var refusal = ByteBuffer()
            for try await part in inbound {
                switch part {
                case .head(let head): status = head.status
                case .body(let piece):
                    if status == .ok { try take(piece) } else { refusal.writeImmutableBuffer(piece) }
                case .end:
                    guard status == .ok else {
                        throw DeskFailure.refused(status: Int(status.code), text: text(of: refusal, status))
                    }
                    return
                }
            }
            throw DeskFailure.unreadable("it broke off")
        }
    }

    private typealias Link = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private func connect() async throws -> Link {
        do {
            return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(.seconds(5))
                .connect(unixDomainSocketPath: socket) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        return try Link(wrappingChannelSynchronously: channel)
                    }
                }
        } catch {
            throw DeskFailure.unreachable(socket: socket, why: "\(error)")
        }
    }

    private func text(of refusal: ByteBuffer, _ status: HTTPResponseStatus) -> String {
        struct Refusal: Decodable { let error: String }
        let data = Data(refusal.readableBytesView)
        if let told = try? JSONDecoder().decode(Refusal.self, from: data) { return told.error }
        return "the daemon answered \(status.code) \(status.reasonPhrase)"
    }

    /// Percent-encodes all but the unreserved characters of RFC 3986.
    private func encode(_ query: [(String, String)]) -> String {
        func escaped(_ value: String) -> String {
            value.utf8.map { byte in
                let isPlain =
                    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || "-._~".utf8.contains(byte)
                if isPlain { return String(UnicodeScalar(byte)) }
                let digits = String(byte, radix: 16, uppercase: true)
                return digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }.joined()
        }
        guard !query.isEmpty else { return "" }
        return "?" + query.map { "\($0.0)=\(escaped($0.1))" }.joined(separator: "&")
    }
}
