// SPDX-License-Identifier: Apache-2.0
import Archive
import Foundation

/// Writes the entries of layers below one folder, as a runtime would: a later entry replaces what an earlier one left.
///
/// Every directory on the way to an entry is opened by its name alone and never through a link, so that a package that ships
/// a link `usr/x -> /etc` and another that ships `usr/x/passwd` are refused and not obeyed.
final class TreeWriter {
    private let path: String
    private let root: Int32
    /// The directory that holds the last entry; entries come sorted, so it mostly holds the next one too.
    private var parent: (path: Substring, descriptor: Int32)?
    private var directories: [String: Metadata] = [:]

    private struct Metadata {
        var mode: mode_t
        var uid: uid_t
        var gid: gid_t
    }

    /// Makes the folder, which must not exist.
    init(at path: String) throws {
        self.path = path
        guard mkdir(path, 0o755) == 0 else { throw PipelineError.cannotUnpack(path, String(cString: strerror(errno))) }
        root = open(path, Self.directoryFlags)
        guard root >= 0 else { throw PipelineError.cannotUnpack(path, String(cString: strerror(errno))) }
        // Whatever the umask: `/` of the image is entered by its users.
        fchmod(root, 0o755)
    }

    deinit {
        if let parent { close(parent.descriptor) }
        if root >= 0 { close(root) }
    }

    private static let directoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

    /// Writes one entry, whose body lies in `bytes`. Modes of directories wait for `finish`.
    func write(_ entry: TarEntry, _ bytes: UnsafeRawBufferPointer) throws {
        let metadata = try metadata(of: entry)
        if entry.kind == .directory { directories[entry.path] = metadata }
        guard !entry.path.isEmpty else { return }
        let (folder, name) = try place(of: entry.path)
        switch entry.kind {
        case .directory:
            var status = stat()
            if fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
            unlinkat(folder, name, 0)
            try check(mkdirat(folder, name, 0o755), entry.path)
        case .symlink:
            unlinkat(folder, name, 0)
            try check(symlinkat(entry.target ?? "", folder, name), entry.path)
            try checkOwner(fchownat(folder, name, metadata.uid, metadata.gid, AT_SYMLINK_NOFOLLOW), entry.path)
        case .hardlink:
            unlinkat(folder, name, 0)
            let target = entry.target ?? ""
            let slash = target.lastIndex(of: "/")
            let source = try descend(target[..<(slash ?? target.startIndex)], for: entry.path)
            defer { close(source) }
            try check(linkat(source, slash.map { String(target[target.index(after: $0)...]) } ?? target, folder, name, 0), entry.path)
        case .file: try writeFile(entry, UnsafeRawBufferPointer(rebasing: bytes[entry.body]), metadata, in: folder, name)
        default: throw PipelineError.cannotUnpack(entry.path, "it is a \(entry.kind)")
        }
    }

    /// Sets owners and modes of directories: last, since one that may not be written to must be filled first, and inner ones
    /// before outer ones.
    func finish() throws {
        for (path, metadata) in directories.sorted(by: { $1.key.utf8.lexicographicallyPrecedes($0.key.utf8) }) {
            let directory = try descend(path[...], for: path)
            defer { close(directory) }
            try checkOwner(fchown(directory, metadata.uid, metadata.gid), path)
            try check(fchmod(directory, metadata.mode), path)
        }
    }

    // MARK: -

    private func writeFile(_ entry: TarEntry, _ body: UnsafeRawBufferPointer, _ metadata: Metadata, in folder: Int32, _ name: String) throws
    {
        unlinkat(folder, name, 0)
        let file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        try check(file, entry.path)
        defer { close(file) }
        var rest = body
        while !rest.isEmpty {
            let count = Foundation.write(file, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            try check(count > 0 ? 0 : -1, entry.path)
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
        // The owner first: changing it takes the setuid bit away.
        try checkOwner(fchown(file, metadata.uid, metadata.gid), entry.path)
        try check(fchmod(file, metadata.mode), entry.path)
    }

    private func metadata(of entry: TarEntry) throws -> Metadata {
        guard let uid = uid_t(exactly: entry.uid), let gid = gid_t(exactly: entry.gid), uid != .max, gid != .max else {
            throw PipelineError.cannotUnpack(entry.path, "its owner \(entry.uid):\(entry.gid) is no user of Linux")
        }
        return Metadata(mode: mode_t(entry.mode & 0o7777), uid: uid, gid: gid)
    }

    /// The open directory that holds a path, and the path's last segment.
    private func place(of path: String) throws -> (folder: Int32, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (root, path) }
        let directory = path[..<slash]
        let name = String(path[path.index(after: slash)...])
        if let parent, parent.path == directory { return (parent.descriptor, name) }
        let opened = try descend(directory, for: path)
        if let parent { close(parent.descriptor) }
        parent = (directory, opened)
        return (opened, name)
    }

    /// Opens a directory below the root, one segment after the other. The caller closes it.
    private func descend(_ directory: Substring, for path: String) throws -> Int32 {
        var current = openat(root, ".", Self.directoryFlags)
        try check(current, path)
        for segment in directory.split(separator: "/") {
            let next = openat(current, String(segment), Self.directoryFlags)
            let code = errno
            close(current)
            guard next >= 0 else {
                let isOther = code == ELOOP || code == ENOTDIR
                throw PipelineError.cannotUnpack(
                    path, isOther ? "\(segment) on the way to it is a link or a file, and is not followed" : String(cString: strerror(code))
                )
            }
            current = next
        }
        return current
    }

    private func check(_ result: Int32, _ place: String) throws {
        guard result >= 0 else { throw PipelineError.cannotUnpack(place, String(cString: strerror(errno))) }
    }

    // Only root gives files away; without it the sandbox maps this user to the image's root.
    private func checkOwner(_ result: Int32, _ place: String) throws { if geteuid() == 0 { try check(result, place) } }
}
