/// Turns a payload's bytes into a document.
protocol PayloadDecoder: Sendable {
    /// Reads `document.bytes` and fills `document.nodes`, the root first.
    ///
    /// - Parameter document: loaded with the payload, without nodes; after a failure it has none again.
    /// - Throws: ``DecodeFailure`` with the offset of the byte that spoiled it.
    func decode(_ document: inout Document) throws(DecodeFailure)
}
