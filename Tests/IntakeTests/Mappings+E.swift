import Intake
import Readings

extension Mappings {
    static let influx = set(rules: [
        rule("influx", "influx/{gateway}") {
            $0.format = .influx
            $0.each = ["$[*]", "@.fields.*"]
            $0.common.site = Expression("^.tags.site", fallback: "unknown")
            $0.common.asset = Expression("^.tags.asset")
            $0.common.time = TimeOptions(paths: ["^.time"])
            $0.readings = [
                reading {
                    $0.metric = "{^.measurement}/{key}"
                    $0.value = Expression("@")
                }
            ]
            $0.names["env/temp"] = reading {
                $0.metric = "temperature"
                $0.unit = Expression("Cel")
            }
            $0.names["energy/kwh"] = reading {
                $0.metric = "energy"
                $0.unit = Expression("kWh")
                $0.kind = .counter
            }
        }
    ])

    static let senml = senml("senml", "senml/{site}/{gateway}", .senml)
    static let senmlCbor = senml("senml-cbor", "senmlc/{site}/{gateway}", .senmlCbor)

    private static func senml(_ name: String, _ topic: String, _ format: PayloadFormat) -> RuleSetOptions {
        set(rules: [
            rule(name, topic) {
                $0.format = format
                $0.each = ["$[*]"]
                $0.match = [
                    MatchOptions(
                        path: "@.n",
                        regex: "^(?:urn:dev:[a-z]+:)?(?<asset>[^:/]+)[:/](?<metric>.+)$"
                    )
                ]
                $0.common.site = Expression("{site}")
                $0.common.asset = Expression("{asset}")
                $0.common.time = TimeOptions(paths: ["@.time_ms"])
                $0.readings = [
                    reading {
                        $0.metric = "{metric}"
                        $0.value = Expression("@.v")
                        $0.unit = Expression("@.u", fallback: "")
                    }
                ]
            }
        ])
    }
}
