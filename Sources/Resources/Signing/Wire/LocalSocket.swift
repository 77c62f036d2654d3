// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc

/// Makes, finds and judges Unix sockets in the file system.
enum LocalSocket {
    /// A connection to whoever listens at a path.
    static func connect(to path: String) throws(SigningError) -> FrameChannel {
        let descriptor = try make(path)
        let channel = FrameChannel(owning: descriptor)
        guard try call(path, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            throw .unreachable(place: path, reason: reason(errno))
        }
        return channel
    }

    /// A socket bound to a path, mode 0600, that does not listen yet. What a signer that is gone left there is removed.
    static func bind(to path: String, uids: Set<UInt32>) throws(SigningError) -> Int32 {
        try check(folderOf: path, uids: uids)
        try removeStale(path)
        let descriptor = try make(path)
        // The file takes the mode of the descriptor, so that nobody can connect before it is right. A umask would do the same
        // to every file that another thread makes meanwhile.
        guard fchmod(descriptor, 0o600) == 0 else {
            let code = errno
            close(descriptor)
            throw .cannotListen(place: path, reason: reason(code))
        }
        let result = try call(path) { Glibc.bind(descriptor, $0, $1) }
        let code = errno
        guard result == 0 else {
            close(descriptor)
            throw code == EADDRINUSE ? .alreadyRunning(place: path) : .cannotListen(place: path, reason: reason(code))
        }
        return descriptor
    }

    /// Refuses a folder in which somebody else could put another socket in this one's place.
    static func check(folderOf path: String, uids: Set<UInt32>) throws(SigningError) {
        guard path.hasPrefix("/") else { throw .cannotListen(place: path, reason: "the path is not absolute") }
        var folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        var isInnermost = true
        while true {
            let name = folder.isEmpty ? "/" : folder
            var status = stat()
            guard lstat(name, &status) == 0 else { throw .cannotListen(place: path, reason: "\(name): \(reason(errno))") }
            guard status.st_mode & S_IFMT == S_IFDIR else { throw .exposed(path: name, reason: "it is not a folder, perhaps a link") }
            guard uids.contains(status.st_uid) || status.st_uid == 0 else {
                throw .exposed(path: name, reason: "it belongs to user \(status.st_uid)")
            }
            let mayBeWritten = status.st_mode & 0o022 != 0
            // In a sticky folder such as /tmp nobody renames what belongs to others; but anyone can be first there.
            guard !mayBeWritten || (!isInnermost && status.st_mode & S_ISVTX != 0) else {
                throw .exposed(path: name, reason: "others may write to it (mode \(String(status.st_mode & 0o7777, radix: 8)))")
            }
            if folder.isEmpty { return }
            folder = String(folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)])
            isInnermost = false
        }
    }

    private static func removeStale(_ path: String) throws(SigningError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .cannotListen(place: path, reason: "there is a file that is no socket") }
        let descriptor = try make(path)
        defer { close(descriptor) }
        let result = try call(path) { Glibc.connect(descriptor, $0, $1) }
        guard result != 0 else { throw .alreadyRunning(place: path) }
        guard errno == ECONNREFUSED else { throw .cannotListen(place: path, reason: reason(errno)) }
        guard unlink(path) == 0 else { throw .cannotListen(place: path, reason: "the old socket cannot be removed: \(reason(errno))") }
    }

    private static func make(_ path: String) throws(SigningError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .cannotListen(place: path, reason: reason(errno)) }
        return descriptor
    }

    private static func call(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) throws(SigningError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room, !bytes.contains(0), !bytes.isEmpty else {
            throw .cannotListen(place: path, reason: "a socket's path has 1 to \(room - 1) bytes")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }
}
