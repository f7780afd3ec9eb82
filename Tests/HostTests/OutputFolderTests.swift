import Foundation
import Host
import Testing

@Suite struct OutputFolderTests {
    private let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("folder-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    private func withFolder(owner: UserIdentity? = nil, _ body: (borrowing OutputFolder) throws -> Void) throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(try OutputFolder(path, owner: owner))
    }

    /// The errno that opening `name` fails with; 0 when it works.
    private func refusal(_ folder: borrowing OutputFolder, _ name: String, replacing: Bool = false) -> Int32 {
        do throws(HostError) {
            close(try folder.open(name, replacing: replacing))
            return 0
        } catch {
            return error.errno
        }
    }

    @Test func aNewFileIsItsOwnersAlone() throws {
        try withFolder { folder in
            #expect(refusal(folder, "a") == 0)
            let attributes = try FileManager.default.attributesOfItem(atPath: path + "/a")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func whatIsThereIsNotOverwrittenUnasked() throws {
        try withFolder { folder in
            try Data([1]).write(to: URL(filePath: path + "/a"))
            #expect(refusal(folder, "a") == EEXIST)
            #expect(FileManager.default.contents(atPath: path + "/a") == Data([1]))
        }
    }

    /// Whoever has another name for the file, or has it open, keeps what was in it.
    @Test func whatIsReplacedIsRemoved() throws {
        try withFolder { folder in
            try Data([1]).write(to: URL(filePath: path + "/a"))
            try FileManager.default.linkItem(atPath: path + "/a", toPath: path + "/b")
            #expect(refusal(folder, "a", replacing: true) == 0)
            #expect(FileManager.default.contents(atPath: path + "/a") == Data())
            #expect(FileManager.default.contents(atPath: path + "/b") == Data([1]))
        }
    }

    @Test(arguments: [false, true]) func noSymbolicLinkIsFollowed(replacing: Bool) throws {
        try withFolder { folder in
            try Data([1]).write(to: URL(filePath: path + "/target"))
            for target in ["target", "missing"] {
                let link = path + "/to-\(target)"
                try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path + "/\(target)")
                #expect(refusal(folder, "to-\(target)", replacing: replacing) == ELOOP)
            }
            #expect(FileManager.default.contents(atPath: path + "/target") == Data([1]))
            #expect(!FileManager.default.fileExists(atPath: path + "/missing"))
        }
    }

    @Test(arguments: ["", "..", ".", "a/b", "/tmp/a"]) func aNameIsNoPath(name: String) throws {
        try withFolder { folder in #expect(refusal(folder, name, replacing: true) != 0) }
    }

    @Test func aPipeIsWrittenTo() throws {
        try withFolder { folder in
            unsafe mkfifo(path + "/pipe", 0o600)
            let reader = unsafe Foundation.open(path + "/pipe", O_RDONLY | O_NONBLOCK)
            #expect(refusal(folder, "pipe") == 0)
            close(reader)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "needs root")) func aPipeThatAnotherUserPutThereIsNot() throws {
        try withFolder { folder in
            unsafe mkfifo(path + "/pipe", 0o666)
            unsafe chown(path + "/pipe", 65534, 65534)
            #expect(refusal(folder, "pipe") == EPERM)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "needs root")) func aFileIsGivenAway() throws {
        try withFolder(owner: UserIdentity(user: 1234, group: 5678)) { folder in
            #expect(refusal(folder, "a") == 0)
            let attributes = try FileManager.default.attributesOfItem(atPath: path + "/a")
            #expect(attributes[.ownerAccountID] as? Int == 1234)
            #expect(attributes[.groupOwnerAccountID] as? Int == 5678)
        }
    }

    @Test func aFolderThatMovesIsStillTheSame() throws {
        try withFolder { folder in
            let moved = path + "-moved"
            defer { try? FileManager.default.removeItem(atPath: moved) }
            try FileManager.default.moveItem(atPath: path, toPath: moved)
            #expect(refusal(folder, "a") == 0)
            #expect(FileManager.default.fileExists(atPath: moved + "/a"))
        }
    }

    @Test(arguments: [
        ("a", ".", "a"), ("/a", "/", "a"), ("x/a", "x", "a"), ("/x/y/a", "/x/y", "a"), ("x/", "x", ""),
    ])
    func aPathIsAFolderAndAName(path: String, folder: String, name: String) {
        let (first, second) = OutputFolder.split(path)
        #expect(first == folder)
        #expect(second == name)
    }
}
