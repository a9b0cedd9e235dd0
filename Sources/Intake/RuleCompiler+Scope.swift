import Readings

/// What an expression of a rule may refer to.
struct Scope {
    /// Of the topic.
    var captures: [String]
    /// Of `match`.
    var groups: [String]
    /// How deep `each` goes: `^` may lead so many items up.
    var frames: Int
    var hasLeaves: Bool
}

extension RuleCompiler {
    /// Compiles an expression; nil after a failure.
    mutating func source(_ written: Expression, _ scope: Scope, _ place: [PlaceStep]) -> Source? {
        do throws(ExpressionFailure) {
            var form: Source.Form
            if !written.others.isEmpty {
                form = .firstOf(try ([written.text] + written.others).map(Self.onePath))
            } else if DocumentPath.isPath(written.text) {
                form = .path(try Self.onePath(written.text))
            } else {
                form = .template(
                    try Template(written.text, topicNames: scope.captures, matchNames: scope.groups)
                )
            }
            try check(form, scope)
            number(&form)
            return Source(
                form: form,
                fallback: written.fallback.map(Literal.init),
                map: written.map.map(LiteralMap.init)
            )
        } catch {
            fail(place, error.message)
            return nil
        }
    }

    private static func onePath(_ text: String) throws(ExpressionFailure) -> DocumentPath {
        let path = try DocumentPath(text)
        guard !path.hasWildcard else {
            throw ExpressionFailure(
                message: "\(path.text) has many values, and one is wanted; go through them with each:"
            )
        }
        return path
    }

    /// Gives every document path a place to remember its result in.
    private mutating func number(_ form: inout Source.Form) {
        switch form {
        case .path(let path): form = .path(numbered(path))
        case .firstOf(let paths): form = .firstOf(paths.map { numbered($0) })
        case .template(var template):
            for index in template.parts.indices {
                guard case .document(let path) = template.parts[index] else { continue }
                template.parts[index] = .document(numbered(path))
            }
            form = .template(template)
        }
    }

    private mutating func numbered(_ path: DocumentPath) -> DocumentPath {
        let slot = pathSlots[path.text] ?? pathSlots.count
        pathSlots[path.text] = slot
        return DocumentPath(path, slot: slot)
    }

    private func check(_ form: Source.Form, _ scope: Scope) throws(ExpressionFailure) {
        let template: Template
        switch form {
        case .path(let path): return try check(path, frames: scope.frames)
        case .firstOf(let paths):
            for path in paths { try check(path, frames: scope.frames) }
            return
        case .template(let written): template = written
        }
        for part in template.parts {
            switch part {
            case .document(let path): try check(path, frames: scope.frames)
            case .key(let up):
                guard up < scope.frames else {
                    throw ExpressionFailure(
                        message: "\(template.text): {key} needs an item; each: goes \(scope.frames) deep"
                    )
                }
            case .index:
                guard scope.frames > 0 else {
                    throw ExpressionFailure(message: "\(template.text): {index} needs an each:")
                }
            case .path:
                guard scope.hasLeaves else {
                    throw ExpressionFailure(message: "\(template.text): {path} needs each: leaves(…)")
                }
            case .literal, .topicCapture, .matchCapture, .topic: break
            }
        }
    }

    private func check(_ path: DocumentPath, frames: Int) throws(ExpressionFailure) {
        if case .item(let up) = path.start, up > frames {
            throw ExpressionFailure(
                message: "\(path.text) leads out of the document: each: goes \(frames) deep"
            )
        }
    }

    /// The conditions of a rule, or of a reading.
    ///
    /// - Parameter frames: how deep `each` goes; nil for a rule, which asks the document alone.
    mutating func conditions(
        _ when: [String: WhenCondition],
        frames: Int?,
        _ place: [PlaceStep]
    ) -> [Rule.Condition] {
        when.sorted { $0.key < $1.key }.compactMap { text, condition in
            let here = place + [.key("when"), .key(text)]
            do throws(ExpressionFailure) {
                let path = numbered(try DocumentPath(text))
                guard frames != nil || path.start == .document, !path.hasWildcard else {
                    let from = frames == nil ? "of the document, by a path from $" : "by a path"
                    throw ExpressionFailure(message: "\(text): when: asks for one value \(from)")
                }
                if let frames { try check(path, frames: frames) }
                return Rule.Condition(path: path, test: try test(condition, text))
            } catch {
                fail(here, error.message)
                return nil
            }
        }
    }

    private func test(
        _ condition: WhenCondition,
        _ path: String
    ) throws(ExpressionFailure) -> Rule.Condition.Test {
        switch condition {
        case .exists: return .exists
        case .missing: return .missing
        case .oneOf(let texts):
            guard !texts.isEmpty else { throw ExpressionFailure(message: "\(path): no value is listed") }
            return .oneOf(texts.map { Array($0.utf8) })
        case .like(let pattern):
            do throws(RegexFailure) {
                return .like(try Regex(pattern))
            } catch {
                throw ExpressionFailure(message: Self.said(error, pattern))
            }
        }
    }

    mutating func each(_ written: RuleOptions, _ place: [PlaceStep]) -> [EachPath] {
        if written.each.count > Self.eachMax {
            fail(place + [.key("each")], "each: goes at most \(Self.eachMax) deep")
        }
        var paths: [EachPath] = []
        for (depth, text) in written.each.enumerated() {
            let here = place + [.key("each"), .index(depth)]
            do throws(ExpressionFailure) {
                let each = try EachPath(text)
                try check(each.path, frames: depth)
                if each.isLeaves, depth < written.each.count - 1 {
                    throw ExpressionFailure(
                        message: "\(text): leaves(…) comes last; nothing stands below a leaf"
                    )
                }
                if each.isLeaves, each.path.hasWildcard {
                    throw ExpressionFailure(
                        message: "\(text): leaves(…) takes one path; go through many before it"
                    )
                }
                paths.append(each)
            } catch {
                fail(here, error.message)
            }
        }
        return paths
    }

    mutating func matches(_ written: RuleOptions, _ scope: inout Scope, _ place: [PlaceStep]) -> [Rule.Match]
    {
        var matches: [Rule.Match] = []
        for (index, match) in written.match.enumerated() {
            let here = place + [.key("match"), .index(index)]
            do throws(RegexFailure) {
                let regex = try Regex(match.regex)
                for group in regex.groups {
                    if scope.captures.contains(group.name) || scope.groups.contains(group.name)
                        || TopicPattern.reserved.contains(group.name)
                    {
                        fail(
                            here + [.key("regex")],
                            "the name \(group.name) is taken; call the group otherwise"
                        )
                    }
                }
                if let source = source(Expression(match.path), scope, here + [.key("path")]) {
                    matches.append(Rule.Match(source: source, regex: regex, firstGroup: scope.groups.count))
                }
                scope.groups += regex.groups.map(\.name)
            } catch {
                fail(here + [.key("regex")], Self.said(error, match.regex))
            }
        }
        return matches
    }

    mutating func skip(_ written: RuleOptions, _ place: [PlaceStep]) -> [Regex] {
        var expressions: [Regex] = []
        for (index, text) in written.skip.enumerated() {
            do throws(RegexFailure) {
                expressions.append(try Regex(text, isWhole: true))
            } catch {
                fail(place + [.key("skip"), .index(index)], Self.said(error, text))
            }
        }
        return expressions
    }

    private static func said(_ failure: RegexFailure, _ pattern: String) -> String {
        "\(pattern): character \(failure.position + 1): \(failure.message)"
    }
}
