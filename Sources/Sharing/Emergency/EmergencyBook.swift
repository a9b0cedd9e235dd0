public import Disclosure
import Glibc
public import Readings
import Synchronization

/// The disaster modes of a gateway: `<data>/sharing/emergencies`, and each step of them in the audit log.
///
/// A step counts when its record is in the log and the file is written, in this order; killed in between it has not
/// happened, and the log tells that it was tried. Everything ends by itself, after a restart too.
public final class EmergencyBook: Sendable {
    /// So many that have ended are remembered.
    static let endedCountMax = 100
    /// In the place of a grant, for what is told of the modes themselves.
    public static let grant = Agreement.emergencyGrant

    private let path: String
    private let outbox: Outbox
    private let key: Mutex<SigningKey?>
    private let modes: Mutex<[EmergencyMode]>

    /// Reads what there is.
    ///
    /// - Parameter key: signs what partners are told.
    public init(directory: String, outbox: Outbox, key: SigningKey?) throws(OutboxFailure) {
        path = directory + "/emergencies"
        self.outbox = outbox
        self.key = Mutex(key)
        var modes: [EmergencyMode] = []
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        if descriptor >= 0 {
            defer { _ = close(descriptor) }
            let size = lseek(descriptor, 0, SEEK_END)
            guard size >= 0, let bytes = PlacedFile.read(Int(size), from: descriptor, at: 0) else {
                throw OutboxFailure("read", path, errno)
            }
            modes = bytes.split(separator: UInt8(ascii: "\n")).compactMap { EmergencyMode(line: Array($0)) }
        } else if errno != ENOENT {
            throw OutboxFailure("open", path, errno)
        }
        self.modes = Mutex(modes)
    }

    /// All that are not over, then those that are, the latest first.
    public var all: [EmergencyMode] {
        modes.withLock { modes in
            modes.filter { $0.stage != .ended } + modes.filter { $0.stage == .ended }.reversed()
        }
    }

    /// Signs by another key from now on.
    public func sign(with fresh: SigningKey?) {
        key.withLock { $0 = fresh }
    }

    /// Asks for a disaster mode; who asks approves it.
    ///
    /// - Parameters:
    ///   - grants: own ones of the agreement.
    ///   - lasting: nil for as long as the clause allows.
    public func request(
        _ agreement: Agreement,
        grants: [String],
        by name: String,
        lasting: Period?,
        now: Instant
    ) throws -> EmergencyMode {
        guard agreement.status == .active, let clause = agreement.emergency else {
            throw EmergencyRefusal(
                "agreement \(agreement.id) has no emergency clause that is active; both sides have to agree to one first"
            )
        }
        let lasting = lasting ?? clause.maxDuration
        guard lasting > .zero, lasting <= min(clause.maxDuration, Emergency.durationMax) else {
            throw EmergencyRefusal("\(lasting) is too long: the clause allows \(clause.maxDuration) at most")
        }
        guard !grants.isEmpty else {
            throw EmergencyRefusal("no grant is named; write --grant GRANT for each")
        }
        for id in grants {
            guard let grant = agreement.grants.first(where: { $0.id == id }), grant.kind == .own else {
                let known = agreement.grants.filter { $0.kind == .own }.map(\.id).joined(separator: ", ")
                throw EmergencyRefusal(
                    "\(id) is no grant of own values in \(agreement.id); there are: \(known)"
                )
            }
        }
        try check(name, agreement)
        return try step(agreement, now) { modes throws(EmergencyRefusal) in
            guard !modes.contains(where: { $0.agreement == agreement.id && $0.stage != .ended }) else {
                throw EmergencyRefusal(
                    "a disaster mode of \(agreement.id) is requested or active already; end it before another"
                )
            }
            modes.append(
                EmergencyMode(
                    agreement: agreement.id,
                    agreementDigest: agreement.digest,
                    grants: grants,
                    lasting: lasting,
                    approvals: [EmergencyMode.Approval(name: name, at: now)]
                )
            )
            return modes.count - 1
        }
    }

    /// Approves what was requested; with enough approvals it begins.
    public func approve(_ agreement: Agreement, by name: String, now: Instant) throws -> EmergencyMode {
        try check(name, agreement)
        return try step(agreement, now) { modes throws(EmergencyRefusal) in
            let place = modes.firstIndex { $0.agreement == agreement.id && $0.stage == .requested }
            guard let place else {
                throw EmergencyRefusal("no disaster mode of \(agreement.id) waits to be approved")
            }
            guard modes[place].agreementDigest == agreement.digest else {
                throw EmergencyRefusal(
                    "\(agreement.id) was changed since it was requested; end it and ask anew"
                )
            }
            guard !modes[place].approvals.contains(where: { $0.name == name }) else {
                throw EmergencyRefusal("\(name) has approved it already: somebody else has to")
            }
            modes[place].approvals.append(EmergencyMode.Approval(name: name, at: now))
            let needed = max(Emergency.approversMin, agreement.emergency?.approvers ?? 0)
            if modes[place].approvals.count >= needed { modes[place].started = now }
            return place
        }
    }

    /// Ends one, requested or active.
    public func end(_ agreement: Agreement, now: Instant) throws -> EmergencyMode {
        try step(agreement, now) { modes throws(EmergencyRefusal) in
            let place = modes.firstIndex { $0.agreement == agreement.id && $0.stage != .ended }
            guard let place else {
                throw EmergencyRefusal("no disaster mode of \(agreement.id) is there to end")
            }
            modes[place].ended = now
            return place
        }
    }

    /// Ends what is over by itself; what it does not come to now, it does at the next turn.
    ///
    /// A request that nobody approves is over after a day.
    public func expire(_ agreements: [Agreement], now: Instant) {
        for mode in modes.withLock({ $0 }) where mode.stage != .ended {
            let requested = mode.approvals.first?.at ?? .distantPast
            let isOver = mode.until.map { now >= $0 } ?? (now.msSince(requested) >= 86_400_000)
            guard isOver, let agreement = agreements.first(where: { $0.id == mode.agreement }) else {
                continue
            }
            _ = try? step(agreement, now) { modes throws(EmergencyRefusal) in
                guard let place = modes.firstIndex(of: mode) else { throw EmergencyRefusal("is gone") }
                modes[place].ended = min(now, mode.until ?? now)
                return place
            }
        }
    }

    /// A grant as it counts for a bucket.
    func effective(_ grant: Grant, of agreement: Agreement, _ digest: Digest, bucketStart: Instant) -> Grant {
        let end = bucketStart.advanced(byMs: grant.bucket.widthMs)
        let isRaised = modes.withLock { modes in
            modes.contains { mode in
                mode.agreement == agreement.id && mode.agreementDigest == digest
                    && mode.grants.contains(grant.id)
                    && mode.covers(bucketStart: bucketStart, bucketEnd: end)
            }
        }
        guard isRaised, grant.kind == .own else { return grant }
        var raised = grant
        raised.precision = .exact
        return raised
    }

    private func check(_ name: String, _ agreement: Agreement) throws(EmergencyRefusal) {
        guard !name.isEmpty, name.utf8.count <= 64, !name.utf8.contains(where: { $0 < 0x20 }) else {
            throw EmergencyRefusal("nobody is named; write --by NAME")
        }
        guard agreement.approvedBy.isEmpty || agreement.approvedBy.contains(name) else {
            let known = agreement.approvedBy.joined(separator: ", ")
            throw EmergencyRefusal("\(name) does not approve for \(agreement.id); these do: \(known)")
        }
    }

    /// Takes a step: the log and the partner are told of it first, then it counts.
    private func step(
        _ agreement: Agreement,
        _ now: Instant,
        _ change: (inout [EmergencyMode]) throws(EmergencyRefusal) -> Int
    ) throws -> EmergencyMode {
        let key = key.withLock { $0 }
        return try modes.withLock { modes in
            var fresh = modes
            let mode = fresh[try change(&fresh)]
            let payload = mode.notice(agreement, at: now)
            let entry = OutboxEntry(
                agreement: agreement.id,
                grant: Self.grant,
                bucketStart: now,
                topic: Release.topic(agreement, Self.grant),
                payload: payload,
                retain: true,
                agreementDigest: agreement.digest,
                jws: key.map { DetachedJWS.sign(payload, with: $0) } ?? ""
            )
            _ = try outbox.add(entry)
            try outbox.settle(at: now)
            let ended = fresh.indices.filter { fresh[$0].stage == .ended }
            for place in ended.dropLast(Self.endedCountMax).reversed() { fresh.remove(at: place) }
            let bytes = fresh.flatMap { $0.line + [UInt8(ascii: "\n")] }
            let code = PlacedFile.replace(path, with: bytes)
            guard code == 0 else { throw OutboxFailure("write", path, code) }
            modes = fresh
            return mode
        }
    }
}

extension Agreement {
    /// Of the text that equal agreements share.
    var digest: Digest { Digest(of: Array(canonicalText.utf8)) }
}
