// Fuzzes the reading of pcap files, and of what is neither pcap nor pcapng.

import FuzzSavefile

@_cdecl("LLVMFuzzerTestOneInput")
public func testPcap(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    if unsafe isPcapng(start, count) { return -1 }
    unsafe readSavefile(start, count)
    return 0
}
