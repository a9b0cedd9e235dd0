import NIOPosix
import Readings
import Synchronization

/// Tells by name and password who somebody is, and lets nobody guess for long.
final class Logins: Sendable {
    enum Answer: Hashable, Sendable {
        case welcome(BoardUser)
        case wrong
        /// Too many were wrong; come again after so many seconds.
        case wait(Int)
    }

    /// So many may be wrong from one address, within ``windowSeconds``.
    static let wrongPerAddress = 5
    /// From all addresses together, of one name: more, lest a stranger lock an operator out.
    static let wrongPerName = 20
    static let windowSeconds = 60.0
    /// Asked at once: each takes 32 MiB and a quarter of a second of a core.
    private static let waitingMax = 4
    /// More addresses and names than this are not told apart.
    private static let countMax = 4096

    private struct State {
        var wrong: [String: [Double]] = [:]
        var waiting = 0
        /// Who was welcome lately, for programs that bring their password along each time.
        var known: [String: (user: BoardUser, until: Double)] = [:]
    }

    private let state = Mutex(State())
    private let book: @Sendable () -> [BoardUser]
    private let uptime: @Sendable () -> Double
    private let key = Secrets.randomBytes(32)
    /// Is asked for those whom nobody knows: a name must not be told by the time that the answer takes.
    private let nobody: [UInt8] = Secrets.randomBytes(16)

    init(book: @escaping @Sendable () -> [BoardUser], uptime: @escaping @Sendable () -> Double) {
        (self.book, self.uptime) = (book, uptime)
    }

    func ask(name: String, password: String, from address: String) async -> Answer {
        let now = uptime()
        let places = [("a" + address, Self.wrongPerAddress), ("n" + name, Self.wrongPerName)]
        let rest: Int? = state.withLock { state in
            for (place, most) in places {
                let wrong = (state.wrong[place] ?? []).filter { now - $0 < Self.windowSeconds }
                state.wrong[place] = wrong.isEmpty ? nil : wrong
                if wrong.count >= most { return Int(Self.windowSeconds - (now - wrong[0])) + 1 }
            }
            if state.waiting >= Self.waitingMax { return 2 }
            state.waiting += 1
            // Counted before it is known to be wrong: many at once are no way round.
            if state.wrong.count < Self.countMax {
                for (place, _) in places { state.wrong[place, default: []].append(now) }
            }
            return nil
        }
        if let rest { return .wait(rest) }
        let user = book().first { $0.name == name }
        let isRight = try? await NIOThreadPool.singleton.runIfActive { [nobody] in
            guard let user, password.utf8.count <= 1024 else {
                _ = Secrets.slowHash("", salt: nobody)
                return false
            }
            return user.has(password: password)
        }
        state.withLock { state in
            state.waiting -= 1
            guard isRight == true else { return }
            for (place, _) in places { state.wrong[place]?.removeAll { $0 == now } }
        }
        guard isRight == true, let user else { return .wrong }
        return .welcome(user)
    }

    /// The same for a program that sends name and password with each request: those that were right lately are not
    /// hashed anew.
    func askAgain(name: String, password: String, from address: String) async -> Answer {
        let place = Secrets.seal("\(name)\n\(password)", key)
        let now = uptime()
        let known = state.withLock { $0.known[place] }
        if let known, known.until > now, book().contains(known.user) { return .welcome(known.user) }
        let answer = await ask(name: name, password: password, from: address)
        if case .welcome(let user) = answer {
            state.withLock { state in
                if state.known.count >= 256 { state.known.removeAll() }
                state.known[place] = (user, now + 300)
            }
        }
        return answer
    }
}
