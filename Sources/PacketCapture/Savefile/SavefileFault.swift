/// Why a savefile cannot be read on, before it is known which packet is missing.
enum SavefileFault: Error {
    /// The file is cut or contradicts itself.
    ///
    /// - Parameter offset: bytes from the start of the uncompressed file to the record that lies, or to where it is cut.
    case damaged(String, offset: Int)
    /// The system refused to read; with the errno.
    case failed(Int32)

    /// The same for a caller.
    func error(_ operation: String, packetNumber: Int? = nil) -> CaptureError {
        switch self {
        case .damaged(let reason, let offset):
            CaptureError(
                .damagedSavefile, operation, reason: reason, packetNumber: packetNumber, byteOffset: offset)
        case .failed(let errorNumber): CaptureError(operation, errno: errorNumber)
        }
    }
}
