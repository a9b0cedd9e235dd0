import Disclosure

/// What partners' systems call a unit of the unit table.
struct TradeUnits: Sendable {
    /// What of the closed list of Catena-X it is told in; nil where that has nothing for it.
    var catenax: String?
    /// What one of it is in that unit.
    var factor = 1.0
    /// UN/ECE Recommendation 20, two or three characters; nil where it has none.
    var rec20: String?
    /// Which quantity of EPCIS it measures; nil where that has no word for it.
    var type: String?
    /// Whole numbers only.
    var isCount = false

    /// The longest name in the closed list.
    static let longestCatenaX = "unit:tonUsOrShortTonUkorus"

    /// What of a number can be said of goods: nothing less than nothing, and whole ones where they are counted.
    static func amount(_ number: Double, isCount: Bool) -> Amount {
        guard number >= 0 else { return .unsaid("it is less than nothing: a level or a movement is missing") }
        guard number.isFinite else { return .unsaid("it is beyond all numbers") }
        // Sums of decimals and conversions come to a little more or less than what is meant.
        let scaled = number * 1_000_000_000
        let tidied = scaled < 9_007_199_254_740_992 ? scaled.rounded() / 1_000_000_000 : number
        guard !isCount || tidied == tidied.rounded() else {
            return .unsaid("it is no whole number, and pieces are counted in those")
        }
        return .amount(tidied)
    }

    /// A number that can be said, or why it cannot.
    enum Amount {
        case amount(Double)
        case unsaid(String)

        /// In the place of a value's own number.
        func map(in value: Release.Value, unit: String) -> Saying {
            switch self {
            case .unsaid(let why): return .unsaid(why)
            case .amount(let number):
                var said = value
                said.value = .number(number)
                said.unit = unit
                return .said(said)
            }
        }
    }

    private init(_ catenax: String?, _ factor: Double, _ rec20: String?, _ type: String?, isCount: Bool) {
        self.catenax = catenax.map { "unit:\($0)" }
        self.factor = factor
        self.rec20 = rec20
        self.type = type
        self.isCount = isCount
    }

    /// By the unit table's id. What is not here can be converted by `to:` in a rule.
    static let all: [String: TradeUnits] = {
        var all: [String: TradeUnits] = [:]
        for (id, catenax, factor, rec20) in counts {
            all[id] = TradeUnits(catenax, factor, rec20, "Count", isCount: true)
        }
        for (id, catenax, factor, rec20, type) in goods {
            all[id] = TradeUnits(catenax, factor, rec20, type, isCount: false)
        }
        for (type, units) in sensed {
            for (id, rec20) in units { all[id] = TradeUnits(nil, 1, rec20, type, isCount: false) }
        }
        return all
    }()

    /// Units that EPCIS has no need to name: an amount without one is a count.
    static let bareCounts: Set<String> = ["pcs", "ea", "count", "unit", "rod", "sheet"]

    private static let counts: [(String, String?, Double, String?)] = [
        ("pcs", "piece", 1, "H87"), ("ea", "piece", 1, "H87"), ("count", "piece", 1, "H87"),
        ("unit", "piece", 1, "H87"), ("rod", "piece", 1, "H87"), ("sheet", "piece", 1, "H87"),
        ("dozen", "piece", 12, "DZN"), ("gross", "piece", 144, "GRO"), ("k_pcs", "piece", 1000, "MIL"),
        ("set", "set", 1, "SET"), ("pair", "pair", 1, "PR"), ("cycle", "cycle", 1, "B7"),
    ]

    private static let goods: [(String, String?, Double, String?, String?)] = [
        ("kWh", "kilowattHour", 1, "KWH", "Energy"), ("Wh", "kilowattHour", 0.001, "WHR", "Energy"),
        ("MWh", "kilowattHour", 1000, "MWH", "Energy"),
        ("g", "gram", 1, "GRM", "Mass"), ("mg", "gram", 0.001, "MGM", "Mass"),
        ("kg", "kilogram", 1, "KGM", "Mass"), ("t", "tonneMetricTon", 1, "TNE", "Mass"),
        ("ton_us", "tonUsOrShortTonUkorus", 1, "STN", "Mass"),
        ("oz", "ounceAvoirdupois", 1, "ONZ", "Mass"), ("lb", "pound", 1, "LBR", "Mass"),
        ("m", "metre", 1, "MTR", "Length"), ("cm", "centimetre", 1, "CMT", "Length"),
        ("mm", "centimetre", 0.1, "MMT", "Length"), ("km", "kilometre", 1, "KMT", "Length"),
        ("in", "inch", 1, "INH", "Length"), ("ft", "foot", 1, "FOT", "Length"),
        ("yd", "yard", 1, "YRD", "Length"),
        ("m2", "squareMetre", 1, "MTK", nil), ("cm2", "squareCentimetre", 1, "CMK", nil),
        ("mm2", "squareCentimetre", 0.01, "MMK", nil),
        ("m3", "cubicMetre", 1, "MTQ", "Volume"), ("kL", "cubicMetre", 1, "K6", "Volume"),
        ("L", "litre", 1, "LTR", "Volume"), ("dm3", "litre", 1, "DMQ", "Volume"),
        ("mL", "millilitre", 1, "MLT", "Volume"), ("hL", "hectolitre", 1, "HLT", "Volume"),
        ("in3", "cubicInch", 1, "INQ", "Volume"), ("ft3", "cubicFoot", 1, "FTQ", "Volume"),
        ("s", "secondUnitOfTime", 1, "SEC", "Time"), ("min", "minuteUnitOfTime", 1, "MIN", "Time"),
        ("h", "hourUnitOfTime", 1, "HUR", "Time"), ("d", "day", 1, "DAY", "Time"),
    ]

    private static let sensed: [(String, [(String, String)])] = [
        ("Temperature", [("Cel", "CEL"), ("degF", "FAH"), ("K", "KEL")]),
        (
            "Pressure",
            [
                ("Pa", "PAL"), ("hPa", "A97"), ("kPa", "KPA"), ("MPa", "MPA"), ("mbar", "MBR"),
                ("bar", "BAR"),
                ("kgf/cm2", "E42"), ("kgf/mm2", "E41"), ("atm", "ATM"), ("mmHg", "HN"), ("mmH2O", "HP"),
                ("mH2O", "N23"), ("cmH2O", "H78"), ("psi", "PS"),
            ]
        ),
        ("Length", [("um", "4H"), ("nm", "C45")]),
        (
            "Speed",
            [
                ("m/s", "MTS"), ("mm/s", "C16"), ("cm/s", "2M"), ("m/min", "2X"), ("mm/min", "H81"),
                ("km/h", "KMH"), ("ft/min", "FR"), ("in/s", "IU"),
            ]
        ),
        ("Acceleration", [("m/s2", "MSK"), ("g{acc}", "K40"), ("mm/s2", "M41"), ("Gal", "A76")]),
        ("Frequency", [("rpm", "RPM"), ("rps", "RPS"), ("Hz", "HTZ"), ("kHz", "KHZ"), ("MHz", "MHZ")]),
        (
            "VolumeFlowRate",
            [
                ("m3/s", "MQS"), ("m3/h", "MQH"), ("m3/min", "G53"), ("L/s", "G51"), ("L/min", "L2"),
                ("L/h", "E32"), ("mL/min", "41"), ("gpm", "G2"), ("cfm", "2L"),
            ]
        ),
        ("Force", [("N", "NEW"), ("kN", "B47"), ("kgf", "B37"), ("lbf", "C78")]),
        (
            "Torque",
            [
                ("N.m", "NU"), ("kN.m", "B48"), ("cN.m", "J72"), ("kgf.m", "B38"), ("lbf.ft", "M92"),
                ("lbf.in", "F21"),
            ]
        ),
        (
            "Energy",
            [("J", "JOU"), ("kJ", "KJO"), ("MJ", "3B"), ("GJ", "GV"), ("kcal", "K53"), ("BTU", "BTU")]
        ),
        (
            "Power",
            [("W", "WTT"), ("mW", "C31"), ("kW", "KWT"), ("MW", "MAW"), ("hp", "BHP"), ("kcal/h", "E15")]
        ),
        ("ElectricCurrent", [("A", "AMP"), ("mA", "4K"), ("uA", "B84"), ("kA", "B22")]),
        ("Voltage", [("V", "VLT"), ("mV", "2Z"), ("kV", "KVT")]),
        ("RelativeHumidity", [("%RH", "P1")]),
        ("Time", [("ms", "C26"), ("us", "B98"), ("wk", "WEE")]),
        ("Dimensionless", [("1", "C62"), ("%", "P1"), ("permille", "NX"), ("ppm", "59"), ("ppb", "61")]),
    ]
}
