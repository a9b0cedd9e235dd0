internal import Synchronization

/// The pages that readers asked for last: whoever asks for the next series of a device finds its page here,
/// read and checked.
///
/// A page is known by its segment's number, which never comes again, and its place; so it is never out of date.
final class PageCache: Sendable {
    private struct Entry {
        var segment: UInt64 = 0
        var offset = 0
        var page: [UInt8] = []
    }

    /// At most 64 KiB each.
    private static let pagesMax = 16

    private struct State {
        var entries: [Entry] = []
        var next = 0
    }

    /// Guards the entries; a leaf.
    private let state = Mutex(State())

    /// The page at a place of a segment, nil when it is not here.
    func page(segment: UInt64, offset: Int) -> [UInt8]? {
        state.withLock { state in
            for entry in state.entries where entry.offset == offset && entry.segment == segment {
                return entry.page
            }
            return nil
        }
    }

    /// Keeps a page that was checked, in the place of the oldest.
    func keep(_ page: [UInt8], segment: UInt64, offset: Int) {
        state.withLock { state in
            let entry = Entry(segment: segment, offset: offset, page: page)
            if state.entries.count < PageCache.pagesMax {
                state.entries.append(entry)
            } else {
                state.entries[state.next] = entry
                state.next = (state.next + 1) % PageCache.pagesMax
            }
        }
    }
}
