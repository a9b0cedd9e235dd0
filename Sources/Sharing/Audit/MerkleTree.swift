import Crypto

/// A SHA-256.
public struct Digest: Hashable, Sendable {
    /// 32.
    public let bytes: [UInt8]

    /// The digest of some bytes.
    public init(of bytes: [UInt8]) {
        self.bytes = Array(SHA256.hash(data: bytes))
    }

    /// A digest as it was written down; nil unless it has 64 digits of base 16.
    public init?(hex: some StringProtocol) {
        let digits = Array(hex.utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: 64, by: 2) {
            guard let high = Self.value(digits[place]), let low = Self.value(digits[place + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        self.bytes = bytes
    }

    /// 64 lower-case digits of base 16.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 97...102: digit - 87
        default: nil
        }
    }
}

/// The hashes of a Merkle tree, RFC 6962, section 2: leaves and nodes can never be taken for each other.
public enum MerkleTree {
    /// The root of no leaves.
    public static let empty = Digest(of: [])

    /// The hash of a leaf.
    public static func leaf(_ bytes: [UInt8]) -> Digest {
        Digest(of: [0] + bytes)
    }

    static func node(_ left: Digest, _ right: Digest) -> Digest {
        Digest(of: [1] + left.bytes + right.bytes)
    }

    /// The root over leaf hashes.
    public static func root(_ leaves: ArraySlice<Digest>) -> Digest {
        var frontier = MerkleFrontier()
        for leaf in leaves { frontier.append(leaf) }
        return frontier.root
    }

    /// What proves that the leaf at `index` stands in the tree of these leaves: the siblings on its way up, lowest first.
    ///
    /// - Complexity: O(leaves) hashes.
    public static func inclusionProof(of index: Int, in leaves: ArraySlice<Digest>) -> [Digest] {
        guard leaves.count > 1 else { return [] }
        let split = Self.split(leaves.count)
        let (left, right) = (leaves.prefix(split), leaves.dropFirst(split))
        return index < split
            ? inclusionProof(of: index, in: left) + [root(right)]
            : inclusionProof(of: index - split, in: right) + [root(left)]
    }

    /// What proves that the tree of the first `old` leaves is the beginning of the tree of all of them.
    ///
    /// - Parameter old: 1 … all.
    public static func consistencyProof(from old: Int, in leaves: ArraySlice<Digest>) -> [Digest] {
        subproof(old, leaves, isWhole: true)
    }

    private static func subproof(_ old: Int, _ leaves: ArraySlice<Digest>, isWhole: Bool) -> [Digest] {
        if old == leaves.count { return isWhole ? [] : [root(leaves)] }
        let split = Self.split(leaves.count)
        let (left, right) = (leaves.prefix(split), leaves.dropFirst(split))
        return old <= split
            ? subproof(old, left, isWhole: isWhole) + [root(right)]
            : subproof(old - split, right, isWhole: false) + [root(left)]
    }

    /// Whether a proof leads from a leaf at `index` of `size` leaves to a root.
    public static func includes(
        _ leaf: Digest,
        at index: Int,
        of size: Int,
        proof: [Digest],
        root: Digest
    ) -> Bool {
        guard index >= 0, index < size else { return false }
        var (place, last) = (index, size - 1)
        var hash = leaf
        for sibling in proof {
            guard last > 0 else { return false }
            if place % 2 == 1 || place == last {
                hash = node(sibling, hash)
                // The right edge of a tree that is not full: levels without a sibling are stepped over.
                while place % 2 == 0, place > 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                hash = node(hash, sibling)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }

    /// Whether a proof shows that one root is of the beginning of the tree of another.
    public static func isConsistent(
        _ oldRoot: Digest,
        of old: Int,
        with newRoot: Digest,
        of new: Int,
        proof: [Digest]
    ) -> Bool {
        guard old >= 1, old <= new else { return false }
        if old == new { return proof.isEmpty && oldRoot == newRoot }
        var (place, last) = (old - 1, new - 1)
        while place % 2 == 1 {
            place >>= 1
            last >>= 1
        }
        var rest = proof[...]
        guard let first = place == 0 ? oldRoot : rest.popFirst() else { return false }
        var (before, after) = (first, first)
        while let sibling = rest.popFirst() {
            guard last > 0 else { return false }
            if place % 2 == 1 || place == last {
                before = node(sibling, before)
                after = node(sibling, after)
                while place % 2 == 0, place > 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                after = node(after, sibling)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 && before == oldRoot && after == newRoot
    }

    /// The largest power of two below `count`.
    private static func split(_ count: Int) -> Int {
        1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount)
    }
}

/// A Merkle tree that grows, of which only the roots of its full parts are kept: 32 bytes for each bit of its size.
public struct MerkleFrontier: Hashable, Sendable {
    /// How many leaves.
    public private(set) var size = 0
    /// The roots of its full parts, the largest first: one for each bit that is set in ``size``.
    private(set) var parts: [Digest] = []

    /// A tree without leaves.
    public init() {}

    /// A tree as it was written down; nil when the parts do not fit the size.
    init?(size: Int, parts: [Digest]) {
        guard size >= 0, parts.count == size.nonzeroBitCount else { return nil }
        self.size = size
        self.parts = parts
    }

    /// Adds a leaf by its hash.
    ///
    /// - Complexity: O(1) hashes in the mean.
    public mutating func append(_ leaf: Digest) {
        var hash = leaf
        var rest = size
        while rest & 1 == 1 {
            hash = MerkleTree.node(parts.removeLast(), hash)
            rest >>= 1
        }
        parts.append(hash)
        size += 1
    }

    /// The root over all leaves.
    public var root: Digest {
        guard var hash = parts.last else { return MerkleTree.empty }
        for part in parts.dropLast().reversed() { hash = MerkleTree.node(part, hash) }
        return hash
    }
}
