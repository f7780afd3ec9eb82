import CPcap
public import PacketDecoding

/// A compiled pcap-filter(7) expression, for frames that have been captured.
public struct CaptureFilter: Sendable {
    /// As given; empty accepts everything.
    public let expression: String
    let program: [bpf_insn]

    /// Compiles `expression`.
    ///
    /// - Parameters:
    ///   - linkType: of the frames it is for.
    ///   - snapshotLength: what the program returns for an accepted frame, in bytes.
    /// - Throws: a usage error with libpcap's message.
    public init(_ expression: String, linkType: LinkType, snapshotLength: Int = 262_144) throws(CaptureError) {
        self.expression = expression
        guard let handle = unsafe pcap_open_dead(linkType.dlt, Int32(clamping: snapshotLength)) else {
            throw CaptureError(.failure, "compiling a filter", reason: "out of memory")
        }
        defer { unsafe pcap_close(handle) }
        program = try unsafe Self.compile(expression, on: handle)
        // Only the kernel can answer such loads; run here they would reject every frame.
        guard !program.contains(where: KernelFilter.looksBesideFrame) else {
            throw CaptureError(
                .usage, Self.operation(expression), reason: "only a live capture knows inbound, outbound and ifindex")
        }
    }

    /// Whether the expression accepts `frame`; its captured and its wire length are both honoured.
    public func matches(_ frame: Frame) -> Bool {
        unsafe frame.bytes.withUnsafeBytes { unsafe matches($0, wireLength: frame.wireLength) }
    }

    func matches(_ bytes: UnsafeRawBufferPointer, wireLength: Int) -> Bool {
        let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        return unsafe program.withUnsafeBufferPointer { program in
            unsafe bpf_filter(program.baseAddress, start, UInt32(clamping: wireLength), UInt32(clamping: bytes.count))
        } != 0
    }

    /// The program, one instruction a line.
    public func listing(_ style: FilterListingStyle = .assembly) -> [String] { style.listing(of: program) }

    /// The program that the kernel runs for `expression` on an interface, as `tcpdump -d -i` prints it. It differs
    /// from the offline one where the kernel takes things out of the frame (VLAN tags) or knows more (direction).
    ///
    /// - Parameter interface: a name, or `any`.
    /// - Throws: a usage error with libpcap's message; a failure where the interface cannot be opened.
    public static func listing(
        of expression: String, interface: String, snapshotLength: Int = 262_144, style: FilterListingStyle = .assembly
    ) throws(CaptureError) -> [String] {
        let link = try CaptureLink(interface: interface)
        let program = try kernelProgram(expression, on: link, snapshotLength: snapshotLength)
        return style.listing(of: program)
    }

    /// Compiles for the frames of an interface as the kernel's filter sees them.
    static func kernelProgram(
        _ expression: String, on link: CaptureLink, snapshotLength: Int
    ) throws(CaptureError) -> [bpf_insn] {
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = unsafe pcap_create(link.device, &message) else {
            throw CaptureError(.failure, "compiling a filter for \(link.name)", reason: string(of: message))
        }
        defer { unsafe pcap_close(handle) }
        unsafe pcap_set_snaplen(handle, Int32(clamping: snapshotLength))
        // It captures nothing.
        unsafe pcap_set_buffer_size(handle, 1 << 16)
        // Only an active handle knows that the kernel takes VLAN tags out of the frame, and has the direction.
        let status = unsafe pcap_activate(handle)
        guard status >= 0 else {
            let message = unsafe String(cString: pcap_geterr(handle))
            let reason = unsafe message.isEmpty ? String(cString: pcap_statustostr(status)) : message
            throw CaptureError(.failure, "compiling a filter for \(link.name)", reason: reason)
        }
        if unsafe pcap_datalink(handle) != link.linkType.dlt {
            guard unsafe pcap_set_datalink(handle, link.linkType.dlt) == 0 else {
                // libpcap would capture this interface with another link header than we do.
                return try CaptureFilter(expression, linkType: link.linkType, snapshotLength: snapshotLength).program
            }
        }
        var network: UInt32 = 0
        var mask: UInt32 = 0
        let hasMask = unsafe pcap_lookupnet(link.device, &network, &mask, &message) == 0
        return try unsafe compile(expression, on: handle, netmask: hasMask ? mask : PCAP_NETMASK_UNKNOWN)
    }

    /// - Parameter netmask: what `ip broadcast` needs, in network order.
    private static func compile(
        _ expression: String, on handle: OpaquePointer, netmask: UInt32 = PCAP_NETMASK_UNKNOWN
    ) throws(CaptureError) -> [bpf_insn] {
        var program = unsafe bpf_program()
        guard unsafe pcap_compile(handle, &program, expression, 1, netmask) == 0 else {
            throw CaptureError(
                .usage, operation(expression), reason: unsafe String(cString: pcap_geterr(handle)))
        }
        defer { unsafe pcap_freecode(&program) }
        return unsafe Array(UnsafeBufferPointer(start: program.bf_insns, count: Int(program.bf_len)))
    }

    private static func operation(_ expression: String) -> String { "compiling the filter \"\(expression)\"" }
}
