// SPDX-License-Identifier: Apache-2.0
package import Base
import Foundation
import Glibc

/// The last checkpoint that a signer signed, kept on disk in two places that are written in turn.
///
/// A write that was cut off spoils the older of the two. Both unreadable is an error, not a new beginning: a signer that has
/// forgotten what it signed would sign another history.
package final class CheckpointMemory: Sendable {
    private static let slotSize = 512
    let path: String
    private let descriptor: Int32

    /// - Parameter key: fingerprint of the log's key. Each key has a file of its own, beside the journal.
    package init(beside journal: SigningJournal, key: Digest) throws(SigningError) {
        path = journal.path + ".checkpoint-" + key.hex.prefix(16)
        let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .journal(path: path, reason: reason(errno)) }
        self.descriptor = descriptor
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o022 == 0 else {
            throw .exposed(path: path, reason: "it is not a file that only its owner writes")
        }
        // A name that is not on disk yet would be forgotten with the machine's power.
        let folder = open(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) + "/.", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
        if status.st_size == 0, let last = try journal.lastCheckpoint(of: key) { try write(last, counter: 1) }
    }

    deinit { close(descriptor) }

    package func give(to user: UInt32) { _ = fchown(descriptor, user, gid_t.max) }

    func read() throws(SigningError) -> (size: Int, root: Digest)? { try newest()?.checkpoint }

    /// On disk when it returns.
    func write(_ checkpoint: (size: Int, root: Digest)) throws(SigningError) {
        try write(checkpoint, counter: (try newest()?.counter ?? 0) + 1)
    }

    private func write(_ checkpoint: (size: Int, root: Digest), counter: Int) throws(SigningError) {
        let json: JSON = ["counter": JSON(counter), "root": .string(checkpoint.root.description), "size": JSON(checkpoint.size)]
        var slot = json.canonicalBytes
        slot += Array(" \(Digest.sha256(of: slot).hex)\n".utf8)
        slot += Array(repeating: 0x20, count: Self.slotSize - slot.count)
        guard pwrite(descriptor, slot, slot.count, off_t(counter % 2 * Self.slotSize)) == slot.count, fdatasync(descriptor) == 0 else {
            throw .journal(path: path, reason: reason(errno))
        }
    }

    private func newest() throws(SigningError) -> (counter: Int, checkpoint: (size: Int, root: Digest))? {
        var bytes = [UInt8](repeating: 0, count: 2 * Self.slotSize)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw .journal(path: path, reason: reason(errno)) }
        if count == 0 { return nil }
        let slots = [bytes[..<Self.slotSize], bytes[Self.slotSize...]].compactMap(Self.slot)
        guard let newest = slots.max(by: { $0.counter < $1.counter }) else {
            throw .journal(path: path, reason: "it is damaged; restore it, or remove it to have it made from the journal")
        }
        return newest
    }

    private static func slot(_ bytes: ArraySlice<UInt8>) -> (counter: Int, checkpoint: (size: Int, root: Digest))? {
        let line = bytes.prefix { $0 != 0x0A }
        guard let space = line.lastIndex(of: 0x20), case let text = line[..<space],
            Array(line[(space + 1)...]) == Array(Digest.sha256(of: text).hex.utf8), let json = try? JSON.parse(text),
            let counter = json["counter"]?.int, let size = json["size"]?.int, let root = json["root"]?.string.flatMap({ Digest($0) })
        else { return nil }
        return (counter, (size, root))
    }
}
