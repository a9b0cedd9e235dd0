internal import CMosquitto
internal import Glibc

/// What one read brought.
enum ReadStep {
    /// Something; there may be more.
    case more
    /// The socket is empty.
    case drained
    /// The link is gone: MOSQ_ERR_… and errno.
    case failed(code: Int32, error: Int32)
}

/// The one owner of a `struct mosquitto`, for one connection: a broken one is thrown away and a new one made.
///
/// `mosquitto_threaded_set` makes every outgoing packet wait for ``writeAll()``. The library queues a
/// message's acknowledgement before it calls us; so nothing is acknowledged before the owner says so, and
/// destroying the connection forgets the acknowledgements that are still queued.
@safe struct BusConnection: ~Copyable {
    private let handle: OpaquePointer
    private let context: Unmanaged<ConnectionContext>
    private let address: BrokerAddress
    private let isTCP: Bool

    /// `mosquitto_lib_init` is not safe to call twice at once; a static is initialised once.
    private static let library: Int32 = mosquitto_lib_init()

    /// - Parameter cleanStart: true forgets the session that the broker may have kept.
    init(_ options: BusOptions, cleanStart: Bool, context: ConnectionContext) throws(BusFailure) {
        precondition(BusConnection.library == MOSQ_ERR_SUCCESS.rawValue, "libmosquitto cannot be initialised")
        let kept = unsafe Unmanaged.passRetained(context)
        guard let handle = unsafe mosquitto_new(options.identity.clientID, cleanStart, kept.toOpaque()) else {
            unsafe kept.release()
            throw .setup(
                "the client id \(options.identity.clientID) is not usable; choose letters and digits"
            )
        }
        unsafe self.handle = handle
        unsafe self.context = kept
        address = options.address
        if case .unix = options.address { isTCP = false } else { isTCP = true }
        unsafe ConnectionContext.listen(handle)
    }

    /// Destroy first: once the handle is gone no callback can run, so the context may go too.
    deinit {
        unsafe mosquitto_destroy(handle)
        unsafe context.release()
    }

    /// Sets everything that must stand before ``connect(_:)``. Not part of `init`, so that the owner exists,
    /// and frees the handle, whatever is thrown here.
    func configure(_ options: BusOptions) throws(BusFailure) {
        try check(unsafe mosquitto_threaded_set(handle, true), "thread mode")
        try check(
            unsafe mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION, Int32(MQTT_PROTOCOL_V5)),
            "MQTT 5"
        )
        try check(
            unsafe mosquitto_int_option(handle, MOSQ_OPT_RECEIVE_MAXIMUM, Int32(options.receiveMaximum)),
            "a receive maximum of \(options.receiveMaximum); allowed are 1 to 65535"
        )
        if let user = options.identity.user {
            try check(
                unsafe mosquitto_username_pw_set(handle, user, options.identity.password),
                "the user name \(user)"
            )
        }
        if let will = options.will {
            let code = unsafe mosquitto_will_set_v5(
                handle,
                will.topic,
                Int32(will.payload.count),
                will.payload,
                Int32(will.qos),
                will.retain,
                nil
            )
            try check(code, "the will message to \(will.topic)")
        }
        if case .tls(_, _, let tls) = options.address {
            try configure(tls)
        } else if isTCP {
            unsafe _ = mosquitto_int_option(handle, MOSQ_OPT_TCP_NODELAY, 1)
        }
    }

    private func configure(_ tls: TLSOptions) throws(BusFailure) {
        unsafe _ = mosquitto_int_option(handle, MOSQ_OPT_TCP_NODELAY, 1)
        for file in [tls.caFile, tls.certificateFile, tls.keyFile] {
            if let file, unsafe access(file, R_OK) != 0 {
                throw .setup("cannot read \(file): \(systemWords(errno)); check tls: in the configuration")
            }
        }
        if tls.caFile == nil { unsafe _ = mosquitto_int_option(handle, MOSQ_OPT_TLS_USE_OS_CERTS, 1) }
        let code = unsafe mosquitto_tls_set(
            handle,
            tls.caFile,
            tls.caFile == nil ? "/etc/ssl/certs" : nil,
            tls.certificateFile,
            tls.keyFile,
            // An encrypted key must not make the daemon ask at a terminal: an empty answer makes it fail
            // instead.
            { _, _, _, _ in 0 }
        )
        try check(code, "the TLS files; a certificate needs its key, and the key must not have a password")
    }

    private func check(_ code: Int32, _ what: String) throws(BusFailure) {
        guard code == MOSQ_ERR_SUCCESS.rawValue else {
            throw .setup("libmosquitto refuses \(what) (\(unsafe String(cString: mosquitto_strerror(code))))")
        }
    }

    /// Opens the socket and queues CONNECT; the answer comes with a later read.
    func connect(_ options: BusOptions) throws(BusFailure) {
        let (host, port): (String, Int) =
            switch address {
            case .unix(let path): (path, 0)  // The library takes port 0 for a Unix socket.
            case .tcp(let host, let port), .tls(let host, let port, _): (host, port)
            }
        var properties: OpaquePointer?
        if options.sessionExpirySeconds > 0 {
            let code = unsafe mosquitto_property_add_int32(
                &properties,
                Int32(MQTT_PROP_SESSION_EXPIRY_INTERVAL.rawValue),
                options.sessionExpirySeconds
            )
            try check(code, "the session expiry")
        }
        errno = 0
        let code = unsafe mosquitto_connect_bind_v5(
            handle,
            host,
            Int32(port),
            Int32(options.keepAliveSeconds),
            nil,
            properties
        )
        let error = errno
        unsafe mosquitto_property_free_all(&properties)
        if code != MOSQ_ERR_SUCCESS.rawValue { throw failure(code: code, error: error) }
    }

    /// Stops listening to the library's log: with a listener it formats two lines per message, a tenth of its
    /// cost. The lines are wanted only until the broker has accepted us. Must not be called from within a
    /// callback.
    func hush() {
        unsafe mosquitto_log_callback_set(handle, nil)
    }

    /// Negative when there is none any more.
    var socket: Int32 { unsafe mosquitto_socket(handle) }

    var wantsWrite: Bool { unsafe mosquitto_want_write(handle) }

    /// Reads one packet and runs its callback.
    func readOne() -> ReadStep {
        let context = unsafe self.context._withUnsafeGuaranteedRef { $0 }
        let before = context.callbackCount
        let step = unsafe tsunagi_loop_read(handle)
        if step.code != MOSQ_ERR_SUCCESS.rawValue { return .failed(code: step.code, error: step.error) }
        if socket < 0 { return .failed(code: Int32(MOSQ_ERR_CONN_LOST.rawValue), error: 0) }
        // A callback may leave EAGAIN of another descriptor behind: the socket counts as drained only without
        // one.
        if step.error == EAGAIN && context.callbackCount == before { return .drained }
        return .more
    }

    /// Lets queued packets out, acknowledgements first of all; what the socket does not take stays queued.
    ///
    /// - Parameter many: whether so many small packets wait that corking them into few segments pays.
    func writeAll(many: Bool) throws(BusFailure) {
        let corked = many && isTCP
        if corked { cork(true) }
        errno = 0
        let code = unsafe mosquitto_loop_write(handle, 1)
        let error = errno
        if code != MOSQ_ERR_SUCCESS.rawValue { throw failure(code: code, error: error) }
        if corked { cork(false) }
    }

    private func cork(_ on: Bool) {
        var value: Int32 = on ? 1 : 0
        unsafe _ = setsockopt(
            socket,
            Int32(IPPROTO_TCP),
            TCP_CORK,
            &value,
            socklen_t(MemoryLayout<Int32>.size)
        )
    }

    /// Keeps the link alive: queues PINGREQ when due, gives up when the broker has been silent for too long.
    func tend() throws(BusFailure) {
        let code = unsafe mosquitto_loop_misc(handle)
        if code != MOSQ_ERR_SUCCESS.rawValue { throw failure(code: code, error: 0) }
    }

    /// The identifier of marked subscriptions; there is no other.
    static let mark: UInt32 = 1

    /// Queues SUBSCRIBE at QoS 1; a retained message comes only where the subscription is new.
    ///
    /// - Parameter isMarked: whether what comes by it is to be told apart. A filter that is asked for again takes the
    ///   place of the former subscription.
    func subscribe(_ filters: [String], isMarked: Bool = false) throws(BusFailure) {
        var properties: OpaquePointer?
        defer { unsafe mosquitto_property_free_all(&properties) }
        if isMarked {
            let name = Int32(MQTT_PROP_SUBSCRIPTION_IDENTIFIER.rawValue)
            let code = unsafe mosquitto_property_add_varint(&properties, name, BusConnection.mark)
            try check(code, "a subscription's identifier")
        }
        try unsafe subscribe(filters, qos: 1, MQTT_SUB_OPT_SEND_RETAIN_NEW, properties)
    }

    /// Queues SUBSCRIBE at QoS 0, with the retained message each time: for what is of use only now. Nothing of it takes
    /// room among the messages that the broker keeps for us while we are away.
    func look(at filter: String) throws(BusFailure) {
        try unsafe subscribe([filter], qos: 0, MQTT_SUB_OPT_SEND_RETAIN_ALWAYS, nil)
    }

    private func subscribe(
        _ filters: [String],
        qos: Int32,
        _ retained: mqtt5_sub_options,
        _ properties: OpaquePointer?
    ) throws(BusFailure) {
        try unsafe withCStrings(filters) { pointers throws(BusFailure) in
            var id: Int32 = 0
            let code = unsafe mosquitto_subscribe_multiple(
                handle,
                &id,
                Int32(filters.count),
                pointers,
                qos,
                Int32(retained.rawValue),
                properties
            )
            if code != MOSQ_ERR_SUCCESS.rawValue { throw failure(code: code, error: 0) }
            unsafe context._withUnsafeGuaranteedRef { $0.subscribing[id] = filters }
        }
    }

    /// Queues UNSUBSCRIBE.
    func unsubscribe(_ filters: [String]) throws(BusFailure) {
        try unsafe withCStrings(filters) { pointers throws(BusFailure) in
            var id: Int32 = 0
            let code = unsafe mosquitto_unsubscribe_multiple(handle, &id, Int32(filters.count), pointers, nil)
            if code != MOSQ_ERR_SUCCESS.rawValue { throw failure(code: code, error: 0) }
            unsafe context._withUnsafeGuaranteedRef { _ = $0.unsubscribing.insert(id) }
        }
    }

    /// Queues one message.
    ///
    /// - Returns: its message id, by which the acknowledgement will come.
    /// - Throws: a final failure when this message alone is the trouble, any other when the link is.
    func publish(_ message: BusMessage) throws(BusFailure) -> Int32 {
        var id: Int32 = 0
        var properties: OpaquePointer?
        defer { unsafe mosquitto_property_free_all(&properties) }
        if !message.contentType.isEmpty {
            let kind = Int32(MQTT_PROP_CONTENT_TYPE.rawValue)
            let code = unsafe mosquitto_property_add_string(&properties, kind, message.contentType)
            if code != MOSQ_ERR_SUCCESS.rawValue { throw .publishRefused(topic: message.topic, reason: 0x90) }
        }
        for property in message.properties {
            let kind = Int32(MQTT_PROP_USER_PROPERTY.rawValue)
            let code = unsafe mosquitto_property_add_string_pair(
                &properties,
                kind,
                property.name,
                property.value
            )
            if code != MOSQ_ERR_SUCCESS.rawValue { throw .publishRefused(topic: message.topic, reason: 0x90) }
        }
        let code = unsafe mosquitto_publish_v5(
            handle,
            &id,
            message.topic,
            Int32(message.payload.count),
            message.payload,
            Int32(message.qos),
            message.retain,
            properties
        )
        switch code {
        case Int32(MOSQ_ERR_SUCCESS.rawValue): return id
        case Int32(MOSQ_ERR_OVERSIZE_PACKET.rawValue), Int32(MOSQ_ERR_PAYLOAD_SIZE.rawValue):
            throw .tooLarge(topic: message.topic, bytes: message.payload.count)
        case Int32(MOSQ_ERR_RETAIN_NOT_SUPPORTED.rawValue):
            throw .publishRefused(topic: message.topic, reason: 0x9a)
        case Int32(MOSQ_ERR_QOS_NOT_SUPPORTED.rawValue):
            throw .publishRefused(topic: message.topic, reason: 0x9b)
        case Int32(MOSQ_ERR_INVAL.rawValue), Int32(MOSQ_ERR_MALFORMED_UTF8.rawValue):
            throw .publishRefused(topic: message.topic, reason: 0x90)
        default: throw failure(code: code, error: 0)
        }
    }

    /// Queues DISCONNECT; the session stays as long as was asked for. The socket closes once it is written.
    func disconnect() {
        unsafe _ = mosquitto_disconnect_v5(handle, 0, nil)
    }

    /// What a code of the library means for this link, in words.
    func failure(code: Int32, error: Int32) -> BusFailure {
        let context = unsafe self.context._withUnsafeGuaranteedRef { $0 }
        let place = address.description
        if let failure = context.failure(address: place) { return failure }
        let words = unsafe String(cString: mosquitto_strerror(code)).lowercased()
        let trimmed = words.hasSuffix(".") ? String(words.dropLast()) : words
        switch code {
        case Int32(MOSQ_ERR_TLS.rawValue), Int32(MOSQ_ERR_TLS_HANDSHAKE.rawValue),
            Int32(MOSQ_ERR_OCSP.rawValue):
            return .insecure(address: place, detail: context.complaint ?? trimmed)
        case Int32(MOSQ_ERR_ERRNO.rawValue) where error != 0:
            return .lost(address: place, detail: systemWords(error))
        case Int32(MOSQ_ERR_EAI.rawValue):
            return .hostUnknown(address: place, detail: trimmed)
        case Int32(MOSQ_ERR_KEEPALIVE.rawValue):
            return .lost(address: place, detail: "the broker was silent for longer than keepalive")
        default:
            return .lost(address: place, detail: context.complaint ?? trimmed)
        }
    }
}
