extension Agreement {
    /// What keeps each grant from being said in the form that it names, and where to mend that: a measure that the form
    /// has no words for, a precision it cannot express, a number that is nowhere written.
    ///
    /// Asked of active agreements. Every form but tsunagi's own rests on numbers of the trade; only what the form cannot
    /// do without is asked for, and nothing else of the book leaves.
    ///
    /// - Parameter trade: the numbers that the configuration tells.
    public func unsaid(_ trade: TradeBook) -> [AgreementFault] {
        var found = FaultList()
        for (index, grant) in grants.enumerated() {
            found.grant = index
            grant.unsaid(to: recipient, trade, into: &found)
        }
        return found.list
    }
}

extension Grant {
    /// The form of its releases: one, because a closed bucket leaves once, under one id.
    public var form: FeedForm { formats.first ?? .tsunagi }

    /// How the members of a CloudEvent go along, or nil for releases that are none.
    ///
    /// Only tsunagi's own form says itself which bucket of which grant it is; the others need the envelope for that.
    public var carriage: EventMode? {
        cloudEvents ?? ([.tsunagi, .sparkplug].contains(form) ? nil : .properties)
    }

    fileprivate func unsaid(to partner: Party, _ trade: TradeBook, into found: inout FaultList) {
        found.check(
            formats.count == 1,
            ["formats"],
            "names \(formats.count) forms, and a closed bucket leaves once, under one id: "
                + "name one form here, and write a second grant for the other"
        )
        switch form {
        case .tsunagi: return
        case .sparkplug:
            found.check(cloudEvents == nil, ["cloudevents"], "has no place in sparkplug: leave the key out")
            found.check(kind == .own, ["kind"], "pooled values leave as tsunagi alone: expected own")
            return
        case .catenax: unsaidInCatenaX(partner, trade, &found)
        case .epcis: unsaidInEPCIS(trade, &found)
        }
        found.check(
            kind == .own,
            ["kind"],
            "\(kind.rawValue) has no place in \(form.rawValue), which tells of one firm: expected own"
        )
        if case .band = precision {
            found.add(
                ["precision"],
                "bands cannot be said in \(form.rawValue), which has numbers only: expected round or exact"
            )
        }
    }

    /// ItemStock, DaysOfSupply and PlannedProductionOutput tell of one material each.
    private func unsaidInCatenaX(_ partner: Party, _ trade: TradeBook, _ found: inout FaultList) {
        guard check([.stock, .daysOfSupply, .plannedOutput], &found) else { return }
        found.check(
            products.count == 1,
            ["products"],
            "are \(products.count), and a document of catenax tells of one material: write a grant for each"
        )
        let relations: [Relationship] = measure == .plannedOutput ? [.customer] : [.customer, .supplier]
        if let relation = partner.relationship, !relations.contains(relation) {
            found.add(
                ["formats"],
                "catenax tells \(measure.rawValue) to a \(relations.map(\.rawValue).joined(separator: " or a ")), "
                    + "and the recipient is \(relation.rawValue)"
            )
        }
        for product in products where trade.items[product]?.material(for: partner.id) == nil {
            let example = "material: 7d6a1c52-3b0e-4a9f-9d51-0f2c6b8a4e10"
            found.add(
                ["products"],
                "\"\(product)\" has no material number for \(partner.id): "
                    + "write the UUID of its part type under items: in the configuration, \(product): {\(example)}"
            )
        }
        // A planned output has a site and no address.
        let needs = measure == .plannedOutput ? ["bpns"] : ["bpns", "bpna"]
        var places: [[String]: String] = [:]
        for site in sites {
            let numbers = trade.sites[site]
            let known = ["bpns": numbers?.bpns, "bpna": numbers?.bpna]
            let missing = needs.filter { known[$0] ?? nil == nil }
            guard missing.isEmpty else {
                let words = missing.map { "\($0): \($0.uppercased())…" }.joined(separator: ", ")
                found.add(
                    ["sites"],
                    "\"\(site)\" has no \(missing.joined(separator: " and no ")): "
                        + "write sites: {\(site): {\(words)}} in the configuration"
                )
                continue
            }
            apart(site, needs.compactMap { known[$0] ?? nil }, &places, &found)
        }
    }

    /// An event of EPCIS tells of one place.
    private func unsaidInEPCIS(_ trade: TradeBook, _ found: inout FaultList) {
        guard check([.stock, .output, .energy, .oee, .process], &found) else { return }
        if measure == .stock {
            var classes: [String: String] = [:]
            for product in products {
                guard let uri = trade.items[product]?.classURI else {
                    found.add(
                        ["products"],
                        "\"\(product)\" has no gtin and no epc_class: "
                            + "write items: {\(product): {gtin: \"…\"}} in the configuration"
                    )
                    continue
                }
                if let other = classes.updateValue(product, forKey: uri) {
                    found.add(["products"], "\"\(product)\" and \"\(other)\" have the same class \(uri)")
                }
            }
        }
        var places: [[String]: String] = [:]
        for site in sites {
            guard let uri = trade.sites[site]?.locationURI else {
                found.add(
                    ["sites"],
                    "\"\(site)\" has no gln and no location: "
                        + "write sites: {\(site): {gln: \"…\"}} in the configuration"
                )
                continue
            }
            apart(site, [uri], &places, &found)
        }
    }

    /// Two sites of one number would be two values of one place.
    private func apart(
        _ site: String,
        _ numbers: [String],
        _ places: inout [[String]: String],
        _ found: inout FaultList
    ) {
        guard let other = places.updateValue(site, forKey: numbers) else { return }
        found.add(
            ["sites"],
            "\"\(site)\" and \"\(other)\" have the same numbers (\(numbers.joined(separator: ", "))): "
                + "a partner could not tell their values apart"
        )
    }

    private func check(_ said: [Measure], _ found: inout FaultList) -> Bool {
        found.check(
            said.contains(measure),
            ["formats"],
            "\(form.rawValue) has no words for \(measure.rawValue): "
                + "it tells \(said.map(\.rawValue).joined(separator: ", ")); write formats: [tsunagi] for the rest"
        )
        return said.contains(measure)
    }
}
