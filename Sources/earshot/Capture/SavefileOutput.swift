import Glibc
import Host
import PacketCapture

/// Makes the savefiles of a run: the standard output, or files of one folder, which is held open from the start.
struct SavefileOutput: ~Copyable {
    /// As given with `-w`.
    let path: String
    /// The part of the path that names the file.
    let name: String
    private let place: Place
    private let overwrites: Bool

    private enum Place: ~Copyable {
        case descriptor(Int32)
        case folder(OutputFolder)
    }

    /// Whether it goes to a descriptor that was there already.
    var isStandardOutput: Bool { Self.ownDescriptor(path) != nil }

    /// - Parameter limits: when another file is begun, after rights have been given up; nil for never.
    init(_ options: SaveOptions, path: String, limits: SavefileSeries.Limits?) throws(Failure) {
        let descriptor = Self.ownDescriptor(path)
        if let descriptor, Terminal.isTerminal(descriptor) {
            throw Failure(usage: "-w \(path): a savefile is no text for a terminal; send it into a file or a pipe")
        }
        let (folder, name) = OutputFolder.split(path)
        if descriptor == nil, name.isEmpty { throw Failure(usage: "-w \(path): the name of a file is missing") }
        place = try Self.place(descriptor, folder, limits.map { FileNames(name, $0) }, replacing: options.force)
        self.path = path
        self.name = name
        overwrites = options.force
    }

    private static func place(
        _ descriptor: Int32?, _ folder: String, _ series: FileNames?, replacing: Bool
    ) throws(Failure) -> Place {
        if let descriptor { return .descriptor(descriptor) }
        do throws(HostError) {
            var folder = try OutputFolder(folder)
            if let series { try folder.startOpener(for: series, replacing: replacing) }
            return .folder(folder)
        } catch {
            throw Failure(error)
        }
    }

    /// What messages call a file.
    func spelled(_ name: String) -> String {
        if isStandardOutput { return path == "-" ? "standard output" : path }
        let end = path.utf8.index(path.utf8.endIndex, offsetBy: -self.name.utf8.count)
        return path[..<end] + name
    }

    /// - Returns: a descriptor that the caller closes.
    func open(_ file: SavefileSeries.File) throws(Failure) -> Int32 {
        do throws(HostError) {
            switch place {
            case .folder(let folder): return try folder.open(file.name, replacing: overwrites || file.isReused)
            case .descriptor(let descriptor):
                // A copy, so that closing the savefile leaves the descriptor alone.
                let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
                if copy < 0 { throw HostError("writing to \(spelled(name))", errno: errno) }
                return copy
            }
        } catch {
            throw Failure(error)
        }
    }

    /// The descriptor that a path stands for: `-`, /dev/stdout, /dev/fd/N (which the shell's `>(…)` gives). Those are
    /// symbolic links, and the only ones that lead where the user has let them lead.
    static func ownDescriptor(_ path: String) -> Int32? {
        if path == "-" || path == "/dev/stdout" { return STDOUT_FILENO }
        guard path.hasPrefix("/dev/fd/"), let descriptor = Int32(path.dropFirst(8)), descriptor >= 0 else { return nil }
        return descriptor
    }
}

extension FileNames {
    /// The names that a ``SavefileSeries`` gives its files.
    fileprivate init(_ template: String, _ limits: SavefileSeries.Limits) {
        let numbers: Numbers = limits.size == nil ? .none : limits.count.map { .below($0) } ?? .any
        self.init(template, hasTimes: limits.period != nil, numbers: numbers)
    }
}
