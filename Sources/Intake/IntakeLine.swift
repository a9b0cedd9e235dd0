import Readings

/// The way from a message to the batch; belongs to one thread.
struct IntakeLine: ~Copyable {
    private(set) var table: RuleTable
    let book: SeriesBook
    var batch: Batch
    var scene: Scene
    var routes = RouteCache()
    var marks: MovementMarks
    var receipts = ReceiptRing()
    var letters = DeadLetterBook()
    var ledger = SourceLedger()
    var desk: SparkplugDesk
    /// What came before the clock was set.
    var timeless = TimelessMessages()
    /// As of now, and as of the last settled batch.
    var status = IntakeStatus()
    var settledStatus = IntakeStatus()

    // First sights, remembered; see IntakeLine+Binding.
    var found = ByteTable(entriesMax: 200_000, arenaBytesMax: 32 << 20)
    var foundBindings: [Binding] = []
    var conversions: [Affine] = []
    var conversionNumbers: [Affine: Int32] = [:]
    var spellings = ByteTable(entriesMax: 10_000, arenaBytesMax: 1 << 20)
    var meanings: [UnitMeaning] = []
    var texts = ByteTable(entriesMax: 20_000, arenaBytesMax: 2 << 20)
    var textIDs: [TextID] = []

    var clocks: [ZoneClock]
    var regexes = RegexMachine()
    private var transcoder: Transcoder?

    // Buffers that keep their memory from message to message.
    var text: [UInt8] = []
    var nameText: [UInt8] = []
    var keyText: [UInt8] = []
    var spare: [UInt8] = []
    /// The nodes on which the last `match` of this message ran, so that the same need not be searched again.
    var matchNodes: [Int] = []
    var matchMessage: UInt64 = 0

    /// Of the dropped file at hand; nil while a message is.
    var fileNotes: FileNotes?

    /// The message at hand.
    var now: Instant
    var isRetained = false
    var qos: UInt8 = 0
    var route = 0
    var pick = 0
    /// The rule that took it; −1 while none has.
    var taker = -1
    /// False for a topic beyond those that are remembered.
    var isLasting = true
    /// Since the route is new: the store found a series for it; it had no room for one.
    var isServed = false
    var isRefused = false
    var attempts = 0
    var skewMs: Int64?
    /// Set while a dead letter is read again: what fails is told there, and counted nowhere.
    var retrying: Retrying?
    /// The broker's new session has been noted in a batch that is not settled.
    var isSessionPending = false

    init(table: RuleTable, book: SeriesBook, now: Instant) {
        self.table = table
        self.book = book
        self.now = now
        batch = Batch(opened: now, capacity: 1024)
        desk = SparkplugDesk(table.options)
        scene = Scene(pathSlots: table.pathSlots, stampSlots: table.stampSlots)
        marks = MovementMarks(windowMs: Int64(table.options.defaults.maxBehindSeconds) * 1000)
        clocks = table.zones.map(ZoneClock.init)
        transcoder = Self.transcoder(for: table)
    }

    private static func transcoder(for table: RuleTable) -> Transcoder? {
        table.rules.contains { $0.decoding.options.encoding == .cp932 } ? Transcoder() : nil
    }

    /// Goes on by other rules. What was learned of topics and series is found anew; movements, receipts, dead letters'
    /// counts, sources and Sparkplug's nodes stay as they are.
    ///
    /// The batch must be settled: nothing in it may be told by rules that are gone.
    mutating func adopt(_ fresh: RuleTable) {
        precondition(batch.isEmpty, "rules change between two batches")
        table = fresh
        scene = Scene(pathSlots: fresh.pathSlots, stampSlots: fresh.stampSlots)
        routes = RouteCache()
        found.removeAll()
        foundBindings.removeAll()
        clocks = fresh.zones.map(ZoneClock.init)
        transcoder = Self.transcoder(for: fresh)
        matchNodes.removeAll()
        matchMessage = 0
        marks.keep(forMs: Int64(fresh.options.defaults.maxBehindSeconds) * 1000)
        desk.adopt(fresh.options)
    }

    /// Takes a message into the batch.
    mutating func take(
        _ topic: Span<UInt8>,
        _ payload: Span<UInt8>,
        messageID: UInt16,
        qos: UInt8,
        isRetained: Bool,
        now: Instant
    ) {
        self.now = now
        self.qos = qos
        self.isRetained = isRetained
        taker = -1
        if batch.messageCount == 0, batch.isEmpty { batch.opened = now }
        batch.messageCount += 1
        status.messages += 1
        status.payloadBytes += UInt64(payload.count)
        if qos > 0 {
            let hash = ByteHash.hash(payload, seed: ByteHash.hash(topic))
            let receipt = Receipt(messageID: messageID, hash: hash)
            if receipts.isRedelivery(messageID, receipt.hash) {
                status.redelivered += 1
                return
            }
            receipts.remember(receipt)
            batch.receipts.append(receipt)
        }
        guard payload.count > 0 else {
            status.empty += 1
            return
        }
        let firstLetter = batch.deadLetters.count
        scene.begin(topic: topic)
        findRoute(topic)
        if payload.count > table.options.payloadBytesMax {
            let (count, most, rule) = (payload.count, table.options.payloadBytesMax, firstRuleName)
            dead(.tooLarge, "\(count) bytes; at most \(most)", rule: rule)
        } else if routes.routes[route].isSparkplug {
            takeSparkplug(topic, payload)
        } else {
            read(payload)
        }
        leaveRoute()
        if batch.deadLetters.count > firstLetter {
            complete(batch.deadLetters.indices[firstLetter...], payload)
        }
    }

    /// Writes into the message's letters what was not at hand when they were made.
    ///
    /// - Parameter bytes: the full size; the payload's own when it is left out.
    mutating func complete(_ places: Range<Int>, _ payload: Span<UInt8>, bytes: Int? = nil) {
        var head: [UInt8] = []
        head.append(copying: payload.extracting(0..<min(payload.count, DeadLetter.payloadBytesMax)))
        for place in places where batch.deadLetters[place].bytes == 0 {
            batch.deadLetters[place].payload = head
            batch.deadLetters[place].bytes = bytes ?? payload.count
        }
    }

    /// Counts a dead letter, and puts one into the batch when it is due.
    mutating func dead(_ reason: DeadReason, _ detail: @autoclosure () -> String, rule: String) {
        if fileNotes != nil { noteFileFault(reason, detail()) }
        if retrying != nil {
            retrying?.failures.append(RetryOutcome.Failure(reason: reason, detail: detail()))
            return
        }
        let topic = scene.topic[..<scene.topic.span.prefixEnd(atMost: DeadLetter.topicBytesMax)]
        let key = DeadLetterBook.key(rule: rule, reason, topic: topic.span)
        guard let count = letters.count(key, reason, at: now) else { return }
        batch.deadLetters.append(
            DeadLetter(
                time: now,
                topic: String(decoding: topic, as: UTF8.self),
                rule: rule,
                reason: reason,
                detail: detail(),
                qos: qos,
                retain: isRetained,
                bytes: 0,
                payload: [],
                count: count
            )
        )
    }

    /// The rule that a letter about the whole message names: the topic's first one.
    var firstRuleName: String {
        guard route < routes.routes.count else { return "" }
        let route = routes.routes[route]
        return route.pickCount == 0 ? "" : table.rules[Int(routes.picks[Int(route.firstPick)].rule)].name
    }

    mutating func findRoute(_ topic: Span<UInt8>) {
        let hash = ByteHash.tableHash(topic)
        if let known = routes.find(topic, hash: hash) {
            route = known
            isLasting = true
            return
        }
        (route, isLasting) = routes.learn(topic, hash: hash, table)
        isServed = false
        isRefused = false
        let first = Int(routes.routes[route].firstPick)
        for pick in first..<first + Int(routes.routes[route].pickCount) {
            let rule = table.rules[Int(routes.picks[pick].rule)]
            guard let reads = rule.reads else { continue }
            setCaptures(pick, rule)
            var name: [UInt8] = []
            if let asset = reads.fixedAsset {
                // The asset's own faults show when its readings are read.
                do throws(Fault) {
                    _ = try scene.write(asset, to: &name)
                } catch {
                    name = []
                }
            }
            if name.isEmpty { name = scene.topic }
            let text = String(decoding: name, as: UTF8.self)
            routes.picks[pick].source = ledger.number(rule: rule.name, name: text)
        }
    }

    /// The message at hand is done with its route. A new one is remembered, unless there are too many, or the store has no
    /// room for what it tells: whoever makes up topics without end gets no lasting place for each.
    mutating func leaveRoute() {
        guard routes.isNew else { return }
        if isLasting, isServed || !isRefused {
            routes.keep()
        } else {
            routes.drop()
            status.routesPassing += 1
        }
    }

    private mutating func setCaptures(_ pick: Int, _ rule: Rule) {
        let first = Int(routes.picks[pick].firstCapture)
        let count = rule.captureNames.count
        while scene.captures.count < count { scene.captures.append(.empty) }
        for number in 0..<count { scene.captures[number] = routes.captures[first + number] }
    }

    /// Finds the rule that takes the message, and lets it.
    mutating func read(_ payload: Span<UInt8>) {
        guard routes.routes[route].isAsked else {
            status.unasked += 1
            return
        }
        var decoded: ObjectIdentifier?
        var failure: DecodeFailure?
        let first = Int(routes.routes[route].firstPick)
        for pick in first..<first + Int(routes.routes[route].pickCount) {
            self.pick = pick
            let rule = table.rules[Int(routes.picks[pick].rule)]
            if rule.reads == nil, rule.conditions.isEmpty {
                taker = Int(routes.picks[pick].rule)
                status.ignored += 1
                return
            }
            if decoded != ObjectIdentifier(rule.decoding) {
                decoded = ObjectIdentifier(rule.decoding)
                failure = decode(payload, rule.decoding)
            }
            if let failure {
                // A rule with conditions cannot know whether they hold; the next one may read the payload.
                if !rule.conditions.isEmpty { continue }
                taker = Int(routes.picks[pick].rule)
                dead(.decode, failure.description, rule: rule.name)
                return
            }
            scene.beginItems()
            guard rule.conditions.isEmpty || scene.holds(rule.conditions, &regexes) else { continue }
            taker = Int(routes.picks[pick].rule)
            guard let reads = rule.reads else {
                status.ignored += 1
                return
            }
            setCaptures(pick, rule)
            apply(rule, reads)
            return
        }
        dead(.noRule, "no rule takes this topic and payload", rule: "")
    }

    private mutating func decode(_ payload: Span<UInt8>, _ plan: DecoderPlan) -> DecodeFailure? {
        scene.forget()
        if plan.format == .sparkplug {
            guard desk.isActive else {
                return DecodeFailure(format: "sparkplug", byte: 0, message: "not one of Sparkplug's topics")
            }
            writeSparkplug(payload)
            return nil
        }
        scene.document.load(payload, isBinary: plan.format.isBinary)
        scene.document.received = now
        do throws(DecodeFailure) {
            if plan.options.encoding == .cp932 {
                guard transcoder != nil else {
                    throw DecodeFailure(
                        format: plan.format.rawValue,
                        byte: 0,
                        message: "cp932 cannot be read here"
                    )
                }
                try transcoder?.transcode(&scene.document.bytes, format: plan.format)
            }
            try plan.decoder.decode(&scene.document)
            return nil
        } catch {
            return error
        }
    }
}
