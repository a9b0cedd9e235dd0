import Intake
import Readings

extension Mappings {
    static let quirks = set(
        site: "q",
        timezone: "Asia/Tokyo",
        rules: [
            rule("first", "q/{asset}/a") {
                $0.common.asset = Expression("{asset}")
                $0.common.time = TimeOptions(paths: ["$.t"])
                $0.readings = [
                    reading {
                        $0.metric = "v"
                        $0.value = Expression("$.v")
                    }
                ]
            },
            rule("shadowed", "q/{asset}/{x}") {
                $0.common.asset = Expression("{asset}")
                $0.common.time = TimeOptions(paths: ["$.t"])
                $0.readings = [
                    reading {
                        $0.metric = "{x}"
                        $0.value = Expression("$.v")
                    }
                ]
            },
        ]
    )

    static let scalar = set(
        site: "higashiosaka",
        rules: [
            rule("relay", "plant/{area}/{asset}/relay") {
                $0.format = .value
                $0.common.type = .bool
                $0.common.asset = Expression("{area}/{asset}")
                $0.readings = [
                    reading {
                        $0.metric = "relay"
                        $0.value = Expression("$")
                    }
                ]
            },
            rule("speed", "plant/{area}/{asset}/speed_rpm") {
                $0.format = .value
                $0.common.type = .number
                $0.common.asset = Expression("{area}/{asset}")
                $0.readings = [
                    reading {
                        $0.metric = "speed"
                        $0.value = Expression("$")
                        $0.unit = Expression("rpm")
                    }
                ]
            },
            rule("pressure", "plant/{area}/{asset}/pressure") {
                $0.format = .value
                $0.common.type = .number
                $0.common.asset = Expression("{area}/{asset}")
                $0.readings = [
                    reading {
                        $0.metric = "pressure"
                        $0.value = Expression("$")
                        $0.unit = Expression("kgf/cm²")
                        $0.to = "MPa"
                        $0.round = 4
                    }
                ]
            },
            rule("any", "plant/{area}/{asset}/{metric}") {
                $0.format = .value
                $0.common.asset = Expression("{area}/{asset}")
                $0.readings = [
                    reading {
                        $0.metric = "{metric}"
                        $0.value = Expression("$")
                    }
                ]
            },
        ]
    )

    static let scale = set(
        site: "tsubame",
        rules: [
            rule("scale-line", "scale/{asset}") {
                $0.format = .value
                $0.match.append(
                    MatchOptions(
                        path: "$",
                        regex:
                            "^(?<st>ST|US|OL|QT|WT)(?:,(?:GS|NT))?,\\s*(?<v>[+-]\\s*[0-9.]+)"
                            + "\\s*(?<u>[A-Za-z%]+)\\s*$"
                    )
                )
                $0.common.quality = Expression(
                    "{st}",
                    map: ["ST": "good", "WT": "good", "QT": "good", "US": "uncertain", "OL": "bad"]
                )
                $0.common.asset = Expression("{asset}")
                $0.readings = [
                    reading {
                        $0.metric = "weight"
                        $0.value = Expression("{v}")
                        $0.type = .number
                        $0.unit = Expression("{u}")
                        $0.to = "kg"
                    }
                ]
            },
            rule("bin-by-weight", "bin/{asset}") {
                $0.common.asset = Expression("{asset}")
                $0.common.time = TimeOptions(paths: ["$.ts"])
                $0.readings = [
                    reading {
                        $0.metric = "weight"
                        $0.value = Expression("$.gross_g")
                        $0.unit = Expression("g")
                        $0.to = "kg"
                    },
                    reading {
                        $0.metric = "stock"
                        $0.value = Expression("$.gross_g")
                        $0.scale = Expression("2/25")
                        $0.offset = "-28"
                        $0.unit = Expression("pcs")
                        $0.round = 0
                    },
                ]
            },
        ]
    )

    static let shelly = set(
        site: "ota",
        rules: [
            rule("shelly-notify", "{asset}/events/rpc") {
                $0.when["$.method"] = .oneOf(["NotifyStatus", "NotifyFullStatus"])
                $0.each = ["leaves($.params)"]
                $0.skip = [
                    "ts", ".*/id", ".*/source", ".*/by_minute/.*", ".*/minute_ts",
                    "(sys|wifi|mqtt|ble|cloud|ws|ht_ui)(/.*)?", ".*/tF",
                ]
                $0.common.asset = Expression("{asset}")
                $0.common.time = TimeOptions(paths: ["$.params.ts"])
                $0.readings = [
                    reading {
                        $0.metric = "{path}"
                        $0.value = Expression("@")
                    }
                ]
                $0.names["switch:0/apower"] = reading {
                    $0.metric = "power"
                    $0.unit = Expression("W")
                }
                $0.names["switch:0/output"] = reading { $0.metric = "output" }
                $0.names["switch:0/aenergy/total"] = reading {
                    $0.metric = "energy"
                    $0.unit = Expression("Wh")
                    $0.to = "kWh"
                    $0.kind = .counter
                }
                $0.names["switch:0/temperature/tC"] = reading {
                    $0.metric = "case_temperature"
                    $0.unit = Expression("Cel")
                }
                $0.names["temperature:0/tC"] = reading {
                    $0.metric = "temperature"
                    $0.unit = Expression("Cel")
                }
                $0.names["humidity:0/rh"] = reading {
                    $0.metric = "humidity"
                    $0.unit = Expression("%RH")
                }
            },
            rule("shelly-other-rpc", "+/events/rpc") {
                $0.ignore = true
            },
            rule("shelly-status", "{asset}/status/switch:{ch}") {
                $0.common.asset = Expression("{asset}/{ch}")
                $0.common.time = TimeOptions(paths: ["$.aenergy.minute_ts"])
                $0.readings = [
                    reading {
                        $0.metric = "output"
                        $0.value = Expression("$.output")
                    },
                    reading {
                        $0.metric = "power"
                        $0.value = Expression("$.apower")
                        $0.unit = Expression("W")
                        $0.optional = true
                    },
                    reading {
                        $0.metric = "energy"
                        $0.value = Expression("$.aenergy.total")
                        $0.unit = Expression("Wh")
                        $0.to = "kWh"
                        $0.kind = .counter
                        $0.optional = true
                    },
                ]
            },
        ]
    )

    static let sitewise = set(rules: [
        rule("sitewise", "aws/sitewise/{gw}") {
            $0.each = ["$.entries[*]", "@.propertyValues[*]", "@.value.*"]
            $0.match.append(
                MatchOptions(
                    path: "^^.propertyAlias",
                    regex: "^/(?<company>[^/]+)/(?<site>[^/]+)/(?<asset>.+)/(?<metric>[^/]+)$"
                )
            )
            $0.common.quality = Expression("^.quality", fallback: "GOOD")
            $0.common.site = Expression("{site}")
            $0.common.asset = Expression("{asset}")
            $0.common.time = TimeOptions(paths: ["^.timestamp.timeInSeconds"], format: "s")
            $0.readings = [
                reading {
                    $0.metric = "{metric}"
                    $0.value = Expression("@")
                }
            ]
        }
    ])
}
