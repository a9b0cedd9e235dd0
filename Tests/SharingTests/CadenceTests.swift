import Disclosure
import Readings
import Sharing
import Testing

/// When a grant says something, beyond every bucket from now on.
@Suite struct CadenceTests {
    private static func at(_ minute: Int64) -> Instant { Instant(milliseconds: minute * 60_000 + 2000) }

    /// The start of each bucket that was said something of, in minutes.
    private static func minutes(_ outbox: Outbox) -> [Int64] {
        outbox.pending.map { $0.bucketStart.milliseconds / 60_000 }
    }

    @Test("onChange: a bucket that is as the one before it is gone by, and the clock goes on")
    func onChange() throws {
        let bench = try ClockBench()
        var agreement = bench.agreement(.active)
        agreement.grants[0].cadence = .onChange
        let outbox = try bench.outbox()
        let clock = bench.clock(outbox, agreement, now: 0)
        // Nothing is known for three minutes, then 50 for three, then 60; what is late of the past changes nothing.
        clock.tick(now: Self.at(3))
        try bench.commit(level: 50, "棚A")
        clock.tick(now: Self.at(6))
        try bench.commit("棚A", "stock/ボルト-M8", .gauge, "pcs", [(361_000, 60), (362_000, 60)])
        clock.tick(now: Self.at(8))
        #expect(Self.minutes(outbox) == [0, 3, 6])
        #expect(clock.status[0].lastBucketEnd == Instant(milliseconds: 480_000))
        let texts = outbox.pending.map { String(decoding: $0.payload, as: UTF8.self) }
        #expect(texts[0].contains("withheld") && texts[1].contains(":50,") && texts[2].contains(":60,"))

        // After a start once more, and none of those that were gone by.
        let again = try bench.outbox()
        bench.clock(again, agreement, now: 480_000).tick(now: Self.at(10))
        #expect(Self.minutes(again) == [0, 3, 6, 8])
    }

    @Test("historyBuckets: a new feed begins so many buckets ago, within its validity, and only once")
    func history() throws {
        let bench = try ClockBench()
        let levels = (0..<10).map { (1000 + Int64($0) * 60_000, Double($0)) }
        try bench.commit("棚A", "stock/ボルト-M8", .gauge, "pcs", levels)
        var agreement = bench.agreement(.active)
        agreement.grants[0].historyBuckets = 5
        let outbox = try bench.outbox()
        bench.clock(outbox, agreement, now: 600_000).tick(now: Self.at(10))
        #expect(Self.minutes(outbox) == [5, 6, 7, 8, 9])
        let texts = outbox.pending.map { String(decoding: $0.payload, as: UTF8.self) }
        #expect(texts.enumerated().allSatisfy { $1.contains("\"value\":\($0 + 5),") }, "\(texts)")
        let again = try bench.outbox()
        bench.clock(again, agreement, now: 660_000).tick(now: Self.at(11))
        #expect(Self.minutes(again) == [5, 6, 7, 8, 9, 10])

        bench.removeOutbox()
        agreement.validity.notBefore = Instant(milliseconds: 500_000)
        let young = try bench.outbox()
        bench.clock(young, agreement, now: 600_000).tick(now: Self.at(10))
        #expect(Self.minutes(young) == [8, 9])
    }

    @Test("a notice leaves signed and once, holds nothing up until it is over, and goes with the agreement")
    func notice() throws {
        let bench = try ClockBench()
        let key = SigningKey.make(id: "k-1")
        var agreement = bench.agreement(.active)
        agreement.revocation.noticeSeconds = 120
        let outbox = try bench.outbox()
        let given = Instant(milliseconds: 60_000)
        let record = RevocationRecord(agreement, at: given, noticeSeconds: 120)
        try outbox.announce(record, of: agreement, key: key, at: given)
        let entry = try #require(outbox.publishable.first)
        #expect(entry.topic == "tsunagi/v1/p/buyer-1/agr-1/notice" && entry.retain)
        #expect(
            String(decoding: entry.payload, as: UTF8.self) == """
                {"type":"tsunagi.notice/1","agreement":"agr-1","version":1,"given":"1970-01-01T00:01:00.000Z",\
                "ends":"1970-01-01T00:03:00.000Z"}
                """
        )
        try DetachedJWS.verify(entry.jws, of: entry.payload, by: [key.verifying()], at: given)
        let book = RevocationBook("\(bench.folder)/revocations")
        try book.keep(record)
        #expect(try book.all() == [record])
        for (ms, status) in [(179_999 as Int64, AgreementStatus.active), (180_000, .revoked)] {
            let now = Instant(milliseconds: ms)
            let standing = [agreement].revoked(by: try book.all(), at: now)
            #expect(standing.map(\.status) == [status])
            try outbox.withdraw(unlessGrantedBy: standing, at: now)
            let cleared = outbox.pending.filter { $0.payload.isEmpty }.map(\.topic)
            let topics = ["g-1", "notice"].map { "tsunagi/v1/p/buyer-1/agr-1/\($0)" }
            #expect(cleared == (status == .active ? [] : topics))
        }
    }
}
