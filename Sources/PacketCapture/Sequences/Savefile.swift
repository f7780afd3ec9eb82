public import PacketDecoding
import Synchronization

/// A savefile as a sequence of packets with memory of their own, read anew by each loop.
///
///     for try await packet in Savefile("capture.pcap", filter: "tcp") { … }
///
///     for packet in Savefile("capture.pcap").packets {
///         let packet = try packet.get()
///         …
///     }
///
/// Where the file is cut or contradicts itself, the packets before that place come first. ``SavefileReader`` is several
/// times faster: its frames are borrowed.
public struct Savefile: AsyncSequence, Sendable {
    public typealias Element = OwnedPacket
    public typealias Failure = CaptureError

    /// `-` is the standard input.
    public let path: String
    /// A pcap-filter(7) expression; empty takes everything.
    public let filter: String

    /// Nothing is opened yet.
    public init(_ path: String, filter: String = "") {
        self.path = path
        self.filter = filter
    }

    /// Reads without holding up a thread of the task's, so that a pipe may stay silent. A cancelled task has seen the
    /// last packet.
    public func makeAsyncIterator() -> PacketIterator {
        do throws(CaptureError) {
            return PacketIterator(try SavefileBatches(self))
        } catch {
            return PacketIterator(error)
        }
    }

    /// The same packets without tasks. The last element is the error, where there is one.
    public var packets: Packets { Packets(file: self) }

    public struct Packets: Sequence, Sendable {
        let file: Savefile

        public func makeIterator() -> Iterator { Iterator(file) }
    }

    public struct Iterator: IteratorProtocol {
        private let reading: Reading

        init(_ file: Savefile) { reading = Reading(file) }

        public mutating func next() -> Result<OwnedPacket, CaptureError>? { reading.next() }
    }

    /// A class, since a reader cannot be copied into an iterator.
    fileprivate final class Reading {
        private var file: OpenSavefile

        init(_ file: Savefile) { self.file = OpenSavefile(file) }

        func next() -> Result<OwnedPacket, CaptureError>? {
            do throws(CaptureError) {
                return try file.next().map { .success($0) }
            } catch {
                return .failure(error)
            }
        }
    }
}

/// A savefile that is opened when the first packet is asked for.
private struct OpenSavefile: ~Copyable {
    private let file: Savefile
    private let wakeDescriptor: Int32?
    private var reader: SavefileReader?
    private var filter: SavefileFilter?
    private var isFinished = false

    init(_ file: Savefile, wakeDescriptor: Int32? = nil) {
        self.file = file
        self.wakeDescriptor = wakeDescriptor
    }

    mutating func next() throws(CaptureError) -> OwnedPacket? {
        guard !isFinished else { return nil }
        // Also where it ends by an error.
        isFinished = true
        if reader == nil { try open() }
        while let frame = try reader?.next() {
            if filter?.matches(frame) == false { continue }
            isFinished = false
            return OwnedPacket(frame)
        }
        return nil
    }

    private mutating func open() throws(CaptureError) {
        let opened = try SavefileReader(path: file.path, wakeDescriptor: wakeDescriptor)
        if !file.filter.isEmpty {
            filter = try SavefileFilter(
                file.filter, linkType: opened.linkType, snapshotLength: opened.snapshotLength)
        }
        reader = consume opened
    }
}

/// The packets of a savefile, read by whoever asks for a batch.
private final class SavefileBatches: PacketBatches {
    private let file: Mutex<OpenSavefile>
    private let endEvent: EndEvent

    init(_ file: Savefile) throws(CaptureError) {
        endEvent = try EndEvent("opening " + file.path)
        self.file = Mutex(OpenSavefile(file, wakeDescriptor: endEvent.descriptor))
    }

    func read() -> PacketBatch {
        file.withLock { file in
            var batch = PacketBatch()
            do throws(CaptureError) {
                while !batch.isFull {
                    guard let packet = try file.next() else {
                        batch.isLast = true
                        break
                    }
                    batch.append(packet)
                }
            } catch {
                batch.isLast = true
                batch.failure = error
            }
            return batch
        }
    }

    func end() { endEvent.signal() }
}
