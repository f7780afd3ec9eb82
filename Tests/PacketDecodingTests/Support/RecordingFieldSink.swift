import PacketDecoding

/// Collects a layer's fields as `name=value`, items of lists flattened: `options[0].type=1`, `flags[1]=ack`. A list
/// without elements is `flags=[]`.
struct RecordingFieldSink: FieldSink {
    /// In the order they came.
    private(set) var fields: [String] = []
    /// What a person reads beside the value, by the field's flattened name; an item's title by the item's.
    private(set) var meanings: [String: String] = [:]

    /// One entry for each list, or item of a list, that is open.
    private var path: [(prefix: String, count: Int, isList: Bool)] = []

    /// Whether every list and item that was opened was closed.
    var isBalanced: Bool { path.isEmpty }

    /// The value of the field with this flattened name.
    subscript(_ name: String) -> String? {
        fields.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    mutating func number(_ name: StaticString, _ value: UInt64, meaning: StaticString?) {
        record(name, String(value), meaning: meaning)
    }
    mutating func hexNumber(_ name: StaticString, _ value: UInt64, digits: Int, meaning: StaticString?) {
        let number = String(value, radix: 16)
        record(name, "0x" + String(repeating: "0", count: max(0, digits - number.count)) + number, meaning: meaning)
    }
    mutating func boolean(_ name: StaticString, _ value: Bool) { record(name, String(value)) }
    mutating func word(_ name: StaticString, _ value: StaticString) { record(name, "\(value)") }
    mutating func address(_ name: StaticString, _ value: IPv4Address) { record(name, spelled(value)) }
    mutating func address(_ name: StaticString, _ value: IPv6Address) { record(name, spelled(value)) }
    mutating func address(_ name: StaticString, _ value: MACAddress) { record(name, spelled(value)) }
    mutating func address(_ name: StaticString, bytes: RawSpan) {
        record(name, array(bytes).hexString(separator: ":"))
    }
    mutating func bytes(_ name: StaticString, _ value: RawSpan) { record(name, array(value).hexString()) }
    mutating func text(_ name: StaticString, _ value: RawSpan) { record(name, escapedText(value)) }

    mutating func beginList(_ name: StaticString) {
        precondition(path.last?.isList != true, "a list directly inside a list")
        path.append((prefix(name), 0, true))
    }
    mutating func listWord(_ word: StaticString) {
        fields.append("\(nextElement())=\(word)")
    }
    mutating func beginItem(_ title: StaticString) {
        let name = nextElement()
        meanings[name] = "\(title)"
        path.append((name, 0, false))
    }
    mutating func endItem() {
        precondition(path.popLast()?.isList == false, "no item to end")
    }
    mutating func endList() {
        guard let list = path.popLast(), list.isList else { preconditionFailure("no list to end") }
        if list.count == 0 { fields.append("\(list.prefix)=[]") }
    }

    private func prefix(_ name: StaticString) -> String { path.last.map { "\($0.prefix).\(name)" } ?? "\(name)" }

    private mutating func nextElement() -> String {
        precondition(path.last?.isList == true, "an element outside a list")
        let last = path.count - 1
        defer { path[last].count += 1 }
        return "\(path[last].prefix)[\(path[last].count)]"
    }

    private mutating func record(_ name: StaticString, _ value: String, meaning: StaticString? = nil) {
        precondition(path.last?.isList != true, "a field directly in a list")
        let name = prefix(name)
        fields.append("\(name)=\(value)")
        if let meaning { meanings[name] = "\(meaning)" }
    }
}
