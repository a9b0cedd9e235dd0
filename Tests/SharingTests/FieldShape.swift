import Foundation

@testable import Sharing

/// A JSON text as it was written: what is a truth is no number.
indirect enum Written: Hashable, Sendable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([Written])
    case object([String: Written])

    /// - Throws: for what is no JSON by RFC 8259, or has a member twice.
    init(_ bytes: [UInt8]) throws {
        guard let value = JSONValue(bytes) else { throw Unreadable() }
        self.init(value)
    }

    struct Unreadable: Error {}

    private init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .flag(let flag): self = .flag(flag)
        case .number(let digits): self = .number(Double(digits) ?? .nan)
        case .text(let text): self = .text(text)
        case .list(let items): self = .list(items.map(Written.init))
        case .object(let members): self = .object(members.mapValues(Written.init))
        }
    }

    subscript(name: String) -> Written? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    subscript(index: Int) -> Written? {
        if case .list(let items) = self, items.indices.contains(index) { items[index] } else { nil }
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var items: [Written] { if case .list(let items) = self { items } else { [] } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
}

/// What a value must be: presence, type, pattern, allowed values, and no unknown member where the table is closed.
indirect enum FieldShape: Sendable {
    /// A text of which something holds.
    case text(String, @Sendable (String) -> Bool)
    case number(String, @Sendable (Double) -> Bool)
    case flag
    case list(least: Int, FieldShape)
    case object([Field], isClosed: Bool, extra: @Sendable (String) -> Bool = { _ in false })
    /// One of these.
    case either([FieldShape])
    case anything

    struct Field: Sendable {
        let name: String
        let isNeeded: Bool
        let shape: FieldShape
    }

    /// Where a value is not what it must be; empty for a good one.
    func faults(_ value: Written, at place: String = "$") -> [String] {
        switch (self, value) {
        case (.anything, .null): return ["\(place) is null"]
        case (.anything, _): return []
        case (.text(let words, let holds), .text(let text)):
            return holds(text) ? [] : ["\(place) \"\(text)\" is no \(words)"]
        case (.number(let words, let holds), .number(let number)):
            return number.isFinite && holds(number) ? [] : ["\(place) \(number) is no \(words)"]
        case (.flag, .flag): return []
        case (.list(let least, let shape), .list(let items)):
            var found = items.enumerated().flatMap { shape.faults($1, at: "\(place)[\($0)]") }
            if items.count < least { found.append("\(place) has \(items.count) of \(least)") }
            if Set(items).count != items.count { found.append("\(place) has something twice") }
            return found
        case (.object(let fields, let isClosed, let extra), .object(let members)):
            var found: [String] = []
            for field in fields {
                if let member = members[field.name] {
                    found += field.shape.faults(member, at: "\(place).\(field.name)")
                } else if field.isNeeded {
                    found.append("\(place).\(field.name) is missing")
                }
            }
            let known = Set(fields.map(\.name))
            for name in members.keys where isClosed && !known.contains(name) && !extra(name) {
                found.append("\(place).\(name) is not known")
            }
            return found
        case (.either(let shapes), _):
            let found = shapes.map { $0.faults(value, at: place) }
            return found.contains(where: \.isEmpty) ? [] : found.first ?? []
        default: return ["\(place) has the wrong type"]
        }
    }
}

/// The rows of `payload_fields.json`: what must be there is said by them, and each row that a shape rests on is ticked off.
final class FieldRows {
    private let needed: [String: Bool]
    private(set) var asked: Set<String> = []

    /// - Parameter keys: of the table, from the file's own object on.
    init(_ keys: String...) {
        var table = Vectors.fields
        for key in keys { table = table[key] ?? .null }
        var needed: [String: Bool] = [:]
        for row in table.items {
            needed[row["path"]?.text ?? ""] = row["req"]?.text == "yes"
        }
        self.needed = needed
    }

    var all: Set<String> { Set(needed.keys) }

    /// A field as its row has it.
    func field(_ name: String, _ row: String? = nil, _ shape: FieldShape) -> FieldShape.Field {
        let row = row ?? name
        asked.insert(row)
        return FieldShape.Field(name: name, isNeeded: needed[row] ?? false, shape: shape)
    }

    /// What a row says inside another one, without a row of its own.
    func needed(_ name: String, _ shape: FieldShape) -> FieldShape.Field {
        FieldShape.Field(name: name, isNeeded: true, shape: shape)
    }

    func optional(_ name: String, _ shape: FieldShape) -> FieldShape.Field {
        FieldShape.Field(name: name, isNeeded: false, shape: shape)
    }
}

/// The tables as they lie in `Vectors`.
enum Vectors {
    static let fields = read("payload_fields.json")
    static let vocab = read("vocab.json")

    static func read(_ name: String) -> Written {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors")
        do {
            return try Written(Array(try Data(contentsOf: folder.appending(path: name))))
        } catch {
            // A test without its cases must not pass.
            fatalError("\(name) cannot be read: \(error)")
        }
    }

    static func words(_ key: String) -> Set<String> {
        if case .object(let members) = vocab[key] { return Set(members.keys) }
        return Set((vocab[key]?.items ?? []).compactMap(\.text))
    }

    /// The closed list of Catena-X.
    static let units = Set((vocab["units"]?.items ?? []).compactMap { $0["catenax"]?.text })
    /// Those of it in which things are counted.
    static let countUnits: Set = ["unit:piece", "unit:set", "unit:pair", "unit:page", "unit:cycle"]
}
