/// Text for bytes that others chose: the words of a command line, paths, variables of the environment, which are any bytes
/// but 0 (execve(2), path_resolution(7)).
///
/// What is UTF-8 is itself. Every other byte is a character of the private use plane 16, U+10FF00 and its value; the bytes
/// of such a character are, too, so that a text stands for one sequence of bytes.
extension String {
    private static var firstStandIn: UInt32 { 0x10_ff00 }

    /// The text for `bytes`.
    public init(standingFor bytes: [UInt8]) {
        self = ""
        var rest = bytes.makeIterator()
        var parser = Unicode.UTF8.ForwardParser()
        var position = 0
        while true {
            switch parser.parseScalar(from: &rest) {
            case .emptyInput: return
            case .error(let length):
                append(standInsFor: bytes[position..<position + length])
                position += length
            case .valid(let encoded):
                let scalar = UTF8.decode(encoded)
                let end = position + encoded.count
                if scalar.value >= Self.firstStandIn {
                    append(standInsFor: bytes[position..<end])
                } else {
                    unicodeScalars.append(scalar)
                }
                position = end
            }
        }
    }

    private mutating func append(standInsFor bytes: ArraySlice<UInt8>) {
        unicodeScalars.append(contentsOf: bytes.lazy.compactMap { Unicode.Scalar(Self.firstStandIn + UInt32($0)) })
    }

    /// The bytes that the text stands for.
    public var bytesStoodFor: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count)
        for scalar in unicodeScalars {
            if let byte = scalar.byteStoodFor { bytes.append(byte) } else { bytes += UTF8.encode(scalar) ?? .init() }
        }
        return bytes
    }

    /// The bytes that the text stands for as the system takes them, a 0 behind them.
    public var systemText: [CChar] { bytesStoodFor.map { CChar(bitPattern: $0) } + [0] }
}

extension Unicode.Scalar {
    /// The byte that it stands for in a text; nil where it is itself.
    var byteStoodFor: UInt8? { value >= 0x10_ff00 ? UInt8(truncatingIfNeeded: value) : nil }
}

/// The words that this program was started with, its own name first.
public enum CommandWords {
    public static let all: [String] = {
        // The kernel's array ends with a null pointer.
        let words = unsafe UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
        return unsafe words.map { unsafe $0.map { unsafe String(standingFor: $0) } ?? "" }
    }()
}

extension String {
    /// The text for the bytes of a C string.
    init(standingFor text: UnsafePointer<CChar>) {
        var bytes: [UInt8] = []
        var position = 0
        while unsafe text[position] != 0 {
            bytes.append(UInt8(bitPattern: unsafe text[position]))
            position += 1
        }
        self.init(standingFor: bytes)
    }
}
