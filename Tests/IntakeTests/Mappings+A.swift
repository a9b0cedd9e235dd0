import Intake
import Readings

extension Mappings {
    static let aasSamm = set(
        site: "toyota",
        rules: [
            rule("samm-item-stock", "samm/item-stock/{asset}") {
                $0.each = ["$.positions[*]", "@.allocatedStocks[*]"]
                $0.common.asset = Expression("{@.stockLocationBPNA}")
                $0.common.time = TimeOptions(paths: ["@.lastUpdatedOnDateTime"])
                $0.readings = [
                    reading {
                        $0.metric = "stock/{$.materialGlobalAssetId}"
                        $0.value = Expression("@.quantityOnAllocatedStock.value")
                        $0.unit = Expression("@.quantityOnAllocatedStock.unit")
                    }
                ]
            },
            rule("aas-submodel", "aas/{asset}/submodels/{submodel}") {
                $0.when["$.modelType"] = .oneOf(["Submodel"])
                $0.each = ["$.submodelElements[*]"]
                $0.common.asset = Expression("{asset}")
                $0.readings = [
                    reading {
                        $0.metric = "{submodel}/{@.idShort}"
                        $0.value = Expression("@.value")
                        $0.type = .number
                    }
                ]
            },
        ]
    )

    static let aio = set(rules: [
        rule("aio", "azure-iot-operations/data/{asset}") {
            $0.each = ["$.*"]
            $0.common.quality = Expression("@.StatusCode.Code", fallback: "0", scale: "opcua")
            $0.common.site = Expression("kobe")
            $0.common.asset = Expression("{asset}")
            $0.common.time = TimeOptions(paths: ["@.SourceTimestamp"])
            $0.readings = [
                reading {
                    $0.metric = "{key}"
                    $0.value = Expression("@.Value")
                }
            ]
        }
    ])

    static let chirpstack = set(rules: [
        rule("chirpstack-up", "application/{app}/device/{eui}/event/up") {
            $0.when["$.object"] = .exists
            $0.each = ["$.object.*"]
            $0.common.site = Expression("$.deviceInfo.tags.site", fallback: "unknown")
            $0.common.asset = Expression(
                "{eui}",
                map: ["0101010101010101": "silo-2", "24e124136b502217": "cold-1"]
            )
            $0.common.time = TimeOptions(paths: ["$.time"])
            $0.readings = [
                reading {
                    $0.metric = "{key}"
                    $0.value = Expression("@")
                }
            ]
            $0.names["level_mm"] = reading {
                $0.metric = "level"
                $0.unit = Expression("mm")
                $0.to = "m"
            }
            $0.names["temperature"] = reading {
                $0.metric = "temperature"
                $0.unit = Expression("Cel")
            }
            $0.names["battery"] = reading {
                $0.metric = "battery"
                $0.unit = Expression("V")
            }
        },
        rule("chirpstack-rest", "application/+/device/+/event/{ev}") {
            $0.ignore = true
        },
    ])

    static let csv = set(
        site: "tsubame",
        timezone: "Asia/Tokyo",
        rules: [
            rule("csv-header", "csv/{asset}/header") {
                $0.format = .csv
                $0.each = ["$[*]"]
                $0.common.asset = Expression("{asset}")
                $0.common.time = TimeOptions(paths: ["@.time"])
                $0.readings = [
                    reading {
                        $0.metric = "temperature"
                        $0.value = Expression("@.temp")
                        $0.type = .number
                        $0.unit = Expression("Cel")
                    },
                    reading {
                        $0.metric = "count"
                        $0.value = Expression("@.count")
                        $0.type = .number
                        $0.unit = Expression("pcs")
                        $0.kind = .counter
                    },
                ]
            },
            rule("csv-fixed-sjis", "csv/{asset}/sjis") {
                $0.format = .csv
                $0.options.encoding = .cp932
                $0.options.columns = ["date", "time", "name", "value", "unit", "status"]
                $0.each = ["$[*]"]
                $0.common.quality = Expression(
                    "@.status",
                    fallback: "uncertain",
                    map: ["正常": "good", "異常": "bad"]
                )
                $0.common.asset = Expression("{asset}")
                $0.common.time = TimeOptions(paths: ["{@.date} {@.time}"])
                $0.readings = [
                    reading {
                        $0.metric = "{@.name}"
                        $0.value = Expression("@.value")
                        $0.type = .number
                        $0.unit = Expression("@.unit")
                    }
                ]
            },
            rule("csv-tsv", "csv/{asset}/tsv") {
                $0.format = .csv
                $0.options.delimiter = "\t"
                $0.options.columns = ["t", "_", "v"]
                $0.each = ["$[*]"]
                $0.common.asset = Expression("{asset}")
                $0.common.time = TimeOptions(paths: ["@.t"], format: "s")
                $0.readings = [
                    reading {
                        $0.metric = "value"
                        $0.value = Expression("@.v")
                        $0.type = .number
                    }
                ]
            },
        ]
    )

    static let homie = set(
        site: "ota",
        rules: [
            rule("homie-attributes", "homie/+/$homie") {
                $0.ignore = true
                $0.format = .value
            },
            rule("homie-attributes", "homie/+/+/$name") {
                $0.ignore = true
                $0.format = .value
            },
            rule("homie-attributes", "homie/+/+/+/$unit") {
                $0.ignore = true
                $0.format = .value
            },
            rule("homie-attributes", "homie/5/+/$description") {
                $0.ignore = true
                $0.format = .value
            },
            rule("homie-attributes", "homie/5/+/$state") {
                $0.ignore = true
                $0.format = .value
            },
            rule("homie-attributes", "homie/+/$state") {
                $0.ignore = true
                $0.format = .value
            },
            rule("homie-attributes", "homie/+/$nodes") {
                $0.ignore = true
                $0.format = .value
            },
            rule("homie-attributes", "homie/+/+/+/$settable") {
                $0.ignore = true
                $0.format = .value
            },
            rule("homie5-property", "homie/5/{asset}/{node}/{metric}") {
                $0.format = .value
                $0.common.asset = Expression("{asset}/{node}")
                $0.readings = [
                    reading {
                        $0.metric = "{metric}"
                        $0.value = Expression("$")
                    }
                ]
            },
            rule("homie4-property", "homie/{asset}/{node}/{metric}") {
                $0.format = .value
                $0.common.asset = Expression("{asset}/{node}")
                $0.readings = [
                    reading {
                        $0.metric = "{metric}"
                        $0.value = Expression("$")
                    }
                ]
                $0.names["temperature"] = reading {
                    $0.metric = "temperature"
                    $0.type = .number
                    $0.unit = Expression("°C")
                }
                $0.names["power"] = reading {
                    $0.metric = "power"
                    $0.type = .bool
                }
            },
        ]
    )

    static let jsonNested = set(
        timezone: "Asia/Tokyo",
        rules: [
            rule("uns-isa95", "{enterprise}/{site}/{area}/{line}/{cell}/{metric}") {
                $0.common.quality = Expression("$.quality", fallback: "true")
                $0.common.site = Expression("{site}")
                $0.common.asset = Expression("{area}/{line}/{cell}")
                $0.common.time = TimeOptions(paths: ["$.timestamp", "$.ts", "$.time"])
                $0.readings = [
                    reading {
                        $0.metric = "{metric}"
                        $0.value = Expression("$.value")
                        $0.unit = Expression("$.unit", fallback: "")
                    }
                ]
            },
            rule("node-red", "nodered/{site}/{asset}") {
                $0.each = ["$.payload.*"]
                $0.common.site = Expression("{site}")
                $0.common.asset = Expression("{asset}")
                $0.common.time = TimeOptions(paths: ["$.ts"])
                $0.readings = [
                    reading {
                        $0.metric = "{key}"
                        $0.value = Expression("@")
                    }
                ]
            },
            rule("array-of-readings", "batch/{site}") {
                $0.each = ["$[*]"]
                $0.common.site = Expression("{site}")
                $0.common.asset = Expression("{@.machine}")
                $0.common.time = TimeOptions(paths: ["@.t"])
                $0.readings = [
                    reading {
                        $0.metric = "{@.name}"
                        $0.value = Expression("@.val")
                        $0.unit = Expression("@.u", fallback: "")
                    }
                ]
            },
        ]
    )
}
