import Readings

/// The receipts of the last messages, to recognise what the broker sends again after a broken link.
///
/// The broker resends in order, and with the same ids, what it has not seen acknowledged. So after a link
/// with the old session a run begins: each message whose receipt is known is a redelivery, and the first that
/// is not ends the run. An id is used again in normal traffic; outside of a run a match means nothing.
struct ReceiptRing: Sendable {
    /// As many messages as the broker may have under way to us.
    static let receiptsMax = 4096

    private struct Entry: Sendable {
        var hash: UInt64 = 0
        /// Counts receipts; 0 is none.
        var number: UInt64 = 0
        /// The last run in which it was met.
        var run: UInt32 = 0
    }

    /// By message id: an id that comes again was acknowledged before. 65 536 × 24 B = 1.5 MB.
    private var entries = [Entry](repeating: Entry(), count: 65_536)
    private var last: UInt64 = 0
    private var settledLast: UInt64 = 0
    /// Receipts up to this one belong to an earlier session of the broker.
    private var forgotten: UInt64 = 0
    private var run: UInt32 = 0
    private var isRunning = false

    /// A receipt that stands for "the broker began a new session: earlier receipts mean nothing".
    static let newSession = Receipt(messageID: 0, hash: 0)

    /// A link with the old session stands: what is known and comes now is a redelivery.
    mutating func beginRun() {
        run &+= 1
        isRunning = true
    }

    /// A link with a new session stands: no message of it has been seen.
    mutating func forget() {
        forgotten = last
        isRunning = false
    }

    /// Whether a message is the broker's second delivery of one that is durable here.
    mutating func isRedelivery(_ id: UInt16, _ hash: UInt64) -> Bool {
        guard isRunning else { return false }
        let entry = entries[Int(id)]
        let isKnown =
            entry.number > forgotten && last - entry.number < UInt64(Self.receiptsMax) && entry.hash == hash
            && entry.run != run
        if isKnown {
            entries[Int(id)].run = run
        } else {
            isRunning = false
        }
        return isKnown
    }

    /// Remembers a message.
    mutating func remember(_ receipt: Receipt) {
        if receipt == Self.newSession {
            forget()
            return
        }
        last += 1
        entries[Int(receipt.messageID)] = Entry(hash: receipt.hash, number: last, run: 0)
    }

    /// The last batch is durable.
    mutating func settle() {
        settledLast = last
    }

    /// Forgets what came since the last ``settle()``.
    mutating func takeBack() {
        guard last > settledLast else { return }
        for index in entries.indices where entries[index].number > settledLast { entries[index] = Entry() }
        last = settledLast
        forgotten = min(forgotten, last)
    }

    /// The settled receipts that may still come again, oldest first.
    var settled: [Receipt] {
        var found: [(number: UInt64, receipt: Receipt)] = []
        for (id, entry) in entries.enumerated()
        where entry.number > forgotten && entry.number <= settledLast
            && last - entry.number < UInt64(Self.receiptsMax)
        {
            found.append((entry.number, Receipt(messageID: UInt16(id), hash: entry.hash)))
        }
        return found.sorted { $0.number < $1.number }.map(\.receipt)
    }
}
