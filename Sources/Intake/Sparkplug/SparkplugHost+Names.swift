import Readings

/// Who is who, and who is there.
extension SparkplugHost {
    /// An edge node is born or has died.
    mutating func setBorn(_ isBorn: Bool, _ node: Int) {
        if isBorn != nodes[node].isBorn { status.nodesOnline += isBorn ? 1 : -1 }
        nodes[node].isBorn = isBorn
    }

    /// A device changes.
    mutating func become(_ state: SparkplugDevice.State, _ device: Int) {
        if nodes[devices[device].node].own != device {
            status.devicesOnline += (state == .alive ? 1 : 0) - (devices[device].state == .alive ? 1 : 0)
        }
        devices[device].state = state
    }

    /// No room for another.
    var full: SparkplugVerdict {
        .refused(.storeLimit, "more than \(Self.nodesMax) edge nodes, or births of more than 256 MiB")
    }

    /// The number of a node; nil when it is not known, or there is no room for it.
    mutating func node(_ topic: SparkplugTopic, _ text: Span<UInt8>, isNew: Bool) -> Int? {
        key.removeAll(keepingCapacity: true)
        key.append(copying: text.extracting(topic.group.indices))
        key.append(UInt8(ascii: "/"))
        key.append(copying: text.extracting(topic.node.indices))
        let hash = ByteHash.tableHash(key.span)
        if let known = nodeNumbers.value(of: key.span, hash: hash) { return Int(known) }
        guard isNew, devices.count < Self.devicesMax,
            nodeNumbers.insert(key, hash: hash, value: UInt32(nodes.count))
        else { return nil }
        let name = String(decoding: key, as: UTF8.self)
        var node = SparkplugNode(
            group: text.extracting(topic.group.indices).text,
            name: text.extracting(topic.node.indices).text,
            own: devices.count
        )
        node.devices = [devices.count]
        devices.append(SparkplugDevice(node: nodes.count, name: name))
        nodes.append(node)
        status.nodes += 1
        if let other = folded.updateValue(name, forKey: name.lowercased()), other != name {
            status.complain(.caseOnly)
        }
        return nodes.count - 1
    }

    /// The number of a device; nil when it is not known, or there is no room for it.
    mutating func device(
        _ topic: SparkplugTopic,
        _ text: Span<UInt8>,
        of node: Int,
        isNew: Bool
    ) -> Int? {
        key.removeAll(keepingCapacity: true)
        key.append(fixed: UInt64(node))
        key.append(copying: text.extracting(topic.device.indices))
        let hash = ByteHash.tableHash(key.span)
        if let known = deviceNumbers.value(of: key.span, hash: hash) { return Int(known) }
        guard isNew, devices.count < Self.devicesMax,
            deviceNumbers.insert(key, hash: hash, value: UInt32(devices.count))
        else { return nil }
        let word = text.extracting(topic.device.indices).text
        nodes[node].devices.append(devices.count)
        status.devices += 1
        devices.append(SparkplugDevice(node: node, name: "\(nodes[node].group)/\(nodes[node].name)/\(word)"))
        return devices.count - 1
    }
}
