import PacketDecoding

/// What one side of a TCP conversation said, as the schema's `client_payload` and `server_payload` have it.
public struct StreamPayload: Sendable {
    /// Bytes there are.
    public var bytes = 0
    /// The SHA-256 of the bytes; nil where there are none.
    public var digest: [UInt8]?
    /// Runs of bytes that are missing, and their length together.
    public var gaps = 0
    public var gapBytes = 0
    /// As many of these as were on the wire, but cut off.
    public var snappedBytes = 0
    /// Bytes behind a hole that nobody acknowledged, which are not counted.
    public var unacknowledged = 0
    /// Bytes that were captured, but have no place in the stream.
    public var leftOut = 0

    public init() {}
}

extension ByteBuffer {
    /// `"bytes":21,"sha256":"…"`; where bytes are missing `"gaps":{"count":1,"bytes":1448,"snapped_bytes":1394}`; where
    /// bytes lie behind a hole that nobody acknowledged `"unacknowledged_bytes":1448`; and `"left_out_bytes":5`.
    mutating func payloadMembers(_ payload: StreamPayload) {
        write("\"bytes\":")
        decimal(payload.bytes)
        write(",\"sha256\":\"")
        if let digest = payload.digest {
            hexBytes(digest.span.raw)
        } else {
            // Of nothing.
            write("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        }
        write("\"")
        if payload.gaps > 0 {
            write(",\"gaps\":{\"count\":")
            decimal(payload.gaps)
            write(",\"bytes\":")
            decimal(payload.gapBytes)
            if payload.snappedBytes > 0 {
                write(",\"snapped_bytes\":")
                decimal(payload.snappedBytes)
            }
            write("}")
        }
        if payload.unacknowledged > 0 {
            write(",\"unacknowledged_bytes\":")
            decimal(payload.unacknowledged)
        }
        if payload.leftOut > 0 {
            write(",\"left_out_bytes\":")
            decimal(payload.leftOut)
        }
    }
}
