/// Reads SenML (RFC 8428), in JSON or in CBOR, into a list of records in which the base fields are resolved:
///
///     [{"bn": "line1/", "bt": 1750122000.25, "bv": 100, "n": "count", "u": "count", "v": 20}]
///     [{n: line1/count, v: 120, u: count, time_ms: 1750122000250}]
///
/// `v` is the value, whatever its kind was; of `v`, `vs`, `vb` and `vd` a record has one at most. `time_ms` is
/// the stamp as a Unix time in whole milliseconds: a time below 2^28 seconds is relative to the arrival. A sum
/// is a record of its own behind that of the value, its name with `/sum` behind it and its unit that of the
/// value times seconds (W: Ws). Other fields stay as they came. A record of nothing but base fields makes none.
///
/// A pack is refused when it asks for what is not understood: a field whose name ends in `_`, a version over
/// 10 (26 is understood: RFC 9100's units), a base field of the wrong kind. A record that is wrong by itself
/// becomes a broken one and leaves its neighbours be.
///
/// What resolving writes is at most ``SenMLResolver/textBytesMax`` for a pack.
struct SenMLDecoder: PayloadDecoder {
    /// What the pack is written in.
    enum Carrier: Sendable {
        case json(JSONDecoder)
        case cbor(CBORDecoder)
    }

    private let carrier: Carrier
    private let format: PayloadFormat

    init(_ carrier: Carrier) {
        self.carrier = carrier
        switch carrier {
        case .json: format = .senml
        case .cbor: format = .senmlCbor
        }
    }

    func decode(_ document: inout Document) throws(DecodeFailure) {
        do throws(DecodeFailure) {
            switch carrier {
            case .json(let decoder): try decoder.decode(&document)
            case .cbor(let decoder): try decoder.decode(&document)
            }
            var resolver = SenMLResolver(&document, format: format)
            try resolver.resolve(&document)
        } catch {
            document.reset()
            throw error.of(format)
        }
        document.containersAreJSON = false
        document.adoptArena()
    }
}
