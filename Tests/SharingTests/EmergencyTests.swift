import Disclosure
import Foundation
import Plant
import Readings
import RingStore
import Sharing
import Testing

/// Disaster modes, from the request to the end.
@Suite("Disaster modes") struct EmergencyTests {
    private let day: Int64 = 86_400_000
    private let start = Instant(milliseconds: 600_000)

    private func agreement(approvers: Int = 2) -> Agreement {
        var agreement = HubBench.pooled(["a", "b", "c"], id: "supply-1", recipient: "buyer-1")
        var stock = agreement.grants[0]
        stock.id = "stock"
        stock.kind = .own
        stock.contributors = []
        stock.aggregate = .last
        stock.disclosure = DisclosureLimits()
        agreement.grants.append(stock)
        agreement.approvedBy = ["工場長", "営業部長", "総務部長"]
        agreement.emergency = Emergency(
            trigger: "地震",
            maxDuration: Period(milliseconds: 14 * day),
            approvers: approvers
        )
        return agreement
    }

    private func refusal(_ step: () throws -> EmergencyMode) -> String {
        do {
            return "taken: \(try step().stage)"
        } catch {
            return "\(error)"
        }
    }

    @Test("two people approve named own grants, for two weeks at most, and each step is in the audit log")
    func approvals() throws {
        let bench = try HubBench()
        let outbox = try bench.outbox()
        let key = SigningKey.make(id: "k-1")
        let book = try EmergencyBook(directory: bench.folder + "/out", outbox: outbox, key: key)
        let agreement = agreement()
        func ask(_ grants: [String], by name: String = "工場長", days: Int64 = 3) -> String {
            refusal {
                try book.request(
                    agreement,
                    grants: grants,
                    by: name,
                    lasting: Period(milliseconds: days * day),
                    now: start
                )
            }
        }
        #expect(ask([]).contains("no grant is named"))
        #expect(ask(["total"]).contains("no grant of own values"))
        #expect(ask(["stock"], by: "見習い").contains("does not approve"))
        #expect(ask(["stock"], by: "").contains("nobody is named"))
        #expect(ask(["stock"], days: 15).contains("too long"))
        #expect(
            refusal { try book.approve(agreement, by: "工場長", now: start) }.contains("waits to be approved")
        )
        #expect(outbox.audit.head.size == 0)
        #expect(ask(["stock"]) == "taken: requested")
        #expect(ask(["stock"]).contains("already"))
        #expect(refusal { try book.approve(agreement, by: "工場長", now: start) }.contains("somebody else"))
        var changed = agreement
        changed.version = 2
        #expect(refusal { try book.approve(changed, by: "営業部長", now: start) }.contains("was changed"))
        #expect(try book.approve(agreement, by: "営業部長", now: start).stage == .active)
        #expect(try book.end(agreement, now: start.advanced(byMs: 1000)).stage == .ended)
        #expect(outbox.audit.head.size == 3)
        let notices = outbox.publishable
        #expect(notices.allSatisfy { $0.topic == "tsunagi/v1/p/buyer-1/supply-1/emergency" && $0.retain })
        let texts = notices.map { String(decoding: $0.payload, as: UTF8.self) }
        #expect(
            zip(texts, ["requested", "active", "ended"]).allSatisfy { $0.contains("\"state\":\"\($1)\"") }
        )
        #expect(texts[1].contains("\"approvedBy\":[\"工場長\",\"営業部長\"]"))
        for notice in notices {
            try DetachedJWS.verify(notice.jws, of: notice.payload, by: [key.verifying()], at: start)
        }
        let plain = HubBench.pooled(["a", "b", "c"])
        #expect(
            refusal { try book.request(plain, grants: ["total"], by: "x", lasting: nil, now: start) }
                .contains(
                    "no emergency clause"
                )
        )
    }

    @Test(
        "exact while it lasts, by the named grant alone, as long as ever; over by itself, whatever the clock does"
    )
    func effect() throws {
        let bench = try HubBench()
        let outbox = try bench.outbox()
        var agreement = agreement()
        agreement.grants.removeFirst()
        var other = agreement.grants[0]
        other.id = "other"
        agreement.grants.append(other)
        func book() throws -> EmergencyBook {
            try EmergencyBook(directory: bench.folder + "/out", outbox: outbox, key: nil)
        }
        let first = try book()
        _ = try first.request(
            agreement,
            grants: ["stock"],
            by: "工場長",
            lasting: Period(milliseconds: 180_000),
            now: Instant(milliseconds: 60_000)
        )
        #expect(try first.approve(agreement, by: "営業部長", now: Instant(milliseconds: 60_000)).stage == .active)
        try bench.level(1234, site: "tokai", at: 0)
        let clock = ReleaseClock(
            agreements: [agreement],
            outbox: outbox,
            // After a restart.
            emergencies: try book(),
            now: Instant(milliseconds: 0),
            view: { [plant = bench.plant, store = bench.store] in plant.view(over: store.snapshot()) }
        )
        clock.tick(now: Instant(milliseconds: 362_000))
        let releases = outbox.pending.filter { !$0.grant.hasPrefix("emergency") }
        func values(_ grant: String) throws -> [Double?] {
            try releases.filter { $0.grant == grant }.map {
                try JSONDecoder().decode(ReadRelease.self, from: Data($0.payload)).values?.first?.value
            }
        }
        // Buckets that lie wholly within the three minutes.
        #expect(try values("stock") == [1230, 1234, 1234, 1234, 1230, 1230])
        #expect(try values("other") == Array(repeating: 1230, count: 6))
        #expect(Set(releases.map(\.payload.count)).count <= 2, "a length for each grant")
        let texts = releases.filter { $0.grant == "stock" }.map {
            String(decoding: $0.payload, as: UTF8.self)
        }
        #expect(texts.map { $0.contains("\"mode\":\"exact\"") } == [false, true, true, true, false, false])
        // A clock that jumps past the end and back: it stays over, in this run and in the next.
        let later = try book()
        later.expire([agreement], now: Instant(milliseconds: 100_000))
        #expect(later.all.map(\.stage) == [.active])
        later.expire([agreement], now: Instant(milliseconds: 10 * day))
        #expect(later.all.map(\.stage) == [.ended])
        #expect(later.all[0].until == Instant(milliseconds: 240_000))
        later.expire([agreement], now: Instant(milliseconds: 100_000))
        #expect(try book().all.map(\.stage) == [.ended])
        #expect(
            refusal { try later.approve(agreement, by: "総務部長", now: start) }.contains("waits to be approved")
        )
    }

    @Test("what nobody approves is over after a day; a log that cannot be written lets nothing begin")
    func unapproved() throws {
        let bench = try HubBench()
        let book = try EmergencyBook(directory: bench.folder + "/out", outbox: try bench.outbox(), key: nil)
        let agreement = agreement()
        _ = try book.request(agreement, grants: ["stock"], by: "工場長", lasting: nil, now: start)
        book.expire([agreement], now: start.advanced(byMs: day - 1))
        #expect(book.all.map(\.stage) == [.requested])
        book.expire([agreement], now: start.advanced(byMs: day))
        #expect(book.all.map(\.stage) == [.ended])

        let full = try HubBench()
        symlink("/dev/full", full.folder + "/out/audit.log")
        let stuck = try EmergencyBook(directory: full.folder + "/out", outbox: try full.outbox(), key: nil)
        #expect(
            refusal {
                try stuck.request(agreement, grants: ["stock"], by: "工場長", lasting: nil, now: start)
            }.contains("nothing is published")
        )
        #expect(stuck.all.isEmpty)
    }
}
