import Foundation
import Testing

@testable import PacketCapture

@Suite struct LinkWatchTests {
    private func watch(_ interface: String = "lo") throws -> LinkWatch {
        LinkWatch(try CaptureLink(interface: interface), interfaces: try NetworkInterface.all())
    }

    private func change(
        index: Int32 = 1, isGone: Bool = false, isUp: Bool = true, type: UInt16 = HardwareType.loopback,
        name: String? = "lo", mtu: Int? = nil
    ) -> LinkChange {
        LinkChange(index: index, isGone: isGone, isUp: isUp, hardwareType: type, name: name, mtu: mtu)
    }

    @Test func downAndUpAreToldWithTheGap() throws {
        var watch = try watch()
        watch.apply(change(isUp: false), now: 1_000_000_000)
        watch.apply(change(isUp: false), now: 2_000_000_000)
        watch.apply(change(), now: 3_500_000_000)
        #expect(watch.takeEvents() == [.down(interface: "lo"), .up(interface: "lo", gap: 2_500_000_000)])
        #expect(watch.takeEvents() == [])
        #expect(watch.end == nil)
    }

    @Test func onlyTheInterfaceCapturedOnCounts() throws {
        var watch = try watch()
        watch.apply(change(index: 999, isGone: true, name: "other"), now: 0)
        watch.apply(change(index: 999, name: "other"), now: 0)
        #expect(watch.takeEvents() == [])
        #expect(watch.end == nil)
    }

    @Test func whatEndsACapture() throws {
        var gone = try watch()
        gone.apply(change(isGone: true), now: 0)
        #expect(gone.end == .gone)
        var other = try watch()
        other.apply(change(type: HardwareType.ethernet), now: 0)
        #expect(other.end == .linkTypeChanged(from: HardwareType.loopback, to: HardwareType.ethernet))
    }

    @Test func aNewMTUAndANewName() throws {
        var watch = try watch()
        let mtu = try #require(watch.smallestMTU)
        watch.apply(change(name: "lo2", mtu: 1400), now: 0)
        #expect(
            watch.takeEvents() == [
                .renamed(interface: "lo", to: "lo2", index: 1), .mtuChanged(interface: "lo2", from: mtu, to: 1400),
            ])
    }

    @Test func onAnyInterfacesComeAndGo() throws {
        var watch = try watch("any")
        watch.apply(change(index: 999, name: "veth9"), now: 0)
        watch.apply(change(index: 999, isGone: true, name: "veth9"), now: 0)
        #expect(watch.takeEvents() == [.appeared(interface: "veth9", index: 999), .disappeared(interface: "veth9")])
        #expect(watch.end == nil)
    }

    /// Messages as the kernel lays them out, and every way to cut them.
    @Test func messagesAreReadAndNeverTrusted() {
        var message = Bytes()
        message.add(0 as UInt32)
        for value in [16, 0] as [UInt16] { message.add(value) }
        for value in [0, 0] as [UInt32] { message.add(value) }
        message.all += [0, 0]
        message.add(1 as UInt16)
        message.add(7 as UInt32)
        message.add(1 as UInt32)
        message.add(0 as UInt32)
        for (type, value) in [(3, [UInt8]("veth7".utf8) + [0]), (4, [220, 5, 0, 0])] as [(UInt16, [UInt8])] {
            message.add(UInt16(value.count + 4))
            message.add(type)
            message.all += value
            while message.all.count % 4 != 0 { message.all.append(0) }
        }
        message.all[0] = UInt8(message.all.count)
        var changes: [LinkChange] = []
        LinkMonitor.read(unsafe (message.all + message.all).span.bytes, into: &changes)
        let expected = LinkChange(index: 7, isGone: false, isUp: true, hardwareType: 1, name: "veth7", mtu: 1500)
        #expect(changes == [expected, expected])

        for length in 0..<message.all.count {
            var cut = Array(message.all.prefix(length))
            var changes: [LinkChange] = []
            LinkMonitor.read(unsafe cut.span.bytes, into: &changes)
            #expect(changes.isEmpty)
            if length > 0 { cut[0] = UInt8(length) }
            LinkMonitor.read(unsafe cut.span.bytes, into: &changes)
        }
        // A port that leaves its bridge is not gone.
        message.all[4] = 17
        message.all[16] = 7
        changes = []
        LinkMonitor.read(unsafe message.all.span.bytes, into: &changes)
        #expect(changes.isEmpty)
    }
}

@Suite struct ClockWatchTests {
    @Test(
        arguments: [
            (5, nil), (-5_000_000, nil), (3_600_000_000_000, 3_600_000_000_000), (-2_500_000_000, -2_500_000_000),
        ] as [(Int, Int?)])
    func onlyAStepIsTold(change: Int, step: Int?) {
        var watch = ClockWatch(offset: 1000)
        #expect(watch.takeStep(offset: 1000 + change) == step)
        #expect(watch.takeStep(offset: 1000 + change) == nil)
    }

    @Test func thisClockStandsStill() {
        var watch = ClockWatch()
        #expect(watch.takeStep() == nil)
    }

    @Test(arguments: [
        (CaptureEvent.clockSet(by: -2_500_000_000), "the clock was set back by 2.500 s"),
        (.clockSet(by: 61_001_000_000), "the clock was set forward by 61.001 s"),
        (.up(interface: "eth0", gap: 1_234_567_890), "eth0 is up again after 1.234 s without packets"),
    ])
    func eventsRead(event: CaptureEvent, text: String) {
        #expect(event.description == text)
    }
}
