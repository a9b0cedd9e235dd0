import Bus
import Disclosure
import Readings
import Settings
import Sharing
import Synchronization

/// Lets into a hub what its members release to it: each under its own consents alone, whatever broker it comes by, and
/// signed where its keys are known.
///
///     broker ─▶ BusLink ─▶ [ whose agreement? which link? whose signature? ] ─▶ Intake
final class MemberGate: Sendable {
    /// What of a member was not let in.
    private struct Refused {
        var count = 0
        var last = ""
    }

    private struct State {
        /// By recipient and agreement, as in a topic, who provides under it.
        var providers: [String: String]
        /// By member.
        var keys: [String: [VerifyingKey]]
        /// By member.
        var refused: [String: Refused] = [:]
    }

    private static var root: StaticString { "tsunagi/v1/p/" }

    private let members: [MemberOptions]
    private let state: Mutex<State>

    /// - Throws: ``Trouble`` when a member's keys cannot be read.
    init(_ settings: Settings) throws(Trouble) {
        members = settings.members
        let providers = Self.providers(settings.consents ?? [])
        state = Mutex(State(providers: providers, keys: try Self.keys(of: members)))
    }

    /// Goes by other consents, and by the keys that stand in the members' files now.
    ///
    /// - Throws: ``Trouble`` when those cannot be read; the old ones count on.
    func adopt(_ consents: [Agreement]) throws(Trouble) {
        state.withLock { $0.providers = Self.providers(consents) }
        let fresh = try Self.keys(of: members)
        state.withLock { $0.keys = fresh }
    }

    /// Whether signatures are asked for at all.
    var asksForSignatures: Bool { members.contains { $0.keysFile != nil } }

    /// Whether a message may come in.
    ///
    /// - Parameters:
    ///   - member: whose broker it comes from; nil for the hub's own, which others but members may use too.
    ///   - signature: that goes along, if one does.
    func admits(_ topic: Span<UInt8>, _ payload: Span<UInt8>, from member: String?, signature: () -> String?)
        -> Bool
    {
        guard let place = Self.place(topic) else { return member == nil }
        let (provider, keys) = state.withLock { state in
            let provider = state.providers[place]
            return (provider, provider.flatMap { state.keys[$0] })
        }
        if let member, provider != member {
            return refuse(member, "\(place) is no consent of its own")
        }
        // What was cleared.
        guard let provider, let keys, !payload.isEmpty else { return true }
        guard let signature = signature() else {
            return refuse(provider, "a release of \(place) came unsigned")
        }
        let bytes = unsafe payload.withUnsafeBufferPointer { unsafe Array($0) }
        do throws(SignatureFault) {
            try DetachedJWS.verify(signature, of: bytes, by: keys, at: WallClock.now)
        } catch {
            return refuse(provider, "a release of \(place): \(error)")
        }
        // What was signed for somebody else is no release to us, whoever brings it here.
        guard let agreement = Release.agreement(in: bytes), place.hasSuffix("/\(agreement)") else {
            return refuse(provider, "a release of \(place) was signed under another agreement")
        }
        return true
    }

    /// What was not let in, a line for each member.
    var faults: [String] {
        state.withLock { state in
            state.refused.sorted { $0.key < $1.key }.map { member, refused in
                "member \(member): \(refused.count) releases were not let in, last: \(refused.last)"
            }
        }
    }

    /// What is subscribed to at a member's broker: its own consents.
    static func filters(of member: String, _ consents: [Agreement]) -> [String] {
        consents.filter { $0.provider.id == member }.map { "\(Self.root)\(place(of: $0))/#" }
    }

    private func refuse(_ member: String, _ why: String) -> Bool {
        state.withLock { state in
            state.refused[member, default: Refused()].count += 1
            state.refused[member]?.last = why
        }
        return false
    }

    private static func providers(_ consents: [Agreement]) -> [String: String] {
        Dictionary(consents.map { (place(of: $0), $0.provider.id) }) { first, _ in first }
    }

    /// `chamber/con-ota`, as it stands in topics.
    private static func place(of consent: Agreement) -> String { "\(consent.recipient.id)/\(consent.id)" }

    /// The same of a release's topic; nil of any other.
    private static func place(_ topic: Span<UInt8>) -> String? {
        guard topic.startsWith(Self.root) else { return nil }
        let rest = topic.extracting(Self.root.utf8CodeUnitCount...)
        var slashes = 0
        for index in rest.indices where rest[index] == UInt8(ascii: "/") {
            slashes += 1
            guard slashes == 2 else { continue }
            return unsafe rest.extracting(..<index).withUnsafeBufferPointer {
                unsafe String(decoding: $0, as: UTF8.self)
            }
        }
        return nil
    }

    private static func keys(of members: [MemberOptions]) throws(Trouble) -> [String: [VerifyingKey]] {
        var keys: [String: [VerifyingKey]] = [:]
        for member in members {
            guard let file = member.keysFile else { continue }
            guard case .bytes(let bytes, _) = FileSource.disk.read(file, 1 << 16),
                let set = KeySet(json: bytes), !set.keys.isEmpty
            else {
                throw Trouble(
                    "error: \(file) holds no keys of \(member.id); write there what tsunagi keys show --json prints at"
                        + " its gateway"
                )
            }
            keys[member.id] = set.keys
        }
        return keys
    }
}
