import Bus
import Desk
import Settings
import Sharing
import Synchronization

/// The broker: whether it is there, lets us in, and keeps enough for us while we are away.
extension Doctor {
    mutating func lookAtBroker() async {
        switch settings.broker {
        case .managed(let choice): lookAtManaged(choice)
        case .external(let options): await lookAtExternal(options)
        }
    }

    private mutating func lookAtManaged(_ choice: ManagedChoice) {
        if let trouble = BusGround.managedTrouble {
            return note(
                "broker",
                .fail,
                Phrase("\(trouble)", "\(trouble)"),
                Phrase("apt install mosquitto", "apt install mosquitto")
            )
        }
        let place = "\(choice.listenHost):\(choice.listenPort)"
        if report != nil {
            if BusGround.answers(address: choice.listenHost, port: choice.listenPort) {
                ok("broker", Phrase("managed, answers on \(place)", "管理ブローカーが \(place) で応答"))
            } else if choice.listenPort != 0 {
                note(
                    "broker",
                    .fail,
                    Phrase("managed, and does not answer on \(place)", "管理ブローカーが \(place) で応答しません"),
                    Phrase(
                        "look at the daemon's log: journalctl -u tsunagi",
                        "ログを確認してください: journalctl -u tsunagi"
                    )
                )
            }
        } else if let trouble = BusGround.listenTrouble(address: choice.listenHost, port: choice.listenPort) {
            note("broker", .fail, Phrase("\(trouble)", "\(trouble)"), nil)
        } else {
            ok("broker", Phrase("managed, \(place) is free for it", "管理ブローカー用の \(place) は空いています"))
        }
    }

    private mutating func lookAtExternal(_ options: BusOptions) async {
        let gateway = settings.gateway.id
        switch await QueueProbe(options, gateway: gateway).run() {
        case .refused(let why):
            note("broker", .fail, Phrase("\(options.address): \(why)", "\(options.address): \(why)"), nil)
        case .unseen:
            note(
                "broker",
                .warn,
                Phrase(
                    "\(options.address) lets us in, but delivers nothing on \(QueueProbe.topic(of: gateway))",
                    "\(options.address) に接続できますが、\(QueueProbe.topic(of: gateway)) は配信されません"
                ),
                Phrase(
                    "let \(options.identity.user ?? options.identity.clientID) read and write tsunagi/v1/# there: "
                        + "tsunagi partner rights prints the rules",
                    "tsunagi/v1/# の読み書きを許可してください(tsunagi partner rights が規則を表示します)"
                )
            )
        case .keeps(let count) where count < QueueProbe.count:
            note("broker", .warn, shortQueue(options, count), advice)
        case .keeps:
            ok(
                "broker",
                Phrase(
                    "\(options.address) keeps at least \(Words.grouped(QueueProbe.count)) messages for a client that is away",
                    "\(options.address) は不在中のメッセージを少なくとも \(Words.grouped(QueueProbe.count)) 件保持します"
                )
            )
        }
    }

    private func shortQueue(_ options: BusOptions, _ count: Int) -> Phrase {
        let kept = Words.grouped(count)
        guard let rate = report?.broker.messagesPerSecond, rate > 0 else {
            return Phrase(
                "\(options.address) keeps \(kept) messages for a client that is away, and drops the rest silently",
                "\(options.address) は不在中のメッセージを \(kept) 件しか保持せず、残りは通知なく捨てます"
            )
        }
        let span = Words.number(Double(count) / rate, decimals: 1)
        return Phrase(
            "\(options.address) keeps \(kept) messages for a client that is away: \(span) s of your traffic; it drops the "
                + "rest silently",
            "\(options.address) は不在中のメッセージを \(kept) 件(現在の流量で \(span) 秒分)しか保持せず、残りは通知なく捨てます"
        )
    }

    private var advice: Phrase {
        Phrase(
            "max_queued_messages 200000 in mosquitto.conf, then restart the broker",
            "mosquitto.conf に max_queued_messages 200000 を書き、ブローカーを再起動してください"
        )
    }
}

/// Finds out how many messages a broker keeps for a client that is away: leaves a session behind, publishes, and comes
/// back to count.
struct QueueProbe {
    enum Outcome {
        case refused(String)
        /// It lets us in, and what we publish does not come back.
        case unseen
        /// Of ``QueueProbe/count`` that were published.
        case keeps(Int)
    }

    /// More than Debian's mosquitto keeps by default, 1,000, and what is under way besides.
    static let count = 1200
    private static let waitSeconds = 5.0

    private let options: BusOptions
    private let topic: String

    init(_ options: BusOptions, gateway: String) {
        var options = options
        options.identity.clientID = "tsunagi-\(gateway)-doctor"
        options.filtersBefore = []
        options.will = nil
        // Gone by itself if we do not come back.
        options.sessionExpirySeconds = 60
        topic = QueueProbe.topic(of: gateway)
        options.filters = [topic]
        self.options = options
    }

    static func topic(of gateway: String) -> String { "tsunagi/v1/g/\(gateway)/doctor" }

    func run() async -> Outcome {
        var voice = options
        (voice.identity.clientID, voice.filters) = (voice.identity.clientID + "-voice", [])
        let publisher = BusPublisher(voice, queueLimit: QueueProbe.count + 1)
        publisher.start()
        defer { publisher.stop() }
        // An ear for a first message: the session stands, and the rights are there.
        let first = Tally()
        let ear = link(first, options)
        let isIn = await met { ear.status.state == .online || ear.status.lastError != nil }
        guard isIn, ear.status.state == .online else {
            let why = ear.status.lastError ?? "no answer within \(Int(QueueProbe.waitSeconds)) s"
            ear.stop()
            return .refused(why)
        }
        publish(1, by: publisher)
        let isSeen = await met { first.count > 0 }
        ear.stop()
        guard isSeen else { return await leave(.unseen) }
        publish(QueueProbe.count, by: publisher)
        guard await met({ publisher.status.queued == 0 }) else { return await leave(.unseen) }
        let second = Tally()
        let again = link(second, options)
        var last = -1
        _ = await met(every: 300) {
            defer { last = second.count }
            return second.count >= QueueProbe.count || (second.count > 0 && second.count == last)
        }
        again.stop()
        return await leave(.keeps(second.count))
    }

    /// Ends the session at the broker.
    private func leave(_ outcome: Outcome) async -> Outcome {
        var last = options
        last.sessionExpirySeconds = 0
        let end = link(Tally(), last)
        _ = await met { end.status.state == .online }
        end.stop()
        return outcome
    }

    private func publish(_ count: Int, by publisher: BusPublisher) {
        for number in 0..<count {
            publisher.publish(BusMessage(topic: topic, payload: Array("\(number)".utf8))) { _ in }
        }
    }

    private func link(_ tally: Tally, _ options: BusOptions) -> BusLink {
        let link = BusLink(
            options,
            sink: BusSink(take: { _, _, _ in tally.add() }, settle: {})
        )
        link.start()
        return link
    }

    /// Whether something comes true in time.
    private func met(every milliseconds: Int = 10, _ isTrue: () -> Bool) async -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(QueueProbe.waitSeconds)
        while clock.now < end {
            if isTrue() { return true }
            // Cancelled means that nobody waits for the answer.
            try? await Task.sleep(for: .milliseconds(milliseconds))
        }
        return isTrue()
    }
}

/// Messages that a link's thread took.
private final class Tally: Sendable {
    private let taken = Atomic<Int>(0)

    var count: Int { taken.load(ordering: .relaxed) }

    func add() { taken.add(1, ordering: .relaxed) }
}
