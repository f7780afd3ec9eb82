import Testing

/// Fixtures cut at every length and damaged with seeds, through a build without a trap.
@Suite struct MutationTests {
    @Test func damagedRecordsAreSurvived() throws {
        let outcome = try Earshot.shell(
            "python3 Tests/Mutations/mutate.py \"$EARSHOT\" Fixtures 20", deadline: 900)
        #expect(outcome.status == 0, "\(outcome.output.suffix(4000))\(outcome.errors)")
    }

    /// In time and memory too.
    @Test func damagedSavefilesAreSurvived() throws {
        let outcome = try Earshot.shell(
            "python3 Tests/Mutations/files.py \"$EARSHOT\" Fixtures 5000", deadline: 900)
        #expect(outcome.status == 0, "\(outcome.output.suffix(4000))\(outcome.errors)")
    }
}
