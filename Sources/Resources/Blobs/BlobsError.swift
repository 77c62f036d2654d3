// SPDX-License-Identifier: Apache-2.0
package import Base
import Glibc

/// What can go wrong on the disk.
package enum BlobsError: Error, Hashable, Sendable {
    /// The store has no blob with this digest.
    case missing(Digest, folder: String)
    /// The bytes of a file are not what they should be; the file was removed when it was a temporary one.
    case mismatch(expected: Digest, found: Digest, path: String)
    /// A stored blob has changed on disk; it was removed when the store may be written.
    case damaged(Digest, path: String)
    /// The file system has no room, or the quota is used up.
    case full(path: String)
    /// The folder cannot be written: a read-only file system or missing permission.
    case readOnly(path: String, code: Int32)
    /// Permission to read was refused.
    case unreadable(path: String)
    /// Another process holds the store's lock; its id when it could be read.
    case locked(path: String, holder: Int32?)
    /// A name that is not a plain cache key: letters, digits, `.`, `_`, `-`, not starting with a dot.
    case badName(String)
    /// Expected a regular file.
    case notAFile(path: String)
    /// A system call failed for another reason.
    case failed(operation: String, path: String, code: Int32)

    /// The error for the calling thread's `errno`.
    static func last(_ operation: String, _ path: String, code: Int32 = errno) -> BlobsError {
        switch code {
        case ENOSPC, EDQUOT: .full(path: path)
        case EROFS: .readOnly(path: path, code: code)
        case EACCES, EPERM: operation == "read" ? .unreadable(path: path) : .readOnly(path: path, code: code)
        default: .failed(operation: operation, path: path, code: code)
        }
    }
}

extension BlobsError: Diagnosable {
    package var diagnosis: Diagnosis {
        switch self {
        case .missing(let digest, let folder):
            Diagnosis(
                "blobs.missing", .notFound, "expected the blob \(digest) in \(folder), found none",
                remedy: "build the image again: ashlar build <image>; or restore the folder from a backup")
        case .mismatch(let expected, let found, let path):
            Diagnosis(
                "blobs.digest-mismatch", .untrusted, "the bytes of \(path) are not those that were asked for",
                remedy: "run the command again; if it happens again, the source serves other bytes than its index promises",
                notes: ["expected \(expected)", "found    \(found)"])
        case .damaged(let digest, let path):
            Diagnosis(
                "blobs.damaged", .untrusted, "the blob \(digest) in \(path) no longer has its digest",
                remedy: "check the disk, then build the image again, or restore the file from a backup")
        case .full(let path):
            Diagnosis(
                "blobs.disk-full", .unavailable, "no room is left to write \(path)",
                remedy: "free space on that file system (df -h), or move the store: --store <folder>; nothing was published")
        case .readOnly(let path, let code):
            Diagnosis(
                "blobs.read-only", .unavailable, "cannot write \(path): \(describe(code))",
                remedy: "make the folder writable for this user, or choose another: --store <folder>")
        case .unreadable(let path):
            Diagnosis(
                "blobs.unreadable", .unavailable, "no permission to read \(path)",
                remedy: "give this user permission to read the store's folder: chmod -R u+rX <store>")
        case .locked(let path, let holder):
            Diagnosis(
                "blobs.locked", .conflict, "the store is in use by \(holder.map { "process \($0)" } ?? "another process") (\(path))",
                remedy: "wait until it has finished and run the command again; the lock ends with the process")
        case .badName(let name):
            Diagnosis(
                "blobs.bad-name", .internalFault, "expected a plain name for a cache file, found \(name.prefix(80).debugDescription)",
                remedy: "report this as a bug; the cache was not touched")
        case .notAFile(let path):
            Diagnosis(
                "blobs.not-a-file", .malformed, "expected a regular file at \(path)",
                remedy: "remove what is at \(path) and run the command again")
        case .failed(let operation, let path, let code):
            Diagnosis(
                "blobs.io", .unavailable, "cannot \(operation) \(path): \(describe(code))",
                remedy: "check the disk and the folder's permissions (ls -ld, dmesg), then run the command again")
        }
    }
}

private func describe(_ code: Int32) -> String {
    guard let text = strerror(code) else { return "error \(code)" }
    return String(cString: text)
}
