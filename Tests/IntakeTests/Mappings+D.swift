import Intake
import Readings

extension Mappings {
    static let stockEvents = set(
        site: "nagoya",
        timezone: "Asia/Tokyo",
        rules: [
            rule("barcode-text", "scan/{asset}/raw") {
                $0.format = .value
                $0.match.append(
                    MatchOptions(
                        path: "$",
                        regex: "^(?<op>IN|OUT),(?<item>[0-9A-Za-z-]+),(?<qty>[0-9]+)(?:,(?<id>.+))?$"
                    )
                )
                $0.common.asset = Expression("{asset}")
                $0.readings = [
                    reading {
                        $0.metric = "stock/{item}"
                        $0.value = Expression("{qty}")
                        $0.type = .number
                        $0.scale = Expression("{op}", map: ["IN": "1", "OUT": "-1"])
                        $0.unit = Expression("pcs")
                        $0.kind = .delta
                        $0.id = Expression("{id}")
                    }
                ]
            },
            rule("scan-json", "scan/{asset}/event") {
                $0.common.asset = Expression("{asset}")
                $0.common.time = TimeOptions(paths: ["$.ts"])
                $0.readings = [
                    reading {
                        $0.metric = "stock/{$.item}"
                        $0.value = Expression("$.qty")
                        $0.scale = Expression("$.dir", map: ["in": "1", "out": "-1", "count": "0"])
                        $0.unit = Expression("pcs")
                        $0.kind = .delta
                        $0.id = Expression("$.id")
                    }
                ]
            },
            rule("rfid", "rfid/{asset}/{antenna}") {
                $0.each = ["$.tags[*]"]
                $0.common.asset = Expression("{asset}")
                $0.common.time = TimeOptions(paths: ["@.seen", "$.ts"])
                $0.readings = [
                    reading {
                        $0.metric = "tag/{@.epc}"
                        $0.value = Expression("$.zone")
                        $0.kind = .state
                    }
                ]
            },
            rule("epcis", "epcis/{asset}") {
                $0.when["$.type"] = .oneOf(["ObjectEvent"])
                $0.each = ["$.quantityList[*]"]
                $0.common.asset = Expression("{asset}")
                $0.common.time = TimeOptions(paths: ["$.eventTime"])
                $0.readings = [
                    reading {
                        $0.metric = "stock/{@.epcClass}"
                        $0.value = Expression("@.quantity")
                        $0.scale = Expression("$.action", map: ["ADD": "1", "DELETE": "-1"])
                        $0.unit = Expression("@.uom", fallback: "pcs")
                        $0.kind = .delta
                        $0.id = Expression("{$.eventID}/{index}")
                    }
                ]
            },
        ]
    )

    static let tasmota = set(
        site: "ota",
        timezone: "Asia/Tokyo",
        rules: [
            rule("tasmota-sensor", "tele/{asset}/SENSOR") {
                $0.each = ["leaves($)"]
                $0.skip = ["Time", "TempUnit", "PressureUnit", "SpeedUnit", ".*/Id", "ENERGY/TotalStartTime"]
                $0.common.asset = Expression("{asset}")
                $0.common.time = TimeOptions(paths: ["$.Time"])
                $0.readings = [
                    reading {
                        $0.metric = "{path}"
                        $0.value = Expression("@")
                    }
                ]
                $0.names["BME280/Temperature"] = reading {
                    $0.metric = "temperature"
                    $0.unit = Expression("$.TempUnit", fallback: "C")
                }
                $0.names["BME280/Humidity"] = reading {
                    $0.metric = "humidity"
                    $0.unit = Expression("%RH")
                }
                $0.names["BME280/Pressure"] = reading {
                    $0.metric = "air_pressure"
                    $0.unit = Expression("$.PressureUnit", fallback: "hPa")
                }
                $0.names["ENERGY/Total"] = reading {
                    $0.metric = "energy"
                    $0.unit = Expression("kWh")
                    $0.kind = .counter
                }
                $0.names["ENERGY/Power"] = reading {
                    $0.metric = "power"
                    $0.unit = Expression("W")
                }
                $0.names["ENERGY/Voltage"] = reading {
                    $0.metric = "voltage"
                    $0.unit = Expression("V")
                }
                $0.names["ENERGY/Current"] = reading {
                    $0.metric = "current"
                    $0.unit = Expression("A")
                }
            },
            rule("tasmota-lwt", "tele/{asset}/LWT") {
                $0.format = .value
                $0.common.map = ["Online": "true", "Offline": "false"]
                $0.common.asset = Expression("{asset}")
                $0.readings = [
                    reading {
                        $0.metric = "online"
                        $0.value = Expression("$")
                        $0.kind = .state
                    }
                ]
            },
            rule("tasmota-rest", "tele/{asset}/STATE") {
                $0.ignore = true
            },
            rule("tasmota-rest", "tele/+/INFO1") {
                $0.ignore = true
            },
            rule("tasmota-rest", "stat/#") {
                $0.ignore = true
            },
        ]
    )

    static let umh = set(rules: [
        rule("umh-historian", "umh/v1/{enterprise}/{site}/{asset*}/_historian/{group*}") {
            $0.each = ["leaves($)"]
            $0.skip = ["timestamp_ms"]
            $0.common.site = Expression("{site}")
            $0.common.asset = Expression("{asset}")
            $0.common.time = TimeOptions(paths: ["$.timestamp_ms"], format: "ms")
            $0.readings = [
                reading {
                    $0.metric = "{group}/{path}"
                    $0.value = Expression("@")
                }
            ]
        },
        rule("umh-historian-top", "umh/v1/{enterprise}/{site}/{asset*}/_historian") {
            $0.each = ["leaves($)"]
            $0.skip = ["timestamp_ms"]
            $0.common.site = Expression("{site}")
            $0.common.asset = Expression("{asset}")
            $0.common.time = TimeOptions(paths: ["$.timestamp_ms"], format: "ms")
            $0.readings = [
                reading {
                    $0.metric = "{path}"
                    $0.value = Expression("@")
                }
            ]
        },
        rule("umh-other", "umh/v1/#") {
            $0.ignore = true
        },
    ])

    static let zigbee2mqtt = set(
        site: "kobe",
        timezone: "Asia/Tokyo",
        rules: [
            rule("z2m-bridge", "zigbee2mqtt/bridge/#") {
                $0.ignore = true
            },
            rule("z2m-availability", "zigbee2mqtt/{asset*}/availability") {
                $0.common.map = ["online": "true", "offline": "false"]
                $0.common.asset = Expression("{asset}")
                $0.readings = [
                    reading {
                        $0.metric = "online"
                        $0.value = Expression("$.state")
                        $0.kind = .state
                    }
                ]
            },
            rule("z2m-device", "zigbee2mqtt/{asset*}") {
                $0.each = ["$.*"]
                $0.skip = ["last_seen", "update", "update_available", "color.*", "device"]
                $0.common.asset = Expression("{asset}")
                $0.common.time = TimeOptions(paths: ["$.last_seen"])
                $0.readings = [
                    reading {
                        $0.metric = "{key}"
                        $0.value = Expression("@")
                    }
                ]
                $0.names["temperature"] = reading {
                    $0.metric = "temperature"
                    $0.unit = Expression("Cel")
                }
                $0.names["humidity"] = reading {
                    $0.metric = "humidity"
                    $0.unit = Expression("%RH")
                }
                $0.names["battery"] = reading {
                    $0.metric = "battery"
                    $0.unit = Expression("%")
                }
                $0.names["contact"] = reading {
                    $0.metric = "door_open"
                    $0.map = ["true": "false", "false": "true"]
                }
                $0.names["energy"] = reading {
                    $0.metric = "energy"
                    $0.unit = Expression("kWh")
                    $0.kind = .counter
                }
                $0.names["linkquality"] = reading { $0.metric = "link_quality" }
            },
        ]
    )
}
