import Disclosure
import Glibc
import Readings

/// `<data>/sharing/pool`: what a hub remembers of its pooled values, append-only, written anew when it has grown.
///
/// It is what was decided, not what the store holds: a release that came in late would make another decision of the same
/// bucket today, and rules about differences need what left, not what would.
final class PoolFile {
    /// Written anew when it is longer than this, and twice as long as it was then.
    static let compactBytes = 1 << 20

    /// Oldest first.
    private(set) var records: [PoolRecord] = []
    private let path: String
    private var descriptor: Int32 = -1
    private var fileBytes = 0
    private var rewrittenBytes = 0

    /// Opens or creates the file; a torn last record was never told to anybody and is dropped.
    ///
    /// - Parameter isNeeded: a file that nobody needs is not made.
    init(directory: String, isNeeded: Bool) throws(OutboxFailure) {
        path = directory + "/pool"
        let isThere = unsafe access(path, F_OK) == 0
        guard isNeeded || isThere else { return }
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw OutboxFailure("open", path, errno) }
        let size = lseek(descriptor, 0, SEEK_END)
        guard size >= 0, let file = PlacedFile.read(Int(size), from: descriptor, at: 0) else {
            throw OutboxFailure("read", path, errno)
        }
        while let record = PoolRecord.read(file, at: &fileBytes) { records.append(record) }
        rewrittenBytes = fileBytes
        PlacedFile.syncFolder(of: path)
    }

    deinit {
        if descriptor >= 0 { _ = close(descriptor) }
    }

    /// Makes records durable; comes before anything of them leaves.
    func append(_ fresh: [PoolRecord]) throws(OutboxFailure) {
        let bytes = fresh.flatMap(\.bytes)
        var code = PlacedFile.write(bytes, to: descriptor, at: fileBytes)
        if code == 0 { code = PlacedFile.sync(descriptor) }
        guard code == 0 else {
            // Whatever was written lies past the end that we know, and is overwritten next time.
            _ = ftruncate(descriptor, off_t(fileBytes))
            throw OutboxFailure("write", path, code)
        }
        fileBytes += bytes.count
        records += fresh
        if fileBytes > max(Self.compactBytes, 2 * rewrittenBytes) { try compact() }
    }

    private func compact() throws(OutboxFailure) {
        records = Self.needed(records)
        let bytes = records.flatMap(\.bytes)
        let code = PlacedFile.replace(path, with: bytes)
        guard code == 0 else { throw OutboxFailure("write", path, code) }
        let fresh = unsafe open(path, O_RDWR | O_CLOEXEC)
        guard fresh >= 0 else { throw OutboxFailure("open", path, errno) }
        _ = close(descriptor)
        descriptor = fresh
        fileBytes = bytes.count
        rewrittenBytes = bytes.count
    }

    private struct Line: Hashable {
        let agreement: String
        let grant: String
        let product: String
    }

    private struct Spent: Hashable {
        let line: Line
        let day: Int64
        let grant: Grant
    }

    /// So many buckets of a line are remembered, a month of hours; a longer cooldown begins anew with a restart.
    static let lineCountMax = 768

    /// The last buckets of each line, the last that was released, and what was spent of today's budget.
    static func needed(_ records: [PoolRecord]) -> [PoolRecord] {
        var counts: [Line: Int] = [:]
        var spent: Set<Spent> = []
        var released: Set<Line> = []
        let today = records.map { day(of: $0) }.max() ?? 0
        var kept: [PoolRecord] = []
        for record in records.reversed() {
            let pooled = record.pooled
            let line = Line(agreement: pooled.agreement, grant: pooled.grant.id, product: pooled.product)
            counts[line, default: 0] += 1
            let isRecent = counts[line, default: 0] <= lineCountMax
            let charge = Spent(line: line, day: day(of: record), grant: pooled.grant)
            let isCharge = record.rule == nil && charge.day == today && spent.insert(charge).inserted
            let isLast = record.rule == nil && released.insert(line).inserted
            if isRecent || isCharge || isLast { kept.append(record) }
        }
        return kept.reversed()
    }

    private static func day(of record: PoolRecord) -> Int64 {
        record.pooled.bucketEnd.floored(toMs: BucketWidth.day.widthMs).milliseconds
    }
}
