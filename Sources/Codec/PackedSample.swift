public import Readings

/// A sample as three plain numbers, so that columns of them are flat memory.
///
/// `mark`, from the lowest bit:
///
///     bit   0 1    2 3      4            5 … 7
///           form   quality  time source  0
///
/// form: 0 number (`bits` is its bit pattern), 1 flag (0 or 1), 2 text (its id), 3 absent (0).
public struct PackedSample: Hashable, Sendable {
    /// Milliseconds since the epoch; any.
    public var instant: Int64
    /// What `mark` says it is.
    public var bits: UInt64
    /// Form, quality and time source.
    public var mark: UInt8

    /// From its parts; any bit pattern is accepted.
    @inlinable public init(instant: Int64, bits: UInt64, mark: UInt8) {
        self.instant = instant
        self.bits = bits
        self.mark = mark
    }

    /// Packs a sample.
    public init(_ sample: Sample) {
        self.init(
            instant: sample.instant,
            value: sample.value,
            quality: sample.quality,
            timeSource: sample.timeSource
        )
    }

    /// Packs the parts of a sample.
    public init(instant: Instant, value: Scalar, quality: Quality, timeSource: TimeSource) {
        self.instant = instant.milliseconds
        let form: UInt8
        switch value {
        case .number(let number): (form, bits) = (PackedSample.number, number.bitPattern)
        case .flag(let flag): (form, bits) = (PackedSample.flag, flag ? 1 : 0)
        case .text(let id): (form, bits) = (PackedSample.text, UInt64(id.index))
        case .absent: (form, bits) = (PackedSample.absent, 0)
        }
        mark = form | quality.rawValue << 2 | timeSource.rawValue << 4
    }

    /// The sample again.
    @inlinable public var sample: Sample {
        Sample(
            instant: Instant(milliseconds: instant),
            value: value,
            quality: Quality(rawValue: mark >> 2 & 3) ?? .bad,
            timeSource: TimeSource(rawValue: mark >> 4 & 1) ?? .source
        )
    }

    /// What was said.
    @inlinable public var value: Scalar {
        switch mark & 3 {
        case PackedSample.number: .number(Double(bitPattern: bits))
        case PackedSample.flag: .flag(bits != 0)
        case PackedSample.text: .text(TextID(index: UInt32(truncatingIfNeeded: bits)))
        default: .absent
        }
    }

    /// Value and quality are the same; stamp and time source are not compared.
    public func says(_ bits: UInt64, mark: UInt8) -> Bool {
        self.bits == bits && (self.mark ^ mark) & 0x0F == 0
    }

    /// The forms in the two low bits of a mark.
    public static let number: UInt8 = 0
    /// See ``number``.
    public static let flag: UInt8 = 1
    /// See ``number``.
    public static let text: UInt8 = 2
    /// See ``number``.
    public static let absent: UInt8 = 3
}
