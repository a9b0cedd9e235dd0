import Readings

/// What a reading says, before units and series are known.
enum RawValue: Sendable {
    /// The path leads nowhere and the reading is optional: there is no reading.
    case nothing
    /// No value: null, or (`isListed`) a text that the rule lists as "no value".
    case absent(isListed: Bool)
    case flag(Bool)
    case number(DecimalText)
    /// Lies in the buffer that ``Scene/value(_:isTextFormat:text:)`` was given.
    case text
}

extension Scene {
    /// A value on its way from the document to its type.
    private struct Found {
        enum Form {
            case absent, flag(Bool), number, text, container
        }

        var form: Form
        /// It came from a text format or a template: if it looks like a number it is one.
        var isLoose: Bool
    }

    /// Reads a value: path or template, default, `null_if`, maps and type, in this order.
    ///
    /// - Parameter text: emptied; afterwards holds the value's text.
    /// - Throws: `path_missing`, `lookup` or `type`.
    mutating func value(
        _ plan: ReadingPlan,
        isTextFormat: Bool,
        text: inout [UInt8]
    ) throws(Fault) -> RawValue {
        if let number = plainNumber(plan, isTextFormat) { return .number(number) }
        text.removeAll(keepingCapacity: true)
        guard var found = try find(plan, isTextFormat, &text) else {
            guard let fallback = plan.value.fallback else {
                if plan.isOptional { return .nothing }
                throw Fault(.pathMissing, plan.value.text)
            }
            return try typed(fallback, plan, &text)
        }
        if case .absent = found.form { return .absent(isListed: false) }
        if let map = plan.value.map {
            guard let literal = map.literal(of: text.span) ?? plan.value.fallback else {
                throw Fault(.lookup, "\(Fault.quote(text.span)) is not in the map of \(plan.value.text)")
            }
            found = take(literal, plan, &text)
        }
        for listed in plan.nullIf where listed.span.holdsSame(as: text.span) {
            return .absent(isListed: true)
        }
        if let map = plan.map {
            guard let literal = literal(in: map, of: text.span, found) else {
                throw Fault(.lookup, "\(Fault.quote(text.span)) is not in map")
            }
            return try typed(literal, plan, &text)
        }
        return try typed(found, plan, &text)
    }

    /// The way of nearly all values: digits that are wanted as a number, without maps, read where they stand.
    private mutating func plainNumber(_ plan: ReadingPlan, _ isTextFormat: Bool) -> DecimalText? {
        guard let path = plan.plainPath else { return nil }
        let index = resolve(path)
        guard index >= 0 else { return nil }
        let node = document.nodes[index]
        guard node.kind == .number || (isTextFormat && node.kind == .text) else { return nil }
        return document.plainNumber(node)
    }

    /// - Returns: nil where the path leads nowhere.
    private mutating func find(
        _ plan: ReadingPlan,
        _ isTextFormat: Bool,
        _ text: inout [UInt8]
    ) throws(Fault) -> Found? {
        let node: Int
        switch plan.value.form {
        case .path(let path): node = resolve(path)
        case .firstOf(let paths): node = resolve(firstOf: paths)
        case .template:
            guard try fill(plan.value.form, &text, from: 0) == nil else { return nil }
            return Found(form: .text, isLoose: true)
        }
        guard node >= 0 else { return nil }
        let form: Found.Form
        switch document.nodes[node].kind {
        case .null: return Found(form: .absent, isLoose: false)
        case .yes: form = .flag(true)
        case .no: form = .flag(false)
        case .number: form = .number
        case .text: form = .text
        case .list, .object:
            guard plan.type == .json else { throw Fault(.type, "not a scalar") }
            guard document.containersAreJSON else {
                guard document.writeJSON(of: node, to: &text, atMost: Self.textBytesMax) else {
                    throw Fault(.type, "a list or object of more than \(Self.textBytesMax) bytes")
                }
                return Found(form: .container, isLoose: false)
            }
            form = .container
        case .broken: return nil
        }
        let range = document.nodes[node].text
        guard range.count <= Self.textBytesMax else {
            throw Fault(.type, "a text of \(range.count) bytes; a value may have \(Self.textBytesMax)")
        }
        text.append(copying: document.bytes.span.extracting(range.indices))
        // A blank cell of a table is no value, unless the rule lists it as one that says so.
        if isTextFormat, text.isEmpty, !plan.nullIf.contains([]) { return nil }
        return Found(form: form, isLoose: isTextFormat)
    }

    /// A number is looked up as it is written, and else in its shortest form: 2.0 as 2.
    private func literal(in map: LiteralMap, of text: Span<UInt8>, _ found: Found) -> Literal? {
        if let literal = map.literal(of: text) { return literal }
        guard case .number = found.form, let number = DecimalText(text)?.double, abs(number) < 1e15,
            number == number.rounded()
        else { return nil }
        let short = Array(String(Int64(number)).utf8)
        return map.literal(of: short.span)
    }

    private func take(_ literal: Literal, _ plan: ReadingPlan, _ text: inout [UInt8]) -> Found {
        text.removeAll(keepingCapacity: true)
        text.append(contentsOf: literal.text)
        switch literal.value {
        case .absent: return Found(form: .absent, isLoose: false)
        case .flag(let flag): return Found(form: .flag(flag), isLoose: false)
        case .number: return Found(form: .number, isLoose: false)
        case .text: return Found(form: .text, isLoose: false)
        }
    }

    private mutating func typed(
        _ literal: Literal,
        _ plan: ReadingPlan,
        _ text: inout [UInt8]
    ) throws(Fault) -> RawValue {
        try typed(take(literal, plan, &text), plan, &text)
    }

    private mutating func typed(
        _ found: Found,
        _ plan: ReadingPlan,
        _ text: inout [UInt8]
    ) throws(Fault) -> RawValue {
        if case .absent = found.form { return .absent(isListed: false) }
        switch plan.type {
        case .number: return .number(try number(found, text))
        case .bool: return .flag(try flag(found, text))
        case .text, .json: return .text
        case nil: break
        }
        if plan.needsNumber { return .number(try number(found, text)) }
        switch found.form {
        case .absent: return .absent(isListed: false)
        case .flag(let flag): return .flag(flag)
        case .number: return .number(try number(found, text))
        case .container: return .text
        case .text:
            guard found.isLoose else { return .text }
            if let number = DecimalText.lenient(text.span, fold: &fold) { return .number(number) }
            if text.span.equalsFolded("true") { return .flag(true) }
            if text.span.equalsFolded("false") { return .flag(false) }
            return .text
        }
    }

    private mutating func number(_ found: Found, _ text: [UInt8]) throws(Fault) -> DecimalText {
        switch found.form {
        case .number: if let number = DecimalText(text.span) { return number }
        case .text: if let number = DecimalText.lenient(text.span, fold: &fold) { return number }
        case .flag, .absent, .container: break
        }
        throw Fault(.type, "not a number: \(Fault.quote(text.span))")
    }

    private func flag(_ found: Found, _ text: [UInt8]) throws(Fault) -> Bool {
        if case .flag(let flag) = found.form { return flag }
        let word = text.span.extracting(text.span.trimmedRange())
        if word.equalsFolded("true") || word.equalsFolded("on") || word.equalsFolded("yes") { return true }
        if word.equalsFolded("false") || word.equalsFolded("off") || word.equalsFolded("no") { return false }
        if let number = DecimalText(word)?.double {
            if number == 1 { return true }
            if number == 0 { return false }
        }
        throw Fault(.type, "not a yes or no: \(Fault.quote(text.span))")
    }
}
