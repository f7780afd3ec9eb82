import Glibc

/// A folder that files are made in, held open: what happens to its path later leads nowhere else.
///
/// Everything that makes an output file goes through ``open(_:replacing:)``.
public struct OutputFolder: ~Copyable {
    /// As given, for messages.
    public let path: String
    private let descriptor: Int32
    private let owner: UserIdentity?
    /// The process that files are asked of, and the socket to it; -1 where this one makes them itself.
    private var opener: FileOpener?
    private var control: Int32 = -1

    /// O_PATH (open(2)), which glibc declares as an extension: enough to make files in a folder that may not be listed.
    private static let pathOnly: Int32 = 0o10000000

    /// - Parameters:
    ///   - path: of the folder.
    ///   - owner: whom new files are given to; nil leaves them to the process's user.
    public init(_ path: String, owner: UserIdentity? = .caller) throws(HostError) {
        let descriptor = unsafe Glibc.open(path, Self.pathOnly | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw HostError("opening the folder \(path)", errno: errno) }
        self.path = path
        self.descriptor = descriptor
        self.owner = owner
    }

    /// Takes a descriptor over.
    init(_ path: String, descriptor: Int32, owner: UserIdentity?) {
        self.path = path
        self.descriptor = descriptor
        self.owner = owner
    }

    deinit {
        close(descriptor)
    }

    /// Has files made by a process that keeps the rights to do so, for when this one has given up its own.
    public mutating func startOpener() throws(HostError) {
        let opener = try FileOpener(path: path, folder: descriptor)
        control = opener.control
        self.opener = consume opener
    }

    /// A path's folder, `.` where it names none, and what comes after it.
    public static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let folder = path.utf8.distance(from: path.utf8.startIndex, to: slash) == 0 ? "/" : String(path[..<slash])
        return (folder, String(path[path.utf8.index(after: slash)...]))
    }

    /// Makes the file `name` for writing: new, mode 0600, and never through a symbolic link.
    ///
    /// A device that takes characters, such as /dev/null, or a pipe that this user or root has made is opened as it
    /// is; no disk ever.
    ///
    /// - Parameter replacing: whether a regular file of that name may be there. It is removed, not emptied: nobody
    ///   who has it open, or another name for it, sees the new contents.
    /// - Returns: a descriptor that the caller closes.
    public func open(_ name: String, replacing: Bool) throws(HostError) -> Int32 {
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")) else { throw failure(name, EINVAL) }
        if control >= 0 { return try requested(name, replacing: replacing) }
        var created = create(name)
        if created == -EEXIST {
            var status = stat()
            guard unsafe fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                throw failure(name, errno)
            }
            switch status.st_mode & S_IFMT {
            case S_IFREG:
                guard replacing else {
                    throw failure(name, EEXIST, remedy: "give another name, or --force to overwrite it")
                }
                guard unsafe unlinkat(descriptor, name, 0) == 0 else { throw failure(name, errno) }
                created = create(name)
            case S_IFCHR, S_IFIFO: return try openSpecial(name, status)
            case S_IFLNK: throw failure(name, ELOOP, remedy: "a symbolic link is not followed: name what it leads to")
            default: throw failure(name, EEXIST, remedy: "only a regular file can be overwritten")
            }
        }
        guard created >= 0 else { throw failure(name, -created) }
        if let owner, fchown(created, owner.user, owner.group) != 0 {
            let reason = errno
            close(created)
            throw HostError("giving \(joined(name)) to user \(owner.user)", errno: reason)
        }
        return created
    }

    private func requested(_ name: String, replacing: Bool) throws(HostError) -> Int32 {
        do throws(FileOpener.OpeningFailure) {
            return try FileOpener.request(name, replacing: replacing, through: control)
        } catch {
            throw failure(name, error.errno, remedy: error.remedy)
        }
    }

    /// A new file's descriptor, or a negative errno.
    private func create(_ name: String) -> Int32 {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let result = unsafe openat(descriptor, name, flags, 0o600)
        return result >= 0 ? result : -errno
    }

    /// - Parameter status: what was found there; what is opened must be the same.
    private func openSpecial(_ name: String, _ status: stat) throws(HostError) -> Int32 {
        // A pipe that another user has put in the way would get to read the packets.
        guard [0, geteuid(), owner?.user].contains(status.st_uid) else { throw failure(name, EPERM) }
        let result = unsafe openat(descriptor, name, O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC)
        guard result >= 0 else { throw failure(name, errno) }
        var opened = stat()
        guard unsafe fstat(result, &opened) == 0, opened.st_dev == status.st_dev, opened.st_ino == status.st_ino
        else {
            close(result)
            throw failure(name, EEXIST)
        }
        return result
    }

    private func joined(_ name: String) -> String {
        switch path {
        case ".": name
        case "/": "/" + name
        default: path + "/" + name
        }
    }

    private func failure(_ name: String, _ errno: Int32, remedy: String? = nil) -> HostError {
        HostError("creating \(joined(name))", errno: errno, remedy: remedy)
    }
}
