internal import CMosquitto
internal import Glibc

/// What the callbacks of one connection leave behind, and the closures they call.
///
/// Used on the link's own thread only: the library calls back from within its read, tend and write calls.
final class ConnectionContext {
    /// Topic and payload are borrowed from the library and end with the call.
    var taking: ((Span<UInt8>, Span<UInt8>, BusArrival) -> Void)?
    /// Whether a message may come in at all; nil where every one may.
    var admitting: ((Span<UInt8>, Span<UInt8>, (String) -> String?) -> Bool)?
    /// The broker accepted us; the flag says whether it still had our session.
    var opening: ((Bool) -> Void)?
    /// A PUBACK: message id and reason code.
    var published: ((Int32, UInt8) -> Void)?

    /// Callbacks that ran so far: how a read knows that errno is not its own.
    fileprivate(set) var callbackCount = 0
    /// The broker accepted the connection.
    private(set) var isOpen = false
    /// Whether the broker tells by which subscription a message came.
    private(set) var canMark = true
    /// The refusal of our CONNECT.
    private var refusal: UInt8?
    /// The reason of the broker's DISCONNECT.
    private var dismissal: UInt8?
    /// Filters by the message id of the SUBSCRIBE that asked for them.
    var subscribing: [Int32: [String]] = [:]
    /// The message ids of the UNSUBSCRIBEs that the broker has not answered yet.
    var unsubscribing: Set<Int32> = []
    /// Subscriptions that the broker refused.
    var refusedFilters: [(filter: String, reason: UInt8)] = []
    /// The library's latest line of the level error.
    private(set) var complaint: String?
    private let identity: BusIdentity

    init(_ identity: BusIdentity) {
        self.identity = identity
    }

    /// What the broker said before the link ended, if anything.
    func failure(address: String) -> BusFailure? {
        if let refusal {
            return .refused(
                address: address,
                clientID: identity.clientID,
                user: identity.user,
                reason: refusal
            )
        }
        guard let dismissal else { return nil }
        return dismissal == 0x8e
            ? .takenOver(address: address, clientID: identity.clientID)
            : .closed(address: address, reason: dismissal)
    }

    fileprivate func answered(code: Int32, flags: Int32, _ properties: OpaquePointer?) {
        callbackCount += 1
        var isAvailable: UInt8 = 1
        let name = Int32(MQTT_PROP_SUBSCRIPTION_ID_AVAILABLE.rawValue)
        unsafe _ = mosquitto_property_read_byte(properties, name, &isAvailable, false)
        canMark = isAvailable != 0
        if code == 0 {
            isOpen = true
            opening?(flags & 1 == 1)
        } else {
            refusal = UInt8(truncatingIfNeeded: code)
        }
    }

    fileprivate func dismissed(code: Int32) {
        callbackCount += 1
        // Reason codes of the broker are 0x80 and above; below are the library's own words for a broken link.
        if code >= 0x80 { dismissal = UInt8(truncatingIfNeeded: code) }
    }

    fileprivate func granted(id: Int32, codes: UnsafeBufferPointer<Int32>) {
        callbackCount += 1
        guard let filters = subscribing.removeValue(forKey: id) else { return }
        for (index, filter) in filters.enumerated() where index < codes.count {
            let code = unsafe codes[index]
            if code >= 0x80 { refusedFilters.append((filter, UInt8(truncatingIfNeeded: code))) }
        }
    }

    fileprivate func letGo(id: Int32) {
        callbackCount += 1
        unsubscribing.remove(id)
    }

    fileprivate func acknowledged(id: Int32, code: Int32) {
        callbackCount += 1
        published?(id, UInt8(truncatingIfNeeded: code))
    }

    fileprivate func complained(_ line: String) {
        // The library's lines name files, hosts and errors of TLS, never passwords.
        complaint = line
    }

    fileprivate func arrived(_ message: mosquitto_message, _ properties: OpaquePointer?) {
        callbackCount += 1
        let topicBytes = unsafe UnsafeRawBufferPointer(start: message.topic, count: strlen(message.topic))
        let payloadBytes = unsafe UnsafeRawBufferPointer(
            start: message.payload,
            count: Int(message.payloadlen)
        )
        let topic = unsafe Span<UInt8>(_unsafeBytes: topicBytes)
        let payload = unsafe Span<UInt8>(_unsafeBytes: payloadBytes)
        var arrival = unsafe BusArrival(
            messageID: UInt16(truncatingIfNeeded: message.mid),
            qos: UInt8(truncatingIfNeeded: message.qos),
            retain: message.retain
        )
        if let properties = unsafe properties {
            let name = Int32(MQTT_PROP_SUBSCRIPTION_IDENTIFIER.rawValue)
            var mark: UInt32 = 0
            unsafe _ = mosquitto_property_read_varint(properties, name, &mark, false)
            arrival.isMarked = mark == BusConnection.mark
        }
        let isAdmitted = admitting?(topic, payload) { name in
            unsafe Self.userProperty(name, in: properties)
        }
        if isAdmitted != false { taking?(topic, payload, arrival) }
        tsunagi_clear_errno()
    }

    /// The value of the first user property of a name.
    private static func userProperty(_ name: String, in properties: OpaquePointer?) -> String? {
        let kind = Int32(MQTT_PROP_USER_PROPERTY.rawValue)
        var place = unsafe properties
        var isFirst = true
        while let start = unsafe place {
            var key: UnsafeMutablePointer<CChar>?
            var value: UnsafeMutablePointer<CChar>?
            unsafe place = mosquitto_property_read_string_pair(start, kind, &key, &value, !isFirst)
            isFirst = false
            defer {
                unsafe free(key)
                unsafe free(value)
            }
            guard unsafe place != nil, let key = unsafe key, let value = unsafe value else { return nil }
            if unsafe String(cString: key) == name { return unsafe String(cString: value) }
        }
        return nil
    }

    /// Sets the callbacks. A C function pointer cannot capture: all it needs comes through `user`.
    static func listen(_ handle: OpaquePointer) {
        unsafe mosquitto_connect_v5_callback_set(handle) { _, user, code, flags, properties in
            if let user = unsafe user { unsafe owner(user).answered(code: code, flags: flags, properties) }
        }
        unsafe mosquitto_disconnect_v5_callback_set(handle) { _, user, code, _ in
            if let user = unsafe user { unsafe owner(user).dismissed(code: code) }
        }
        unsafe mosquitto_message_v5_callback_set(handle) { _, user, message, properties in
            if let user = unsafe user, let message = unsafe message {
                unsafe owner(user).arrived(message.pointee, properties)
            }
        }
        unsafe mosquitto_publish_v5_callback_set(handle) { _, user, id, code, _ in
            if let user = unsafe user { unsafe owner(user).acknowledged(id: id, code: code) }
        }
        unsafe mosquitto_subscribe_v5_callback_set(handle) { _, user, id, count, codes, _ in
            guard let user = unsafe user else { return }
            unsafe owner(user).granted(id: id, codes: UnsafeBufferPointer(start: codes, count: Int(count)))
        }
        unsafe mosquitto_unsubscribe_v5_callback_set(handle) { _, user, id, _ in
            if let user = unsafe user { unsafe owner(user).letGo(id: id) }
        }
        unsafe mosquitto_log_callback_set(handle) { _, user, level, text in
            guard level & Int32(MOSQ_LOG_ERR) != 0, let user = unsafe user, let text = unsafe text else {
                return
            }
            unsafe owner(user).complained(String(cString: text))
        }
    }
}

/// The context that was given to the library with the handle.
private func owner(_ user: UnsafeMutableRawPointer) -> ConnectionContext {
    unsafe Unmanaged<ConnectionContext>.fromOpaque(user).takeUnretainedValue()
}
