import CZlib

/// Savefiles of frames, byte by byte, little endian.
enum Savefiles {
    static func pcap(_ frames: FrameSet) -> [UInt8] {
        var file = long(0xa1b2_c3d4) + short(2) + short(4) + long(0) + long(0) + long(262144) + long(1)
        for (index, range) in frames.ranges.enumerated() {
            let time = index * 20
            file +=
                long(1_700_000_000 + time / 1_000_000) + long(time % 1_000_000) + long(range.count) + long(range.count)
            file += frames.bytes[range]
        }
        return file
    }

    static func pcapng(_ frames: FrameSet) -> [UInt8] {
        var file = block(0x0a0d_0d0a, long(0x1a2b_3c4d) + short(1) + short(0) + long(0xffff_ffff) + long(0xffff_ffff))
        file += block(1, short(1) + short(0) + long(262144))
        for (index, range) in frames.ranges.enumerated() {
            let time = 1_700_000_000_000_000 + index * 20
            let head = long(0) + long(time >> 32) + long(time & 0xffff_ffff) + long(range.count) + long(range.count)
            file += block(6, head + frames.bytes[range] + [UInt8](repeating: 0, count: -range.count & 3))
        }
        return file
    }

    static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var stream = unsafe z_stream()
        unsafe deflateInit2_(
            &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        defer { unsafe deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(unsafe deflateBound(&stream, UInt(bytes.count))) + 64)
        unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe stream.next_in = input.baseAddress
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(output.count)
                _ = unsafe deflate(&stream, Z_FINISH)
            }
        }
        return Array(output[..<Int(unsafe stream.total_out)])
    }

    private static func block(_ type: Int, _ body: [UInt8]) -> [UInt8] {
        long(type) + long(body.count + 12) + body + long(body.count + 12)
    }

    private static func short(_ value: Int) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8 & 255)] }

    private static func long(_ value: Int) -> [UInt8] { short(value & 0xffff) + short(value >> 16) }
}
