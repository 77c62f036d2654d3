// SPDX-License-Identifier: Apache-2.0
package import Base
import Glibc
import Synchronization

/// One upload in the hands of one request. The file's lock keeps others away until this is let go of.
package final class Upload: Sendable {
    package let id: String
    private let file: OpenFile
    private let folder: UploadFolder
    private let state: Mutex<State>

    private struct State {
        /// nil when the bytes before were not hashed by this process.
        var hash: UploadFolder.RunningHash?
        var wide: WideHasher?
        var size: Int
        /// Where the bytes begin that the disk was not told of.
        var untold: Int
        var isOver = false
    }
    /// Bytes after which the disk begins to write them, so that little is left to wait for at the end.
    private static let stretch = 4 << 20

    init(id: String, file: OpenFile, folder: UploadFolder, hash: UploadFolder.RunningHash?, size: Int) {
        self.id = id
        self.file = file
        self.folder = folder
        state = Mutex(State(hash: hash, size: size, untold: size))
    }

    deinit {
        let (hash, isOver) = state.withLock { ($0.hash, $0.isOver) }
        if !isOver { folder.remember(hash, of: id) }
    }

    /// Bytes that it may have.
    package var limit: Int { folder.limits.size }

    /// Bytes so far.
    package var size: Int { state.withLock { $0.size } }

    /// Says which digest will be asked for at the end, so that it is computed on the way. Before the first byte.
    package func expect(_ address: ContentAddress) {
        guard case .sha512 = address else { return }
        state.withLock { if $0.size == 0 { $0.wide = WideHasher() } }
    }

    package enum Appended: Sendable { case written, tooLarge }

    /// Adds bytes at the end. Not yet on the disk when it returns.
    package func append(_ bytes: UnsafeRawBufferPointer) throws -> Appended {
        try state.withLock { state in
            guard bytes.count <= folder.limits.size - state.size else { return .tooLarge }
            do { try file.write(bytes) } catch {
                // Part of it may have been written: what counts is the file.
                state.hash = nil
                state.wide = nil
                state.size = (try? file.regularSize()) ?? state.size
                throw error
            }
            state.hash?.hasher.update(bytes)
            state.hash?.size += bytes.count
            state.wide?.update(bytes)
            state.size += bytes.count
            if state.size - state.untold >= Self.stretch {
                file.startWriting(state.untold..<state.size)
                state.untold = state.size
            }
            return .written
        }
    }

    package enum Finished: Sendable, Hashable {
        /// The blob is in the store and on the disk; `isNew` when it was not there before.
        case stored(Digest, size: Int, isNew: Bool)
        /// The bytes have another digest. The upload is over and its bytes are gone.
        case mismatch(found: ContentAddress)
    }

    /// Ends the upload: compares the digest, makes the bytes durable, moves them into the store.
    package func finish(expecting address: ContentAddress) throws -> Finished {
        let state = state.withLock { state in
            let taken = state
            state.hash = nil
            state.wide = nil
            return taken
        }
        let digest = try state.hash?.hasher.finish() ?? file.digestFromStart()
        switch address {
        case .sha256(let expected): guard expected == digest else { return mismatch(.sha256(digest)) }
        case .sha512(let expected):
            let found = try state.wide?.finish() ?? file.wideDigestFromStart()
            guard expected == found else { return mismatch(.sha512(found)) }
        }
        let isNew = try folder.store.keep(file, size: state.size, as: digest)
        end()
        return .stored(digest, size: state.size, isNew: isNew)
    }

    /// Gives the upload up and removes its bytes. Again, it does nothing.
    package func cancel() {
        guard !state.withLock({ $0.isOver }) else { return }
        unlink(file.path)
        end()
    }

    private func mismatch(_ found: ContentAddress) -> Finished {
        cancel()
        return .mismatch(found: found)
    }

    private func end() {
        state.withLock { $0.isOver = true }
        folder.forget(id)
    }
}
