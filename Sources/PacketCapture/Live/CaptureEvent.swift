/// What happened to a capture beside its frames.
public enum CaptureEvent: Hashable, Sendable {
    /// An interface went down; on `any`, the others go on.
    case down(interface: String)
    /// It is up again after so many nanoseconds, in which no frame was captured.
    case up(interface: String, gap: Int)
    /// On `any`: an interface has come.
    case appeared(interface: String, index: UInt32)
    /// On `any`: an interface has gone.
    case disappeared(interface: String)
    case renamed(interface: String, to: String, index: UInt32)
    /// The largest packet an interface carries has changed, in bytes without the link header.
    case mtuChanged(interface: String, from: Int, to: Int)
    /// A frame was larger than the interface's MTU allows, which is said once: with segmentation offload the kernel
    /// hands over what the network card has put together, or has yet to cut.
    case overMTU(interface: String, length: Int, mtu: Int)
    /// The clock that time stamps come from was set by so many nanoseconds, forwards or (negative) backwards.
    case clockSet(by: Int)
}

extension CaptureEvent: CustomStringConvertible {
    /// One line for a person. Interface names may hold any byte but a slash, a colon or white space.
    public var description: String {
        switch self {
        case .down(let name): "\(name) is down"
        case .up(let name, let gap): "\(name) is up again after \(Self.seconds(gap)) s without packets"
        case .appeared(let name, let index): "\(name) has come, interface \(index)"
        case .disappeared(let name): "\(name) has gone"
        case .renamed(let name, let new, _): "\(name) is called \(new) now"
        case .mtuChanged(let name, let old, let new): "the MTU of \(name) was \(old) bytes and is \(new) now"
        case .overMTU(let name, let length, let mtu):
            "a frame of \(length) bytes on \(name), whose MTU is \(mtu): segmentation offload, "
                + "it was or will be several on the wire"
        case .clockSet(let change):
            "the clock was set \(change < 0 ? "back" : "forward") by \(Self.seconds(abs(change))) s"
        }
    }

    /// With three decimals.
    private static func seconds(_ nanoseconds: Int) -> String {
        let thousandths = String(nanoseconds / 1_000_000 % 1000)
        return "\(nanoseconds / 1_000_000_000)." + String(repeating: "0", count: 3 - thousandths.count) + thousandths
    }
}
