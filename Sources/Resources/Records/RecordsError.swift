// SPDX-License-Identifier: Apache-2.0
package import Base
import GRDB

/// Why the records refused something.
package enum RecordsError: Error, Sendable {
    /// There is no database where one was expected.
    case absent(path: String)
    /// The file was written by a newer version of this program.
    case newerSchema(path: String, found: Int, known: Int)
    /// The file is not a database of ours.
    case foreign(path: String, reason: String)
    /// A tag that must never move would have.
    case immutableTag(repository: String, tag: String, current: Digest, wanted: Digest)
    /// A tag points to a manifest the repository does not hold.
    case unknownManifest(repository: String, tag: String, digest: Digest)
    /// An image that was taken back for good would be published again.
    case revoked(repository: String, tag: String, digest: Digest, reason: String)
    /// An archive's index is older than one that was accepted before.
    case olderIndex(archive: String, accepted: Timestamp, found: Timestamp)
    /// An archive's index has the date of one that was accepted before, but other bytes.
    case otherIndex(archive: String, date: Timestamp, accepted: String, found: String)
    /// An account with this name is there already, or is not there; or a token is not.
    case accountExists(String)
    case unknownAccount(String)
    case unknownToken(String)
    /// A row is not what this program writes.
    case damaged(table: String, reason: String)
    /// Another process is writing and did not finish within the time allowed.
    case busy(path: String)
    /// No room is left on the disk.
    case full(path: String)
    /// Opened for reading, or the disk is read-only.
    case cannotWrite(path: String, reason: String)
    /// Any other answer of SQLite.
    case failed(path: String, reason: String)

    static func wrapping(_ error: DatabaseError, path: String) -> RecordsError {
        let reason = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        return switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: .busy(path: path)
        case .SQLITE_FULL: .full(path: path)
        case .SQLITE_READONLY, .SQLITE_PERM: .cannotWrite(path: path, reason: reason)
        case .SQLITE_NOTADB, .SQLITE_CORRUPT: .foreign(path: path, reason: reason)
        default: .failed(path: path, reason: reason)
        }
    }
}

extension RecordsError: Diagnosable {
    package var diagnosis: Diagnosis {
        switch self {
        case .absent(let path):
            Diagnosis(
                "records.absent", .notFound, "expected the records of a store in \(path), found none",
                remedy: "build an image first (ashlar build <image>), or name the right store: --store <folder>")
        case .newerSchema(let path, let found, let known):
            Diagnosis(
                "records.newer-schema", .conflict,
                "\(path) was written by a newer version of ashlar: its layout is number \(found), this version knows up to \(known)",
                remedy: "use the newer version, or restore the store from the backup made before it was first used")
        case .foreign(let path, let reason):
            Diagnosis(
                "records.foreign", .malformed, "\(path) is not a database of ashlar, or it is damaged: \(reason)",
                remedy: "restore it from a backup, or move it away and build again; blobs are not affected")
        case .immutableTag(let repository, let tag, let current, let wanted):
            Diagnosis(
                "records.immutable-tag", .conflict, "the tag \(repository):\(tag) must not move, and it already names another image",
                remedy: "raise the build counter in the lock (ashlar resolve \(repository)), and publish under the new tag",
                notes: ["is     \(current)", "wanted \(wanted)"])
        case .unknownManifest(let repository, let tag, let digest):
            Diagnosis(
                "records.unknown-manifest", .internalFault,
                "the tag \(repository):\(tag) would point to \(digest), which \(repository) does not hold",
                remedy: "report this as a bug; nothing was published")
        case .revoked(let repository, let tag, let digest, let reason):
            Diagnosis(
                "records.revoked", .policy, "expected an image that may be published as \(repository):\(tag), found one that was revoked",
                remedy: "change its recipe or its lock; to publish it all the same, `ashlar revoke \(digest) --lift`",
                notes: [digest.description, "revoked: \(reason)"])
        case .olderIndex(let archive, let accepted, let found):
            Diagnosis(
                "records.index-rollback", .untrusted, "the index of \(archive) is older than one that was accepted before",
                remedy: "use a mirror that is up to date; an old index hides security fixes",
                notes: ["accepted \(accepted)", "found    \(found)"])
        case .otherIndex(let archive, let date, let accepted, let found):
            Diagnosis(
                "records.index-changed", .untrusted, "the index of \(archive) of \(date) has other bytes than the one accepted before",
                remedy: "compare the mirror with another one; two different indexes with one date are not expected",
                notes: ["accepted sha256:\(accepted)", "found    sha256:\(found)"])
        case .accountExists(let name):
            Diagnosis(
                "records.account-exists", .conflict, "expected a new account, found that \(name) is one",
                remedy: "change it with `ashlar accounts set \(name)`, or choose another name")
        case .unknownAccount(let name):
            Diagnosis(
                "records.unknown-account", .notFound, "expected an account, found none with the name \(name)",
                remedy: "see `ashlar accounts list`, or add it with `ashlar accounts add \(name)`")
        case .unknownToken(let id):
            Diagnosis(
                "records.unknown-token", .notFound, "expected the identifier of a token, found none that is \(id)",
                remedy: "see `ashlar tokens list`; the identifier is the middle of a token's text")
        case .damaged(let table, let reason):
            Diagnosis(
                "records.damaged", .malformed, "a row of \(table) in records.sqlite cannot be read: \(reason)",
                remedy: "restore records.sqlite from a backup, or move it away and build again")
        case .busy(let path):
            Diagnosis(
                "records.busy", .unavailable, "\(path) is being written by another process",
                remedy: "wait until it has finished and run the command again")
        case .full(let path):
            Diagnosis(
                "records.disk-full", .unavailable, "no room is left to write \(path)",
                remedy: "free space on that file system (df -h), or move the store: --store <folder>; nothing was published")
        case .cannotWrite(let path, let reason):
            Diagnosis(
                "records.read-only", .unavailable, "cannot write \(path): \(reason)",
                remedy: "free space, or make the store's folder writable for this user; nothing was published")
        case .failed(let path, let reason):
            Diagnosis(
                "records.failed", .unavailable, "cannot use \(path): \(reason)",
                remedy: "check that the store's folder exists, is on a local disk and may be read by this user")
        }
    }
}
