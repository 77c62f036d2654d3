// SPDX-License-Identifier: Apache-2.0
package import Base
import Synchronization

/// A store in memory. Downloads that a `ScriptedTransport` wrote are its files.
package final class MemoryBlobStore: BlobStore {
    package enum Refusal: Diagnosable, Equatable {
        case missing(Digest)
        case mismatch(expected: Digest, found: Digest)
        package var diagnosis: Diagnosis {
            switch self {
            case .missing(let digest): Diagnosis("memory.missing", .notFound, "no blob \(digest)", remedy: "write it")
            case .mismatch(let expected, let found):
                Diagnosis(
                    "memory.mismatch", .untrusted, "other bytes", remedy: "write others",
                    notes: ["expected \(expected)", "found    \(found)"])
            }
        }
    }

    private let blobs = Mutex<[Digest: [UInt8]]>([:])
    private let files = Mutex<[String: [UInt8]]>([:])

    package init() {}

    package func size(of digest: Digest) -> Int? { blobs.withLock { $0[digest]?.count } }
    package func read(_ digest: Digest) throws -> [UInt8] {
        guard let bytes = blobs.withLock({ $0[digest] }) else { throw Refusal.missing(digest) }
        return bytes
    }
    package func verified(_ digest: Digest) throws -> [UInt8] {
        let bytes = try read(digest)
        let found = Digest.sha256(of: bytes)
        guard found == digest else {
            blobs.withLock { $0[digest] = nil }
            throw Refusal.mismatch(expected: digest, found: found)
        }
        return bytes
    }
    /// Changes one byte of a blob, as a failing disk would.
    package func spoil(_ digest: Digest) { blobs.withLock { $0[digest]?[0] ^= 1 } }
    @discardableResult package func write(_ bytes: [UInt8]) -> Digest {
        let digest = Digest.sha256(of: bytes)
        blobs.withLock { $0[digest] = bytes }
        return digest
    }
    package func adopt(file path: String, expecting digest: Digest) throws {
        guard let bytes = files.withLock({ $0.removeValue(forKey: path) }) else { throw Refusal.missing(digest) }
        let found = Digest.sha256(of: bytes)
        guard found == digest else { throw Refusal.mismatch(expected: digest, found: found) }
        blobs.withLock { $0[digest] = bytes }
    }
    package func path(of digest: Digest) throws -> String { "/memory/" + digest.hex }

    /// Every digest, sorted.
    package var digests: [Digest] { blobs.withLock { $0.keys.sorted() } }
    /// The file a download left at a path.
    package subscript(file path: String) -> [UInt8]? {
        get { files.withLock { $0[path] } }
        set { files.withLock { $0[path] = newValue } }
    }
}
