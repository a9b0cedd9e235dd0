import Foundation

/// The numeric cases of the disclosure rules, as they lie in `Vectors`.
struct PolicyVectors: Decodable {
    struct Handbook: Decodable {
        let contributions: [String: Double]
        let p: Double?
        let nk: [Double]?
        let unsafe: Bool
    }

    struct Percent: Decodable {
        let contributions: [String: Double]
        let p: Double
        let known: Set<String>
        let unsafe: Bool
    }

    struct Dominant: Decodable {
        let contributions: [String: Double]
        let n: Int
        let k: Double
        let unsafe: Bool
    }

    struct Decision: Decodable {
        let contributions: [String: Double]
        let minContributors: Int
        let pPercent: Double
        let coalition: Set<String>
        let stale: Set<String>
        let previousLive: Set<String>?
        let expect: String
        let why_operator_only: String?
    }

    struct Quantised: Decodable {
        struct Precision: Decodable {
            let mode: String
            let base: Double?
            let edges: [Double]?
        }

        struct Seen: Decodable {
            let value: Double?
            let ge: Double?
            let lt: Double?
        }

        let value: Double
        let precision: Precision
        let expect: Seen
    }

    struct Sets: Decodable {
        let sets: [Set<String>]
        let coalition: Set<String>?
        let k: Int?
        let isolated: Set<String>?
        let violating_pairs: [[Int]]?
    }

    struct Lattice: Decodable {
        let a: [String]
        let b: [String]
        let ok: Bool
    }

    struct Edges: Decodable {
        let a: [Double]
        let b: [Double]
        let nested: Bool
    }

    struct Need: Decodable {
        let ge: Double?
        let lt: Double?
        let need: Double
        let expect: String
    }

    struct Feasible: Decodable {
        struct Row: Decodable {
            let sum: [String]
            let total: Double
        }

        let rows: [Row]
        let cell: String
        let interval: [Double]
    }

    let worked_examples_from_the_SDC_handbook: [Handbook]
    let feasible_interval: Feasible
    let p_percent: [Percent]
    let nk: [Dominant]
    let decide: [Decision]
    let quantise: [Quantised]
    let rowspace: [Sets]
    let pairs: [Sets]
    let lattice: [Lattice]
    let edges: [Edges]
    let three_valued: [Need]
    let combination_trap: Sets

    static let all: PolicyVectors = read("policy_vectors.json")

    /// A file of the folder; a test without its cases must not pass.
    static func read<Cases: Decodable>(_ name: String) -> Cases {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors")
        do {
            return try JSONDecoder().decode(Cases.self, from: Data(contentsOf: folder.appending(path: name)))
        } catch {
            fatalError("\(name) cannot be read: \(error)")
        }
    }
}
