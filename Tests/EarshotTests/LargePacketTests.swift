import Testing

/// Memory is proportional to what was captured.
@Suite struct LargePacketTests {
    /// Runs a command on a savefile with one TCP segment of 16 MiB.
    ///
    /// - Returns: the exit status, the bytes printed, their checksum, and the most memory taken, in KiB.
    private func run(_ command: String) throws -> [Int] {
        let outcome = try Earshot.shell(
            """
            python3 -c '
            import os, resource, struct, subprocess, sys, tempfile, zlib
            size = (16 << 20) - 16
            file = tempfile.NamedTemporaryFile()
            file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, size, 1) + struct.pack("<IIII", 1, 0, size, size))
            # The total length 0 of a segment that the interface cuts.
            file.write(bytes(12) + b"\\x08\\x00" + struct.pack(">BBHHHBBHII", 0x45, 0, 0, 0, 0, 64, 6, 0, 1, 2))
            file.write(struct.pack(">HHIIBBHHH", 1000, 2000, 1, 1, 0x50, 0x18, 1000, 0, 0) + b"text" * ((size - 54) // 4))
            file.write(bytes(size - 54 - (size - 54) // 4 * 4))
            file.flush()
            read = subprocess.Popen([os.environ["EARSHOT"], *sys.argv[1:], "-r", file.name], stdout=subprocess.PIPE)
            count = checksum = 0
            while piece := read.stdout.read(65536):
                count += len(piece)
                checksum = zlib.crc32(piece, checksum)
            status = read.wait()
            print(status, count, checksum, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
            ' \(command)
            """)
        return outcome.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    }

    @Test(arguments: [
        "read -A", "read -X", "read -vv", "read --jobs 2 -X", "read --format json", "follow", "follow --format hex",
        "follow --format json", "conversations --format json", "ladder --full",
    ])
    func ofSixteenMebibytesTakesAFewTimesThat(command: String) throws {
        let figures = try run(command)
        try #require(figures.count == 4)
        #expect(figures[0] == 0)
        #expect(figures[3] < 96 << 10, "KiB")
    }

    @Test func jobsPrintTheSame() throws {
        #expect(try run("read -X")[..<3] == run("read --jobs 2 -X")[..<3])
    }
}
