/// The messages of the greeting protocol.
enum GreetingMessage {
    /// The longest name that is received as one message, in bytes.
    static let maximumLength = 1024

    static let welcome = [UInt8]("Welcome!".utf8)
    static let exit = [UInt8]("exit".utf8)

    /// Whether a server says such a message: `Welcome!`, or one that begins like `Hello, NAME!`.
    ///
    /// - Parameter isTruncated: the message goes on, so that its `!` may be missing.
    static func isFromServer(_ message: ArraySlice<UInt8>, isTruncated: Bool) -> Bool {
        if message.elementsEqual(welcome) { return true }
        let greeting = "Hello, ".utf8
        return message.starts(with: greeting)
            && (isTruncated || message.dropFirst(greeting.count).contains(UInt8(ascii: "!")))
    }

    /// `Hello, NAME!`, with the name's bytes as they came.
    static func hello(_ name: some Collection<UInt8>) -> [UInt8] {
        var message = [UInt8]("Hello, ".utf8)
        message += name
        message.append(UInt8(ascii: "!"))
        return message
    }
}
