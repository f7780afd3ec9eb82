// Fuzzes the reading of pcapng files.

import FuzzSavefile

@_cdecl("LLVMFuzzerTestOneInput")
public func testPcapng(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard unsafe isPcapng(start, count) else { return -1 }
    unsafe readSavefile(start, count)
    return 0
}
