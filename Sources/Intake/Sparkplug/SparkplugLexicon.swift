/// The words that a document of metrics is written with, in one run that stands behind the payload.
struct SparkplugLexicon: Sendable {
    let bytes: [UInt8]
    let name: ByteRange
    let value: ByteRange
    let timestamp: ByteRange
    let datatype: ByteRange
    let isHistorical: ByteRange
    let isTransient: ByteRange
    let properties: ByteRange
    let yes: ByteRange
    let no: ByteRange
    /// By a datatype's code.
    private let datatypes: [ByteRange]

    static let standard = SparkplugLexicon()

    private init() {
        var bytes: [UInt8] = []
        func add(_ word: StaticString) -> ByteRange {
            let start = bytes.count
            word.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
            return ByteRange(start: start, count: bytes.count - start)
        }
        name = add("name")
        value = add("value")
        timestamp = add("timestamp")
        datatype = add("datatype")
        isHistorical = add("is_historical")
        isTransient = add("is_transient")
        properties = add("properties")
        yes = add("true")
        no = add("false")
        var datatypes = [ByteRange.empty]
        for datatype in SparkplugDatatype.allCases { datatypes.append(add(datatype.word)) }
        self.datatypes = datatypes
        self.bytes = bytes
    }

    func word(of datatype: SparkplugDatatype) -> ByteRange { datatypes[Int(datatype.rawValue)] }
}
