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
        let descriptor = unsafe Glibc.open(path.systemText, Self.pathOnly | O_DIRECTORY | O_CLOEXEC)
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
    ///
    /// - Parameters:
    ///   - names: of all files that will be wanted.
    ///   - replacing: whether regular files that are there give way.
    public mutating func startOpener(for names: FileNames, replacing: Bool) throws(HostError) {
        let opener = try FileOpener(path: path, folder: descriptor, names: names, replacing: replacing)
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
    /// A pipe that this user or root has made is opened as it is, once somebody reads it, and so are /dev/null, /dev/full
    /// and terminals; no other device ever. Waiting for a pipe's reader ends when the program is to stop.
    ///
    /// - Parameter replacing: whether a regular file of that name may be there. It is removed, not emptied: nobody
    ///   who has it open, or another name for it, sees the new contents. Where an opener makes the files, it knows.
    /// - Returns: a descriptor that the caller closes. A pipe's does not block.
    public func open(_ name: String, replacing: Bool) throws(HostError) -> Int32 {
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")) else { throw failure(name, EINVAL) }
        while true {
            do throws(HostError) {
                return control >= 0 ? try requested(name) : try made(name, replacing: replacing)
            } catch {
                // Nobody reads the pipe so far (fifo(7)).
                guard error.errno == ENXIO, !StopSignals.waits(milliseconds: 20) else { throw error }
            }
        }
    }

    /// The same without waiting for a pipe's reader: ENXIO where there is none.
    func made(_ name: String, replacing: Bool) throws(HostError) -> Int32 {
        var created = create(name)
        if created == -EEXIST {
            var status = stat()
            guard unsafe fstatat(descriptor, name.systemText, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                throw failure(name, errno)
            }
            switch status.st_mode & S_IFMT {
            case S_IFREG:
                guard replacing else {
                    throw failure(name, EEXIST, remedy: "give another name, or --force to overwrite it")
                }
                guard unsafe unlinkat(descriptor, name.systemText, 0) == 0 else { throw failure(name, errno) }
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

    private func requested(_ name: String) throws(HostError) -> Int32 {
        do throws(FileOpener.OpeningFailure) {
            return try FileOpener.request(name, through: control)
        } catch {
            throw failure(name, error.errno, remedy: error.remedy)
        }
    }

    /// A new file's descriptor, or a negative errno.
    private func create(_ name: String) -> Int32 {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let result = unsafe openat(descriptor, name.systemText, flags, 0o600)
        return result >= 0 ? result : -errno
    }

    /// - Parameter status: what was found there; what is opened must be the same.
    private func openSpecial(_ name: String, _ status: stat) throws(HostError) -> Int32 {
        if status.st_mode & S_IFMT == S_IFCHR {
            guard Self.takesText(status.st_rdev) else {
                throw failure(name, EPERM, remedy: "of devices only /dev/null, /dev/full and terminals are written to")
            }
        } else {
            // A pipe that another user has put in the way would get to read the packets.
            guard [0, geteuid(), owner?.user].contains(status.st_uid) else { throw failure(name, EPERM) }
        }
        let flags = O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC | O_NONBLOCK
        let result = unsafe openat(descriptor, name.systemText, flags)
        guard result >= 0 else { throw failure(name, errno, remedy: errno == ENXIO ? "nobody reads it" : nil) }
        var opened = stat()
        guard unsafe fstat(result, &opened) == 0, opened.st_dev == status.st_dev, opened.st_ino == status.st_ino
        else {
            close(result)
            throw failure(name, EEXIST)
        }
        return result
    }

    /// Whether a device swallows what is written to it or shows it (devices.txt of the kernel's documentation): null and
    /// full of the memory devices, terminals, consoles and pseudo terminals.
    private static func takesText(_ device: dev_t) -> Bool {
        // As makedev(3) puts them together.
        let major = device >> 8 & 0xfff | device >> 32 & ~0xfff
        let minor = device & 0xff | device >> 12 & ~0xff
        switch major {
        case 1: return minor == 3 || minor == 7
        case 4, 5, 136...143: return true
        default: return false
        }
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
