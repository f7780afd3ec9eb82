import CLinux

extension ChannelGroup {
    /// Opens the sockets of a capture; no frame gets in that the filter has not seen, and none gets in twice.
    static func open(
        _ link: CaptureLink, _ filter: KernelFilter, _ options: LiveCaptureOptions
    ) throws(CaptureError) -> ChannelGroup {
        let count = options.workers
        var fanOut: UInt16?
        let group = try ChannelGroup(count: count) { number throws(CaptureError) in
            let socket = try PacketSocket(for: link)
            let ring = try PacketRing(
                socket: socket.descriptor, size: options.ringSize / count, snapshotLength: options.snapshotLength,
                operation: "making a packet ring for \(link.name)")
            // Until all share the frames, each would get all of them.
            try attach(count == 1 ? filter : KernelFilter(keeping: 0), to: socket.descriptor, link)
            if link.isLoopback || options.direction == .incoming { socket.ignoreOutgoing() }
            if number == 0, options.isPromiscuous, link.index != 0, !link.isLoopback {
                try socket.becomePromiscuous(on: link.index)
            }
            try socket.bind(to: link.index)
            if count > 1 { fanOut = try socket.joinFanOut(fanOut) }
            // Whatever becomes of this process, it sees no more than it was started for.
            if count == 1 { PacketSocket.lockFilter(of: socket.descriptor) }
            return CaptureChannel(socket, ring)
        }
        if count > 1 {
            for descriptor in group.descriptors {
                try attach(filter, to: descriptor, link)
                PacketSocket.lockFilter(of: descriptor)
            }
        }
        return group
    }

    private static func attach(
        _ filter: KernelFilter, to socket: Int32, _ link: CaptureLink
    ) throws(CaptureError) {
        let result = filter.attach(to: socket)
        guard result == 0 else { throw CaptureError("filtering on \(link.name)", errno: result) }
    }
}

extension KernelFilter {
    /// The kernel's filter of a capture, and the same expression where the kernel cannot run it and we must.
    static func compile(
        _ link: CaptureLink, _ options: LiveCaptureOptions
    ) throws(CaptureError) -> (kernel: KernelFilter, own: CaptureFilter?) {
        let everything = KernelFilter(keeping: options.snapshotLength).restricted(to: options.direction, on: link)
        if options.filter.isEmpty { return (everything, nil) }
        let program = try CaptureFilter.kernelProgram(
            options.filter, on: link, snapshotLength: options.snapshotLength)
        if let filter = KernelFilter(program, on: link)?.restricted(to: options.direction, on: link) {
            // A socket to try it on: a program may be too long for this kernel.
            let trial = try PacketSocket(for: link)
            if filter.attach(to: trial.descriptor) == 0 { return (filter, nil) }
        }
        let own = try CaptureFilter(options.filter, linkType: link.linkType, snapshotLength: options.snapshotLength)
        return (everything, own)
    }
}
