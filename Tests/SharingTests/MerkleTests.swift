import Sharing
import Testing

@Suite("Merkle trees of RFC 6962")
struct MerkleTests {
    private static let tree = IntegrityVectors.all.rfc6962
    private static let leaves = tree.leaf_inputs_hex.map { MerkleTree.leaf(bytes(hex: $0)) }

    @Test("the root of each size is the vector's", arguments: tree.roots_by_size.indices)
    func roots(size: Int) {
        #expect(MerkleTree.root(Self.leaves.prefix(size)).hex == Self.tree.roots_by_size[size])
    }

    @Test("inclusion proofs are the vectors' and hold, for their leaf and for no other")
    func inclusion() throws {
        for vector in Self.tree.inclusion {
            let leaves = Self.leaves.prefix(vector.size)
            let proof = MerkleTree.inclusionProof(of: vector.index, in: leaves)
            #expect(proof.map(\.hex) == vector.proof)
            let root = MerkleTree.root(leaves)
            for (index, leaf) in leaves.enumerated() {
                let isIt = index == vector.index
                #expect(
                    MerkleTree.includes(leaf, at: vector.index, of: vector.size, proof: proof, root: root)
                        == isIt
                )
                if !isIt {
                    let leaf = leaves[vector.index]
                    #expect(!MerkleTree.includes(leaf, at: index, of: vector.size, proof: proof, root: root))
                }
            }
        }
    }

    @Test("consistency proofs are the vectors' and hold, and not for another past")
    func consistency() {
        for vector in Self.tree.consistency {
            let leaves = Self.leaves.prefix(vector.new)
            let proof = MerkleTree.consistencyProof(from: vector.old, in: leaves)
            #expect(proof.map(\.hex) == vector.proof)
            let (old, new) = (MerkleTree.root(leaves.prefix(vector.old)), MerkleTree.root(leaves))
            #expect(MerkleTree.isConsistent(old, of: vector.old, with: new, of: vector.new, proof: proof))
            let other = MerkleTree.leaf([1, 2, 3])
            #expect(!MerkleTree.isConsistent(other, of: vector.old, with: new, of: vector.new, proof: proof))
        }
    }

    @Test(
        "every leaf and every past of every tree up to 40 leaves is proved, and no longer proof is accepted"
    )
    func all() {
        let leaves = (0..<40).map { MerkleTree.leaf([UInt8($0)]) }
        for size in 1...40 {
            let some = leaves.prefix(size)
            let root = MerkleTree.root(some)
            for index in 0..<size {
                let proof = MerkleTree.inclusionProof(of: index, in: some)
                #expect(MerkleTree.includes(leaves[index], at: index, of: size, proof: proof, root: root))
                #expect(
                    !MerkleTree.includes(
                        leaves[index],
                        at: index,
                        of: size,
                        proof: proof + [root],
                        root: root
                    )
                )
                let past = MerkleTree.consistencyProof(from: index + 1, in: some)
                let old = MerkleTree.root(leaves.prefix(index + 1))
                #expect(MerkleTree.isConsistent(old, of: index + 1, with: root, of: size, proof: past))
            }
        }
    }

    @Test("an audit log's lines come to the vector's digests and root")
    func log() {
        let log = IntegrityVectors.all.audit_log_own
        #expect(log.lines.map { Digest(of: Array($0.utf8)).hex } == log.line_sha256)
        var tree = MerkleFrontier()
        for line in log.lines { tree.append(MerkleTree.leaf(Array(line.utf8))) }
        #expect(tree.root.hex == log.merkle_root)
    }
}
