// SPDX-License-Identifier: Apache-2.0
package import Base
import Foundation
import Glibc
import Synchronization

/// What a signer signed and refused: lines of canonical JSON that are only ever added to.
///
/// Lines are on disk when `append` returns. One that does not fit is taken back, so that the file ends with a whole line.
package final class SigningJournal: Sendable {
    package let path: String
    private let descriptor: Int32
    // Set when the kernel could not say whether lines reached the disk: nothing is written, and so nothing signed, any more.
    private let failure = Mutex<SigningError?>(nil)

    /// Opens or makes the file, and locks it: a journal belongs to one signer.
    package init(path: String) throws(SigningError) {
        self.path = path
        let descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .journal(path: path, reason: reason(errno)) }
        self.descriptor = descriptor
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .journal(path: path, reason: "it is not a file")
        }
        guard status.st_mode & 0o022 == 0 else { throw .exposed(path: path, reason: "others may write to it") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .alreadyRunning(place: path) }
        // A line that was cut off by the end of the machine stays, as a line of its own.
        var last: UInt8 = 0x0A
        if status.st_size > 0, pread(descriptor, &last, 1, status.st_size - 1) == 1, last != 0x0A { try write([0x0A]) }
    }

    deinit { close(descriptor) }

    /// Gives the file to the user the signer will be; the open file stays usable whatever its folder allows.
    package func give(to user: UInt32) { _ = fchown(descriptor, user, gid_t.max) }

    package func append(_ lines: [JSON]) throws(SigningError) {
        try write(lines.flatMap { $0.canonicalBytes + [0x0A] })
    }

    private func write(_ bytes: [UInt8]) throws(SigningError) {
        let outcome = failure.withLock { failure -> SigningError? in
            if let failure { return failure }
            let before = lseek(descriptor, 0, SEEK_END)
            var written = 0
            while written < bytes.count {
                let count = bytes.withUnsafeBytes { buffer in
                    Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
                }
                if count > 0 {
                    written += count
                } else if errno != EINTR {
                    let error = SigningError.journal(path: path, reason: reason(errno))
                    if before < 0 || ftruncate(descriptor, before) != 0 { failure = error }
                    return error
                }
            }
            guard fdatasync(descriptor) == 0 else {
                // After a failed sync the kernel may have dropped what it could not write, and a second sync would say nothing of it.
                failure = .journal(path: path, reason: "it could not be flushed to disk: \(reason(errno)); start the signer again")
                return failure
            }
            return nil
        }
        if let outcome { throw outcome }
    }

    /// The last checkpoint that the journal says was signed by a key; reads the whole file, a piece at a time.
    func lastCheckpoint(of key: Digest) throws(SigningError) -> (size: Int, root: Digest)? {
        var found: (size: Int, root: Digest)?
        var rest: [UInt8] = []
        var offset: off_t = 0
        var piece = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = pread(descriptor, &piece, piece.count, offset)
            guard count >= 0 else { throw .journal(path: path, reason: reason(errno)) }
            if count == 0 { return found }
            offset += off_t(count)
            rest += piece[..<count]
            var start = 0
            while let end = rest[start...].firstIndex(of: 0x0A) {
                if let checkpoint = Self.checkpoint(in: rest[start..<end], key) { found = checkpoint }
                start = end + 1
            }
            rest.removeFirst(start)
            if rest.count > 1 << 20 { rest = [] }
        }
    }

    private static func checkpoint(in line: ArraySlice<UInt8>, _ key: Digest) -> (size: Int, root: Digest)? {
        guard let json = try? JSON.parse(line, limit: 1 << 20), json["kind"]?.string == Approval.Kind.checkpoint.rawValue,
            json["decision"]?.string == "signed", json["key"]?.string == key.description, let size = json["size"]?.int,
            let root = json["root"]?.string.flatMap({ Digest($0) })
        else { return nil }
        return (size, root)
    }
}
