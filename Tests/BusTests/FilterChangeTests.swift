import Bus
import Foundation
import Synchronization
import Testing

@Suite("filters that change under load")
struct FilterChangeTests {
    @Test(
        "a filter that takes another's place costs no message and doubles none, though all are alike",
        arguments: ["allow_duplicate_messages true", "allow_duplicate_messages false"]
    )
    func overlapping(more: String) throws {
        let broker = try BrokerFixture(more: more)
        let tally = Tally()
        let link = link(broker.address, "棚", filters: ["stock/+/move"], tally: tally)
        link.start()
        #expect(soon { link.status.state == .online })
        let sensor = BusPublisher(
            BusOptions(address: broker.address, identity: BusIdentity(clientID: "reader")),
            queueLimit: 100
        )
        sensor.start()
        let turns = [["stock/#"], ["stock/+/move", "x"], ["+/棚A/move"], ["stock/#", "y"]]
        var sent = 0
        var turn = 0
        while turn < 12 {
            // A handful under way at any time, so that some cross the change.
            guard soon(30, { sensor.status.queued < 20 }) else { break }
            let message = BusMessage(topic: "stock/棚A/move", payload: Array("1".utf8))
            sensor.publish(message) { _ in }
            sent += 1
            if sent % 200 == 0 {
                link.setFilters(turns[turn % turns.count])
                turn += 1
            }
        }
        #expect(soon { sensor.status.queued == 0 })
        #expect(soon(10) { tally.settled.count >= sent })
        // Behind all copies that the broker may still hold.
        sensor.publish(BusMessage(topic: "stock/end", payload: Array("end".utf8))) { _ in }
        #expect(soon(10) { tally.settled.last == "end" })
        #expect(tally.settled.count == sent + 1)
        #expect(link.status.reconnects == 0)
        sensor.stop()
        link.stop()
    }
}
