public import PacketDecoding

/// A pcap-filter(7) expression for the frames of a savefile, whose interfaces may differ in link type: it is compiled
/// once for each type that appears.
public struct SavefileFilter: Sendable {
    /// As given; empty accepts everything.
    public let expression: String
    /// The program for the first interface, one instruction a line.
    public func listing(_ style: FilterListingStyle = .assembly) -> [String] { first.listing(style) }

    private let snapshotLength: Int
    private let first: CaptureFilter
    private let firstLinkType: LinkType
    /// Nil for a type that libpcap refuses: nothing matches there.
    private var others: [(linkType: LinkType, filter: CaptureFilter?)] = []
    private var warning: String?
    private var hasWarned = false

    /// - Parameters:
    ///   - linkType: of the savefile's first interface.
    ///   - snapshotLength: what the program returns for an accepted frame, in bytes.
    /// - Throws: a usage error with libpcap's message, where it refuses the expression for that link type.
    public init(_ expression: String, linkType: LinkType, snapshotLength: Int = 262_144) throws(CaptureError) {
        self.expression = expression
        self.snapshotLength = snapshotLength
        first = try CaptureFilter(expression, linkType: linkType, snapshotLength: snapshotLength)
        firstLinkType = linkType
    }

    /// Whether the expression accepts `frame`. Where libpcap refuses it for the frame's link type it does not.
    public mutating func matches(_ frame: Frame) -> Bool {
        let linkType = frame.header.linkType
        if linkType == firstLinkType { return first.matches(frame) }
        if let other = others.first(where: { $0.linkType == linkType }) {
            return other.filter?.matches(frame) ?? false
        }
        let filter = compile(for: linkType)
        others.append((linkType, filter))
        return filter?.matches(frame) ?? false
    }

    /// What a person should be told, at most once: frames of this link type cannot match, and why.
    public mutating func takeWarning() -> String? { warning.take() }

    private mutating func compile(for linkType: LinkType) -> CaptureFilter? {
        do throws(CaptureError) {
            return try CaptureFilter(expression, linkType: linkType, snapshotLength: snapshotLength)
        } catch {
            if !hasWarned {
                warning =
                    "\(error.operation) for link type \(linkType.rawValue), whose packets do not match: \(error.reason)"
                hasWarned = true
            }
            return nil
        }
    }
}
