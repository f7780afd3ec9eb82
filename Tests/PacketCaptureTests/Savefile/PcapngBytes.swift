// pcapng blocks, put together number by number (draft-ietf-opsawg-pcapng).
extension Bytes {
    /// A section header and one interface.
    mutating func addPcapngHeader(linkType: UInt16 = 1, resolution: UInt8? = nil) {
        addSection()
        addInterface(linkType: linkType) {
            guard let resolution else { return }
            $0.addOption(9, [resolution])
            $0.addOption(0, [])
        }
    }

    mutating func addSection(
        major: UInt16 = 1, minor: UInt16 = 0, length: UInt64 = .max, _ options: (inout Bytes) -> Void = { _ in }
    ) {
        addBlock(0x0a0d_0d0a) {
            $0.add(0x1a2b_3c4d as UInt32)
            $0.add(major)
            $0.add(minor)
            $0.add(length)
            options(&$0)
        }
    }

    mutating func addInterface(
        linkType: UInt16 = 1, snapshotLength: UInt32 = 65535, _ options: (inout Bytes) -> Void = { _ in }
    ) {
        addBlock(1) {
            $0.add(linkType)
            $0.add(0 as UInt16)
            $0.add(snapshotLength)
            options(&$0)
        }
    }

    mutating func addEnhancedPacket(
        _ time: UInt64, _ bytes: [UInt8], interface: UInt32 = 0, capturedLength: UInt32? = nil,
        wireLength: UInt32? = nil, _ options: (inout Bytes) -> Void = { _ in }
    ) {
        addBlock(6) {
            $0.add(interface)
            $0.addPacket(time, bytes, capturedLength, wireLength, options)
        }
    }

    /// The obsolete packet block.
    mutating func addOldPacket(
        _ time: UInt64, _ bytes: [UInt8], interface: UInt16 = 0, _ options: (inout Bytes) -> Void = { _ in }
    ) {
        addBlock(2) {
            $0.add(interface)
            $0.add(7 as UInt16)
            $0.addPacket(time, bytes, nil, nil, options)
        }
    }

    mutating func addSimplePacket(_ bytes: [UInt8], wireLength: UInt32? = nil) {
        addBlock(3) {
            $0.add(wireLength ?? UInt32(bytes.count))
            $0.all += bytes
        }
    }

    mutating func addOption(_ code: UInt16, _ value: [UInt8], length: UInt16? = nil) {
        add(code)
        add(length ?? UInt16(value.count))
        all += value
        pad()
    }

    private mutating func addPacket(
        _ time: UInt64, _ bytes: [UInt8], _ capturedLength: UInt32?, _ wireLength: UInt32?,
        _ options: (inout Bytes) -> Void
    ) {
        add(UInt32(time >> 32))
        add(UInt32(truncatingIfNeeded: time))
        add(capturedLength ?? UInt32(bytes.count))
        add(wireLength ?? UInt32(bytes.count))
        all += bytes
        pad()
        options(&self)
    }

    /// Within a block, whose body begins at a multiple of four.
    private mutating func pad() {
        while all.count % 4 != 0 { all.append(0) }
    }
}
