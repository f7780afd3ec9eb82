import CLinux
import Foundation
@testable import PacketCapture
import Testing

@Suite struct PacketRingTests {
    static let blockSize = 4096

    /// A ring of two blocks as the kernel would have it, and what is read from it.
    @safe struct Script {
        let memory: UnsafeMutableRawPointer

        init() throws {
            let mapped = unsafe mmap(
                nil, 2 * blockSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            unsafe memory = try #require(unsafe mapped)
        }

        /// Hands a block over.
        func fill(_ block: Int, packets: UInt32, first: UInt32 = 48) {
            let start = unsafe memory + block * blockSize
            var descriptor = tpacket_block_desc()
            unsafe descriptor.hdr.bh1.block_status = UInt32(TP_STATUS_USER)
            unsafe descriptor.hdr.bh1.num_pkts = packets
            unsafe descriptor.hdr.bh1.offset_to_first_pkt = first
            unsafe start.storeBytes(of: descriptor, as: tpacket_block_desc.self)
        }

        func frame(_ block: Int, at offset: Int, length: UInt32, next: UInt32, macOffset: UInt16 = 80) {
            var header = tpacket3_hdr()
            header.tp_next_offset = next
            header.tp_snaplen = length
            header.tp_len = length
            header.tp_mac = macOffset
            unsafe (memory + block * blockSize + offset).storeBytes(of: header, as: tpacket3_hdr.self)
        }

        func isOurs(_ block: Int) -> Bool {
            unsafe earshot_block_status((memory + block * blockSize).assumingMemoryBound(to: tpacket_block_desc.self))
                != 0
        }

        /// The frames' lengths, up to where there is none or an error.
        func lengths(_ ring: inout PacketRing) -> (lengths: [Int], error: CaptureError?) {
            var lengths: [Int] = []
            do throws(CaptureError) {
                while let slot = unsafe try ring.next() { unsafe lengths.append(slot.capturedLength) }
            } catch {
                return (lengths, error)
            }
            return (lengths, nil)
        }
    }

    @Test func blocksAreReadInTurnAndGivenBackWhenTheirFramesWereUsed() throws {
        let script = try Script()
        var ring = unsafe PacketRing(mapping: script.memory, blockSize: Self.blockSize, blockCount: 2)
        #expect(script.lengths(&ring).lengths == [])

        script.fill(0, packets: 2)
        script.frame(0, at: 48, length: 10, next: 128)
        script.frame(0, at: 176, length: 20, next: 0)
        script.fill(1, packets: 1)
        script.frame(1, at: 48, length: 30, next: 0)
        for length in [10, 20] {
            let captured = unsafe try ring.next()?.capturedLength
            #expect(captured == length)
            #expect(script.isOurs(0))
        }
        let captured = unsafe try ring.next()?.capturedLength
        #expect(captured == 30)
        #expect(!script.isOurs(0))
        #expect(script.isOurs(1))

        script.fill(0, packets: 1)
        script.frame(0, at: 48, length: 40, next: 0)
        #expect(script.lengths(&ring).lengths == [40])
        #expect(!script.isOurs(0) && !script.isOurs(1))
    }

    @Test func aBlockWithoutFramesIsPassedOver() throws {
        let script = try Script()
        var ring = unsafe PacketRing(mapping: script.memory, blockSize: Self.blockSize, blockCount: 2)
        script.fill(0, packets: 0)
        script.fill(1, packets: 1)
        script.frame(1, at: 48, length: 5, next: 0)
        #expect(script.lengths(&ring).lengths == [5])
    }

    struct Lie: CustomTestStringConvertible {
        let testDescription: String
        var packets: UInt32 = 1
        var first: UInt32 = 48
        var length: UInt32 = 10
        var next: UInt32 = 0
        var macOffset: UInt16 = 80
        let framesBefore: Int
    }

    @Test(arguments: [
        Lie(testDescription: "a first frame beyond the block", first: 4096, framesBefore: 0),
        Lie(testDescription: "a first frame far beyond", first: .max, framesBefore: 0),
        Lie(testDescription: "a header across the block's end", first: 4030, framesBefore: 0),
        Lie(testDescription: "a frame across the block's end", length: 4096, framesBefore: 0),
        Lie(testDescription: "an endless frame", length: .max, framesBefore: 0),
        Lie(testDescription: "a frame in its own header", macOffset: 67, framesBefore: 0),
        Lie(testDescription: "a frame that begins beyond the block", macOffset: .max, framesBefore: 0),
        Lie(testDescription: "a next frame beyond the block", packets: 2, next: .max, framesBefore: 1),
    ])
    func aBlockThatContradictsItselfIsAnError(_ lie: Lie) throws {
        let script = try Script()
        var ring = unsafe PacketRing(mapping: script.memory, blockSize: Self.blockSize, blockCount: 2)
        script.fill(0, packets: lie.packets, first: lie.first)
        script.frame(0, at: 48, length: lie.length, next: lie.next, macOffset: lie.macOffset)
        let (lengths, error) = script.lengths(&ring)
        #expect(lengths.count == lie.framesBefore)
        #expect(error?.reason == "the kernel's block contradicts itself")
    }
}
