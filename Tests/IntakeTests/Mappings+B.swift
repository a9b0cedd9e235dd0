import Intake
import Readings

extension Mappings {
    static let kepware = set(rules: [
        rule("kepware", "iotgateway/{asset}") {
            $0.each = ["$.values[*]"]
            $0.match.append(
                MatchOptions(path: "@.id", regex: "^(?<chan>[^.]+)\\.(?<dev>[^.]+)\\.(?<tag>.+)$")
            )
            $0.common.quality = Expression("@.q", fallback: "true")
            $0.common.site = Expression("ota")
            $0.common.asset = Expression("{asset}")
            $0.common.time = TimeOptions(paths: ["@.t", "$.timestamp"])
            $0.readings = [
                reading {
                    $0.metric = "{dev}/{tag}"
                    $0.value = Expression("@.v")
                }
            ]
            $0.names["PLC1/D100"] = reading {
                $0.metric = "temperature"
                $0.scale = Expression("0.1")
                $0.unit = Expression("Cel")
            }
            $0.names["PLC1/D102"] = reading {
                $0.metric = "stock"
                $0.unit = Expression("pcs")
            }
        }
    ])

    static let mtconnect = set(
        site: "kobe",
        rules: [
            rule("mtconnect-samples", "MTConnect/Current/{uuid}") {
                $0.each = [
                    "$.MTConnectStreams.Streams.DeviceStream[*]", "@.ComponentStream[*]", "@.Samples.*",
                    "@[*]",
                ]
                $0.common.nullIf = ["UNAVAILABLE"]
                $0.common.asset = Expression("^^^.name")
                $0.common.time = TimeOptions(paths: ["@.timestamp"])
                $0.readings = [
                    reading {
                        $0.metric = "{^^.name}/{^key}/{@.dataItemId}"
                        $0.value = Expression("@.value")
                    }
                ]
            },
            rule("mtconnect-samples", "MTConnect/Sample/{uuid}") {
                $0.each = [
                    "$.MTConnectStreams.Streams.DeviceStream[*]", "@.ComponentStream[*]", "@.Samples.*",
                    "@[*]",
                ]
                $0.common.nullIf = ["UNAVAILABLE"]
                $0.common.asset = Expression("^^^.name")
                $0.common.time = TimeOptions(paths: ["@.timestamp"])
                $0.readings = [
                    reading {
                        $0.metric = "{^^.name}/{^key}/{@.dataItemId}"
                        $0.value = Expression("@.value")
                    }
                ]
            },
        ]
    )

    static let neuron = set(rules: [
        rule("neuron-values", "/neuron/{gw}") {
            $0.when["$.values"] = .exists
            $0.each = ["$.values.*"]
            $0.common.site = Expression("suwa")
            $0.common.asset = Expression("{$.node}/{$.group}")
            $0.common.time = TimeOptions(paths: ["$.timestamp"])
            $0.readings = [
                reading {
                    $0.metric = "{key}"
                    $0.value = Expression("@")
                }
            ]
        },
        rule("neuron-values", "neuron/{gw}") {
            $0.when["$.values"] = .exists
            $0.each = ["$.values.*"]
            $0.common.site = Expression("suwa")
            $0.common.asset = Expression("{$.node}/{$.group}")
            $0.common.time = TimeOptions(paths: ["$.timestamp"])
            $0.readings = [
                reading {
                    $0.metric = "{key}"
                    $0.value = Expression("@")
                }
            ]
        },
        rule("neuron-tags", "/neuron/{gw}") {
            $0.when["$.tags"] = .exists
            $0.each = ["$.tags[*]"]
            $0.common.quality = Expression("@.error", fallback: "0", scale: "error")
            $0.common.site = Expression("suwa")
            $0.common.asset = Expression("{$.node}/{$.group}")
            $0.common.time = TimeOptions(paths: ["$.timestamp"])
            $0.readings = [
                reading {
                    $0.metric = "{@.name}"
                    $0.value = Expression("@.value", fallback: "null")
                }
            ]
        },
        rule("neuron-tags", "neuron/{gw}") {
            $0.when["$.tags"] = .exists
            $0.each = ["$.tags[*]"]
            $0.common.quality = Expression("@.error", fallback: "0", scale: "error")
            $0.common.site = Expression("suwa")
            $0.common.asset = Expression("{$.node}/{$.group}")
            $0.common.time = TimeOptions(paths: ["$.timestamp"])
            $0.readings = [
                reading {
                    $0.metric = "{@.name}"
                    $0.value = Expression("@.value", fallback: "null")
                }
            ]
        },
    ])

    static let opcuaPubsub = set(rules: [
        rule("opcua-other", "opcua/json/#") {
            $0.when["$.MessageType"] = .oneOf([
                "ua-metadata", "ua-status", "ua-application", "ua-endpoints", "ua-connection",
            ])
            $0.ignore = true
        },
        rule("opcua-reversible", "opcua/json/data/{publisher}/rev/{writer}") {
            $0.each = ["$.Messages[*]", "@.Payload.*"]
            $0.common.quality = Expression("@.Status.Code", fallback: "0", scale: "opcua")
            $0.common.site = Expression("hamamatsu")
            $0.common.asset = Expression("{publisher}")
            $0.common.time = TimeOptions(paths: ["@.SourceTimestamp", "^.Timestamp"])
            $0.readings = [
                reading {
                    $0.metric = "{key}"
                    $0.value = Expression("@.Value.Body")
                }
            ]
        },
        rule("opcua-plain", "opcua/json/data/{publisher}/{writer}") {
            $0.each = ["$.Messages[*]", "@.Payload.*"]
            $0.common.quality = Expression("^.Status", fallback: "0", scale: "opcua")
            $0.common.site = Expression("hamamatsu")
            $0.common.asset = Expression("{publisher}")
            $0.common.time = TimeOptions(paths: ["^.Timestamp"])
            $0.readings = [
                reading {
                    $0.metric = "{key}"
                    $0.value = Expression("@")
                }
            ]
        },
    ])

    static let plcJp = set(
        site: "higashiosaka",
        timezone: "Asia/Tokyo",
        rules: [
            rule("plc-words", "factory/{line}/{asset}/plc") {
                $0.each = ["$.data.*"]
                $0.unnamed = .dead
                $0.common.asset = Expression("{line}/{asset}")
                $0.common.time = TimeOptions(paths: ["$.ts", "$.日時"])
                $0.readings = [
                    reading {
                        $0.metric = "{key}"
                        $0.value = Expression("@")
                    }
                ]
                $0.names["D100"] = reading {
                    $0.metric = "temperature"
                    $0.scale = Expression("0.1")
                    $0.unit = Expression("℃")
                }
                $0.names["D110"] = reading {
                    $0.metric = "pressure"
                    $0.scale = Expression("0.001")
                    $0.unit = Expression("ＭＰａ")
                }
                $0.names["D200"] = reading {
                    $0.metric = "good_count"
                    $0.unit = Expression("個")
                    $0.kind = .counter
                }
                $0.names["D201"] = reading {
                    $0.metric = "bad_count"
                    $0.unit = Expression("個")
                    $0.kind = .counter
                }
                $0.names["M0"] = reading {
                    $0.metric = "running"
                    $0.type = .bool
                }
                $0.names["D300"] = reading {
                    $0.metric = "state"
                    $0.map = ["0": "停止", "1": "運転", "2": "段取り", "9": "異常"]
                    $0.kind = .state
                }
                $0.names["W10"] = reading {
                    $0.metric = "torque"
                    $0.scale = Expression("0.01")
                    $0.unit = Expression("N・m")
                    $0.range = 0...50
                }
            },
            rule("hmi-weintek", "iot-2/type/hmi/id/{asset}/evt/{group}/fmt/json") {
                $0.each = ["$.d.*"]
                $0.common.asset = Expression("{asset}")
                $0.common.time = TimeOptions(paths: ["$.ts"])
                $0.readings = [
                    reading {
                        $0.metric = "{key}"
                        $0.value = Expression("@[0]")
                    }
                ]
            },
            rule("optix", "optix/{asset}") {
                $0.each = ["$.Records[*]"]
                $0.common.asset = Expression("{asset}")
                $0.common.time = TimeOptions(paths: ["$.Timestamp"])
                $0.readings = [
                    reading {
                        $0.metric = "{@.TagName}"
                        $0.value = Expression("@.Value")
                    }
                ]
            },
        ]
    )
}
