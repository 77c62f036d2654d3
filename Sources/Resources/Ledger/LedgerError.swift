// SPDX-License-Identifier: Apache-2.0
package import Base
import Glibc

/// Why a log could not be read, or was not appended to.
package enum LedgerError: Diagnosable, Equatable {
    /// Another process appends.
    case locked(path: String)
    case full(path: String)
    case failed(operation: String, path: String, code: Int32)
    case tooLarge(path: String, limit: Int)
    /// A file of the log that its checkpoint covers is not there.
    case missing(path: String)
    /// What is stored is not what the checkpoint vouches for.
    case disagrees(path: String, reason: String)
    /// There is more in the folder than the checkpoint covers.
    case beyondCheckpoint(path: String, size: Int)
    /// The signer has signed a larger log than the one on the disk.
    case rolledBack(signed: Int, found: Int)
    case untrusted(reason: String)
    case wrongKey(reason: String)
    case remote(url: String, status: Int)

    /// The error for the calling thread's `errno`.
    static func last(_ operation: String, _ path: String, code: Int32 = errno) -> LedgerError {
        code == ENOSPC || code == EDQUOT ? .full(path: path) : .failed(operation: operation, path: path, code: code)
    }

    package var diagnosis: Diagnosis {
        switch self {
        case .locked(let path):
            Diagnosis(
                "ledger.locked", .conflict, "another process appends to the log (\(path))",
                remedy: "wait until it has finished and run the command again; the lock ends with the process")
        case .full(let path):
            Diagnosis(
                "ledger.disk-full", .unavailable, "no room is left to write \(path)",
                remedy: "free space on that file system (df -h); the log is as it was before")
        case .failed(let operation, let path, let code):
            Diagnosis(
                "ledger.io", .unavailable, "cannot \(operation) \(path): \(strerror(code).map { String(cString: $0) } ?? "error \(code)")",
                remedy: "check the disk and the folder's permissions (ls -ld, dmesg), then run the command again")
        case .tooLarge(let path, let limit):
            Diagnosis(
                "ledger.too-large", .malformed, "expected at most \(limit) bytes in \(path), found more",
                remedy: "the file was changed; restore it from a backup or from a mirror of the log")
        case .missing(let path):
            Diagnosis(
                "ledger.missing", .untrusted, "the log's checkpoint covers \(path), which is not there",
                remedy: "restore it from a backup or from a mirror of the log; nothing is appended until then")
        case .disagrees(let path, let reason):
            Diagnosis(
                "ledger.disagrees", .untrusted, "\(path) is not what the log's checkpoint vouches for: \(reason)",
                remedy: "restore the log's folder from a backup or from a mirror; nothing is appended until then")
        case .beyondCheckpoint(let path, let size):
            Diagnosis(
                "ledger.beyond-checkpoint", .untrusted, "the log's checkpoint is of \(size) entries, but the folder has \(path) already",
                remedy: "put back the newest checkpoint file: an older one was restored, or somebody else wrote into the folder")
        case .rolledBack(let signed, let found):
            Diagnosis(
                "ledger.rolled-back", .untrusted, "the signer has signed a log of \(signed) entries, the folder holds \(found)",
                remedy: "restore the newest state of the log's folder; a second history of one log is never signed")
        case .untrusted(let reason):
            Diagnosis(
                "ledger.untrusted", .untrusted, "the log is not trusted: \(reason)",
                remedy: "check that the key is this log's (log.pub), then ask the log's operator; keep both checkpoints as evidence")
        case .wrongKey(let reason):
            Diagnosis(
                "ledger.key", .usage, "the log cannot be signed: \(reason)",
                remedy: "check that log.key and log.pub belong together: ashlar keys show")
        case .remote(let url, let status):
            Diagnosis(
                "ledger.remote", .unavailable, "\(url) answered with status \(status)",
                remedy: "check the address: it is the one whose /checkpoint the log serves")
        }
    }
}
