internal import Codec

extension Ring {
    /// What stands in the ring at opening.
    struct Contents {
        /// In the order of their sealing.
        var blocks: [Block] = []
        var state: RingState
        /// Segments and blocks that must have been there but were not intact.
        var damaged = 0

        /// Of which seals blocks may be missing: by the last journal records of those before and after the damage.
        var doubts: [ClosedRange<UInt64>] = []
        /// Something was damaged since the last intact block.
        var hasDoubt = false

        /// Something is damaged here.
        mutating func noteDamage() {
            damaged += 1
            hasDoubt = true
        }

        /// The next intact block; nil when there is none any more.
        mutating func take(_ block: Block?) {
            if hasDoubt {
                let before = blocks.last?.through ?? 0
                doubts.append(before...max(before, block?.through ?? .max))
                hasDoubt = false
            }
            if let block { blocks.append(block) }
        }

        /// The last journal record of the last finished seal.
        var finished: UInt64 { blocks.reduce(0) { $1.isLast ? max($0, $1.through) : $0 } }
    }

    /// What a segment's first bytes say.
    struct Head {
        var segment: UInt64
        var lostThrough: Int64
        var filledBefore: Int
    }

    /// Finds the blocks up to a checkpoint's state. What was written behind it belongs to a seal that never
    /// finished; the journal has it.
    ///
    /// - Parameters:
    ///   - state: nil when no checkpoint is intact: then every block of a finished seal counts.
    ///   - finished: without a checkpoint, the last journal record known to be sealed; nil finds out.
    func recover(_ state: RingState?, finished: UInt64? = nil) throws(StoreFailure) -> Contents {
        var heads: [Head?] = []
        for slot in 0..<segmentCount {
            heads.append(
                head(try file.read(Ring.headBytes, at: Geometry.pageBytes + slot * segmentBytes), slot: slot)
            )
        }
        let newest = heads.reduce(0) { max($0, $1?.segment ?? 0) }
        var contents = Contents(state: state ?? RingState())
        for case let head? in heads {
            contents.state.lostThrough = max(contents.state.lostThrough, head.lostThrough)
        }
        let end = state?.cursor ?? RingCursor(segment: newest, fill: segmentBytes)
        let oldest = end.segment > UInt64(segmentCount) ? end.segment - UInt64(segmentCount) + 1 : 1
        if end.segment > 0 {
            for segment in oldest...end.segment {
                let found = heads[Int((segment - 1) % UInt64(segmentCount))]
                if let found, found.segment > segment {
                    // Taken by a seal that never finished.
                    occupy(found.segment)
                    continue
                }
                // Blocks know their segment, so that they are found even under a damaged header.
                if found?.segment != segment { contents.noteDamage() }
                occupy(segment)
                let following = heads[Int(segment % UInt64(segmentCount))]
                let closed = following?.segment == segment + 1 ? following?.filledBefore : nil
                let fill = segment == end.segment && state != nil ? end.fill : closed
                try walk(segment, fill: fill, into: &contents)
            }
        }
        contents.take(nil)
        if state == nil { dropUnfinished(&contents, newest: newest, finished) }
        return contents
    }

    /// The intact header of a segment that belongs into a slot, or nil.
    func head(_ bytes: [UInt8], slot: Int) -> Head? {
        var reader = ByteReader(bytes)
        guard (try? reader.fixed32()) == Ring.magic, let sum = try? reader.fixed32(),
            CRC32C.checksum(bytes.span.extracting(8..<Ring.headBytes), seed: seed) == sum,
            let segment = try? reader.fixed64(), segment >= 1,
            Int((segment - 1) % UInt64(segmentCount)) == slot,
            let lostThrough = try? reader.fixed64(), let filled = try? reader.fixed64(),
            filled <= UInt64(segmentBytes)
        else { return nil }
        return Head(segment: segment, lostThrough: Int64(bitPattern: lostThrough), filledBefore: Int(filled))
    }

    /// Goes from block to block; over a damaged header to the next intact one.
    private func walk(_ segment: UInt64, fill: Int?, into contents: inout Contents) throws(StoreFailure) {
        let base = offset(of: segment)
        let end = min(fill ?? segmentBytes, segmentBytes)
        var position = Ring.headBytes
        while position + Block.headBytes <= end {
            let bytes = try file.read(Block.headBytes, at: base + position)
            let block = Block.read(
                bytes,
                at: 0,
                offset: base + position,
                segment: segment,
                room: segmentBytes - position,
                seed: seed
            )
            if let block {
                contents.take(block)
                position += (block.bytes + 63) / 64 * 64
                continue
            }
            let next = try search(segment, from: position + 64, to: end)
            // Without a known end, nothing further intact is simply the end.
            if next != nil || fill != nil { contents.noteDamage() }
            guard let next else { return }
            position = next
        }
    }

    /// The next intact block of a segment, from `start` of it on.
    func search(_ segment: UInt64, from start: Int, to end: Int) throws(StoreFailure) -> Int? {
        guard start + Block.headBytes <= end else { return nil }
        let base = offset(of: segment)
        let bytes = try file.read(end - start, at: base + start)
        for index in stride(from: 0, to: bytes.count - Block.headBytes + 1, by: 64) where bytes[index] == 0x54
        {
            let room = segmentBytes - start - index
            let offset = base + start + index
            if Block.read(bytes, at: index, offset: offset, segment: segment, room: room, seed: seed) != nil {
                return start + index
            }
        }
        return nil
    }

    /// Without a checkpoint: blocks of the seal that was under way are dropped (the journal still has their
    /// readings) and the next seal begins a new segment.
    private func dropUnfinished(_ contents: inout Contents, newest: UInt64, _ finished: UInt64?) {
        let finished = finished ?? contents.finished
        contents.blocks.removeAll { $0.through > finished }
        contents.state.cursor = RingCursor(segment: newest, fill: newest == 0 ? 0 : segmentBytes)
    }
}
