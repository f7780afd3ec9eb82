/// The names of a series of files, for the process that makes them: whoever asks for another gets nothing.
public struct FileNames: Hashable, Sendable {
    /// What stands behind the name of a file of the series.
    public enum Numbers: Hashable, Sendable {
        case none
        /// From 0 on, this many.
        case below(Int)
        /// Nothing, or a number from 1 on.
        case any
    }

    private enum Part: Hashable {
        case byte(UInt8)
        /// What strftime(3) puts there.
        case filled
    }

    /// As given: with times, a format of strftime(3).
    let template: String
    let hasTimes: Bool
    let numbers: Numbers
    private let parts: [Part]

    public init(_ template: String, hasTimes: Bool, numbers: Numbers) {
        self.template = template
        self.hasTimes = hasTimes
        self.numbers = numbers
        parts = hasTimes ? Self.parts(of: Array(template.utf8)) : template.utf8.map { .byte($0) }
    }

    private static func parts(of format: [UInt8]) -> [Part] {
        var parts: [Part] = []
        var index = 0
        while index < format.count {
            let byte = format[index]
            index += 1
            guard byte == UInt8(ascii: "%") else {
                parts.append(.byte(byte))
                continue
            }
            // Flags, a width, and modifiers stand before the letter.
            while index < format.count, "_-0^#123456789EO".utf8.contains(format[index]) { index += 1 }
            if index < format.count, format[index] == UInt8(ascii: "%") {
                parts.append(.byte(byte))
            } else {
                parts.append(.filled)
            }
            index += 1
        }
        return parts
    }

    /// Whether a file of the series may have the name.
    public func contains(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard (1...255).contains(name.bytesStoodFor.count), !bytes.contains(UInt8(ascii: "/")), !bytes.contains(0)
        else {
            return false
        }
        // The places in the name that the parts so far can lead to.
        var places: Set<Int> = [0]
        for part in parts {
            switch part {
            case .byte(let byte):
                places = Set(places.lazy.filter { $0 < bytes.count && bytes[$0] == byte }.map { $0 + 1 })
            case .filled: places = places.min().map { Set($0...bytes.count) } ?? []
            }
        }
        return places.contains { isNumber(bytes[$0...]) }
    }

    private func isNumber(_ digits: ArraySlice<UInt8>) -> Bool {
        switch numbers {
        case .none: return digits.isEmpty
        case .any where digits.isEmpty: return true
        case .below(let count) where count < 2: return digits.isEmpty
        default: break
        }
        guard digits.count <= 18, let number = Int(String(decoding: digits, as: UTF8.self)),
            digits.allSatisfy({ (0x30...0x39).contains($0) })
        else { return false }
        switch numbers {
        case .below(let count): return number < count && digits.count == String(max(0, count - 1)).count
        default: return number > 0 && digits.first != UInt8(ascii: "0")
        }
    }
}

extension FileNames {
    /// As words of a command line.
    var words: [String] {
        switch numbers {
        case .none: [template, hasTimes ? "times" : "", ""]
        case .below(let count): [template, hasTimes ? "times" : "", "\(count)"]
        case .any: [template, hasTimes ? "times" : "", "any"]
        }
    }

    init(words: [String]) {
        self.init(
            words[0], hasTimes: words[1] == "times",
            numbers: words[2] == "any" ? .any : Int(words[2]).map { .below($0) } ?? .none)
    }
}
