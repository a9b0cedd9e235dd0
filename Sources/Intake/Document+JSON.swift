extension Document {
    /// Appends a node and all that it holds as JSON, without blanks; a number that JSON has no word for is null.
    ///
    /// - Returns: false when it would come to more than `limit` bytes; then a part is written.
    func writeJSON(of node: Int, to text: inout [UInt8], atMost limit: Int) -> Bool {
        guard text.count <= limit else { return false }
        let kind = nodes[node].kind
        switch kind {
        case .null, .broken: text.append(contentsOf: "null".utf8)
        case .yes: text.append(contentsOf: "true".utf8)
        case .no: text.append(contentsOf: "false".utf8)
        case .text: writeQuoted(nodes[node].text, to: &text, atMost: limit)
        case .number: writeNumber(nodes[node].text, to: &text)
        case .list, .object:
            text.append(kind == .list ? UInt8(ascii: "[") : UInt8(ascii: "{"))
            var child = node + 1
            while child < Int(nodes[node].next) {
                if child > node + 1 { text.append(UInt8(ascii: ",")) }
                if kind == .object {
                    writeQuoted(nodes[child].key, to: &text, atMost: limit)
                    text.append(UInt8(ascii: ":"))
                }
                guard writeJSON(of: child, to: &text, atMost: limit) else { return false }
                child = Int(nodes[child].next)
            }
            text.append(kind == .list ? UInt8(ascii: "]") : UInt8(ascii: "}"))
        }
        return text.count <= limit
    }

    /// Digits that JSON would refuse, such as `.5`, are written as it likes them.
    private func writeNumber(_ range: ByteRange, to text: inout [UInt8]) {
        let digits = bytes.span.extracting(range.indices)
        guard let number = DecimalText(digits), number.double.isFinite else {
            text.append(contentsOf: "null".utf8)
            return
        }
        var end = 0
        do throws(DecodeFailure) {
            try JSONDecoder.skipNumber(digits, &end)
        } catch {
            end = 0
        }
        if end == digits.count {
            text.append(copying: digits)
        } else {
            number.write(to: &text)
        }
    }

    private func writeQuoted(_ range: ByteRange, to text: inout [UInt8], atMost limit: Int) {
        text.append(UInt8(ascii: "\""))
        for index in range.indices {
            guard text.count <= limit else { return }
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                text.append(UInt8(ascii: "\\"))
                text.append(byte)
            } else if byte < 0x20 {
                text.append(contentsOf: "\\u00".utf8)
                text.append(hexDigit: byte >> 4)
                text.append(hexDigit: byte & 0xF)
            } else {
                text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}
