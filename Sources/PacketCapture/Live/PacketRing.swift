import CLinux
import Glibc

/// A packet socket's receive ring, TPACKET_V3 (packet(7); the kernel's packet_mmap document): blocks of frames,
/// each handed over whole, when it is full or its timer ran out.
@safe struct PacketRing: ~Copyable {
    /// After which a block with frames in it is handed over though it is not full, in milliseconds.
    static let blockTimeout: Int32 = 10
    /// Kept free before each frame: a cooked header and a VLAN tag.
    private static let reserve: Int32 = 32

    private let memory: UnsafeMutableRawPointer
    private let blockSize: Int
    private let blockCount: Int
    /// The block to read from, or to wait for.
    private var block = 0
    /// Whether the block is ours until it is given back.
    private var holdsBlock = false
    /// The next frame's place in the block, in bytes, and how many are left.
    private var offset = 0
    private var remaining = 0

    /// Gives `socket` a ring.
    ///
    /// - Parameters:
    ///   - size: in bytes; rounded up to whole blocks, two at least.
    ///   - snapshotLength: a block holds at least one frame of this length, headers aside.
    init(socket: Int32, size: Int, snapshotLength: Int, operation: String) throws(CaptureError) {
        func set(_ option: Int32, _ value: Int32) throws(CaptureError) {
            var value = value
            guard unsafe setsockopt(socket, SOL_PACKET, option, &value, 4) == 0 else {
                throw CaptureError(operation, errno: errno)
            }
        }
        try set(PACKET_VERSION, Int32(TPACKET_V3.rawValue))
        try set(PACKET_RESERVE, Self.reserve)

        // Small blocks make the most of a ring whose blocks are handed over half empty, every few milliseconds. But a
        // frame must fit into one: the kernel cuts it otherwise, as it does the last bytes of one of 262,144.
        var blockSize = 1 << 18
        while blockSize > 1 << 16, blockSize > size / 8, blockSize / 2 >= snapshotLength + 1024 { blockSize /= 2 }
        let blockCount = max(2, (size + blockSize - 1) / blockSize)
        let frameSize = 2048
        var request = tpacket_req3()
        request.tp_block_size = UInt32(blockSize)
        request.tp_block_nr = UInt32(blockCount)
        // Frames take what room they need; the kernel only wants the numbers to agree.
        request.tp_frame_size = UInt32(frameSize)
        request.tp_frame_nr = UInt32(blockSize / frameSize * blockCount)
        request.tp_retire_blk_tov = UInt32(Self.blockTimeout)
        let requestSize = socklen_t(MemoryLayout<tpacket_req3>.size)
        guard unsafe setsockopt(socket, SOL_PACKET, PACKET_RX_RING, &request, requestSize) == 0 else {
            throw CaptureError(operation, errno: errno, remedy: "ask for a smaller ring")
        }
        let mapped = unsafe mmap(nil, blockSize * blockCount, PROT_READ | PROT_WRITE, MAP_SHARED, socket, 0)
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
            throw CaptureError(operation, errno: errno, remedy: "ask for a smaller ring")
        }
        unsafe self.init(mapping: mapped, blockSize: blockSize, blockCount: blockCount)
    }

    /// - Parameter memory: from mmap(2); it is unmapped with the ring.
    init(mapping memory: UnsafeMutableRawPointer, blockSize: Int, blockCount: Int) {
        unsafe self.memory = unsafe memory
        self.blockSize = blockSize
        self.blockCount = blockCount
    }

    deinit {
        unsafe munmap(memory, blockSize * blockCount)
    }

    /// The next frame; nil when the kernel has handed over none. The frame before it may be gone then.
    mutating func next() throws(CaptureError) -> RingSlot? {
        while remaining == 0 {
            let start = unsafe memory + block * blockSize
            let descriptor = unsafe start.assumingMemoryBound(to: tpacket_block_desc.self)
            if holdsBlock {
                unsafe earshot_block_release(descriptor)
                holdsBlock = false
                block = block + 1 == blockCount ? 0 : block + 1
                continue
            }
            guard unsafe earshot_block_status(descriptor) & UInt32(TP_STATUS_USER) != 0 else { return nil }
            holdsBlock = true
            remaining = unsafe Int(descriptor.pointee.hdr.bh1.num_pkts)
            offset = unsafe Int(descriptor.pointee.hdr.bh1.offset_to_first_pkt)
        }
        return unsafe try slot()
    }
    /// The frame at `offset`. What the kernel wrote is checked, so that no number in it can lead out of the block.
    private mutating func slot() throws(CaptureError) -> RingSlot {
        let headerLength = MemoryLayout<tpacket3_hdr>.size
        let bytesOffset = headerLength + MemoryLayout<sockaddr_ll>.size
        guard offset >= 0, offset <= blockSize - bytesOffset else { throw Self.inconsistent }
        let start = unsafe memory + (block * blockSize + offset)
        let header = unsafe start.loadUnaligned(as: tpacket3_hdr.self)
        let macOffset = Int(header.tp_mac)
        let captured = Int(header.tp_snaplen)
        guard macOffset >= bytesOffset, macOffset + captured <= blockSize - offset else { throw Self.inconsistent }
        let slot = unsafe RingSlot(
            bytes: start + macOffset, capturedLength: captured, wireLength: max(captured, Int(header.tp_len)),
            headroom: macOffset - bytesOffset, status: header.tp_status, seconds: header.tp_sec,
            nanoseconds: header.tp_nsec, vlanTag: UInt16(truncatingIfNeeded: header.hv1.tp_vlan_tci),
            vlanProtocol: header.hv1.tp_vlan_tpid,
            address: (start + headerLength).loadUnaligned(as: sockaddr_ll.self))
        remaining -= 1
        offset += Int(header.tp_next_offset)
        return unsafe slot
    }

    private static var inconsistent: CaptureError {
        CaptureError(.failure, "reading the packet ring", reason: "the kernel's block contradicts itself")
    }
}
