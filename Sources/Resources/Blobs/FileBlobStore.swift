// SPDX-License-Identifier: Apache-2.0
package import Base
import Glibc
import Synchronization

/// Content-addressed files in a folder:
///
///     <store>/blobs/sha256/<hex>   one blob, mode 0444, whole and verified since it has this name
///     <store>/blobs/incoming/…     temporary files, each locked by the process that writes it
///     <store>/partial/…            downloads under way, left for the next try
///
/// A write is a temporary file in the same file system, flushed to disk, renamed, and the folder flushed. Inside
/// `withDeferredSync` the flushing of many blobs is put off to one `flush()`; until then they are readable through this
/// object and invisible to every other process.
package final class FileBlobStore: BlobStore {
    package enum Access: Sendable { case readWrite, readOnly }

    /// The store's folder, as it was given.
    package let folder: String
    private let blobs: String
    private let incoming: Incoming
    private let access: Access
    private let staged = Mutex<[Digest: StagedFile]>([:])

    @TaskLocal private static var isDeferring = false
    // Each staged blob keeps a descriptor open; this bounds them well below the usual limit of 1024.
    private static let stagedLimit = 256

    /// Opens the store and, for `readWrite`, creates its folders and removes what killed processes left behind.
    package init(folder: String, access: Access = .readWrite) throws {
        self.folder = folder
        self.access = access
        blobs = folder + "/blobs/sha256"
        incoming = Incoming(folder: folder + "/blobs/incoming")
        guard access == .readWrite else { return }
        try Folder.create(blobs)
        try Folder.create(incoming.folder)
        incoming.sweep()
        // Downloads are resumed from here, for a week.
        Incoming(folder: folder + "/partial", patience: 7 * 86400).sweep()
    }

    // MARK: - Reading

    package func size(of digest: Digest) throws -> Int? {
        if let size = staged.withLock({ $0[digest]?.size }) { return size }
        return try Folder.size(of: finalPath(digest))
    }

    package func contains(_ digest: Digest) throws -> Bool { try size(of: digest) != nil }

    package func read(_ digest: Digest) throws -> [UInt8] {
        let file = try open(digest)
        let size = try file.regularSize()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        try file.forEachPiece { bytes.append(contentsOf: $0) }
        return bytes
    }

    package func map(_ digest: Digest) throws -> MappedFile { try MappedFile(open(digest), hiding: 0) }

    /// The blob's file. Inside `withDeferredSync` it may be a temporary name: open it before the next `flush()`.
    package func path(of digest: Digest) throws -> String {
        if let path = staged.withLock({ $0[digest]?.path }) { return path }
        guard try Folder.size(of: finalPath(digest)) != nil else { throw BlobsError.missing(digest, folder: folder) }
        return finalPath(digest)
    }

    /// Throws `damaged` when the disk has changed the blob, and removes it when the store may be written.
    package func verified(_ digest: Digest) throws -> [UInt8] {
        let bytes = try read(digest)
        guard Digest.sha256(of: bytes) == digest else { throw try discard(digest) }
        return bytes
    }

    /// The same without keeping the bytes.
    package func verify(_ digest: Digest) throws {
        guard try open(digest).digest() == digest else { throw try discard(digest) }
    }

    private func discard(_ digest: Digest) throws -> BlobsError {
        let path = try path(of: digest)
        if access == .readWrite { unlink(path) }
        return .damaged(digest, path: path)
    }

    /// The digest that the file has now, read piece by piece.
    package func computedDigest(of digest: Digest) throws -> Digest { try open(digest).digest() }

    /// The digests of all durable blobs, sorted.
    package func digests() -> [Digest] { Folder.names(in: blobs).compactMap { Digest(hex: $0) }.sorted() }

    // MARK: - Writing

    @discardableResult package func write(_ bytes: [UInt8]) throws -> Digest {
        let digest = Digest.sha256(of: bytes)
        guard try size(of: digest) != bytes.count else { return digest }
        try bytes.withUnsafeBytes { try store($0, as: digest) }
        return digest
    }

    package func adopt(file path: String, expecting digest: Digest) throws {
        let file = try OpenFile(path, O_RDONLY | O_NOFOLLOW, for: "read")
        let size = try file.regularSize()
        let found = try file.digest()
        guard found == digest else {
            unlink(path)
            throw BlobsError.mismatch(expected: digest, found: found, path: path)
        }
        guard try self.size(of: digest) != size else {
            unlink(path)
            return
        }
        try requireWritable()
        let temporary = incoming.newPath()
        if rename(path, temporary) == 0 {
            // The name may have been given to another file since it was opened: what was hashed is what is kept.
            guard try file.isAt(temporary) else {
                unlink(temporary)
                throw BlobsError.failed(operation: "adopt", path: path, code: ESTALE)
            }
            fchmod(file.descriptor, 0o444)
            _ = file.tryLock()
            try keep(StagedFile(file: file, path: temporary, size: size), as: digest)
        } else if errno == EXDEV {
            try copy(path, as: digest)
        } else {
            throw BlobsError.last("write", temporary)
        }
    }

    /// Runs `body`, in which blobs are written without waiting for the disk, and flushes them all at the end, also when
    /// `body` fails: they are whole, and the next try does not have to make them again.
    @discardableResult
    package func withDeferredSync<Result>(_ body: () async throws -> Result) async throws -> Result {
        let result: Result
        do {
            result = try await Self.$isDeferring.withValue(true) { try await body() }
        } catch {
            try? flush()
            throw error
        }
        try flush()
        return result
    }

    /// Makes every blob that was written so far durable and visible. Call it before the records that name them.
    package func flush() throws {
        let batch = staged.withLock { $0 }
        guard !batch.isEmpty else { return }
        // All writing is under way before the first wait, so that the file system commits many files at once.
        for item in batch.values { item.file.startWriting() }
        for (digest, item) in batch.sorted(by: { $0.key < $1.key }) {
            try item.file.sync()
            if rename(item.path, finalPath(digest)) != 0 {
                let code = errno
                // Another task may have flushed it meanwhile; then it has its final name.
                guard code == ENOENT, try Folder.size(of: finalPath(digest)) == item.size else {
                    throw BlobsError.last("write", finalPath(digest), code: code)
                }
            }
        }
        try Folder.sync(blobs)
        staged.withLock { current in for digest in batch.keys { current[digest] = nil } }
    }

    // MARK: - For the registry

    /// A descriptor of the blob's file, open for reading; the caller closes it.
    package func descriptor(of digest: Digest) throws -> Int32 {
        let file = try open(digest)
        let copy = fcntl(file.descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw BlobsError.last("read", file.path) }
        return copy
    }

    /// Stores bytes like `write`, durable at once, and says whether they were new. What was there already counts as fresh from
    /// now on, so that a collection that is under way leaves it; when the disk has changed it, these bytes take its place.
    package func keep(_ bytes: [UInt8]) throws -> (digest: Digest, isNew: Bool) {
        let digest = Digest.sha256(of: bytes)
        let state = try state(of: digest, size: bytes.count)
        if state != .sound { try bytes.withUnsafeBytes { try store($0, as: digest) } }
        return (digest, state == .absent)
    }

    /// Marks a blob as used now; false when there is none.
    package func refresh(_ digest: Digest) throws -> Bool {
        let path = finalPath(digest)
        guard try Folder.size(of: path) != nil else { return false }
        // Times of now, for access and change.
        guard utimensat(AT_FDCWD, path, nil, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return false }
            throw BlobsError.last("write", path)
        }
        return true
    }

    /// Removes a blob that was not used since a moment; says whether it is gone. The only way in which a blob ever goes: the
    /// caller must hold everybody off who could begin to need it.
    package func collect(_ digest: Digest, unusedSince cutoff: Int) throws -> Bool {
        try requireWritable()
        let path = finalPath(digest)
        var found = stat()
        guard lstat(path, &found) == 0 else {
            if errno == ENOENT { return true }
            throw BlobsError.last("remove", path)
        }
        guard found.st_mtim.tv_sec < cutoff else { return false }
        guard unlink(path) == 0 || errno == ENOENT else { throw BlobsError.last("remove", path) }
        return true
    }

    /// Moves a blob whose bytes have changed out of the way, to `<store>/damaged`, so that it is not served and can be stored anew.
    ///
    /// - Parameter file: The file that was found damaged; nil is returned when another one is there by now.
    package func setAside(_ digest: Digest, ifStill file: FileIdentity) throws -> String? {
        try requireWritable()
        guard try OpenFile.forReading(finalPath(digest))?.identity() == file else { return nil }
        let aside = folder + "/damaged"
        try Folder.create(aside)
        let path = "\(aside)/\(digest.hex)-\(time(nil))"
        try Folder.rename(finalPath(digest), to: path)
        try Folder.sync(blobs)
        return path
    }

    /// The file under a digest when its bytes are others; nil when they are those, or there is none.
    package func damagedFile(_ digest: Digest) throws -> FileIdentity? {
        guard let file = try OpenFile.forReading(finalPath(digest)) else { return nil }
        return try file.digest() == digest ? nil : file.identity()
    }

    /// Moves a file that this process wrote and hashed into the store; false when there was one. A sound one stays and the new one is
    /// removed; one whose bytes have changed makes room.
    func keep(_ file: OpenFile, size: Int, as digest: Digest) throws -> Bool {
        try requireWritable()
        let state = try state(of: digest, size: size)
        guard state != .sound else {
            unlink(file.path)
            return false
        }
        fchmod(file.descriptor, 0o444)
        try file.sync()
        try Folder.rename(file.path, to: finalPath(digest))
        try Folder.sync(blobs)
        return state == .absent
    }

    private enum State { case absent, sound, damaged }

    // Reads what is there: only then is it known to be what is sent once more.
    private func state(of digest: Digest, size: Int) throws -> State {
        guard let found = try Folder.size(of: finalPath(digest)) else { return .absent }
        guard try found == size && damagedFile(digest) == nil else { return .damaged }
        return try refresh(digest) ? .sound : .absent
    }

    // MARK: -

    private func finalPath(_ digest: Digest) -> String { blobs + "/" + digest.hex }

    private func open(_ digest: Digest) throws -> OpenFile {
        if let path = staged.withLock({ $0[digest]?.path }), let file = try OpenFile.forReading(path) { return file }
        guard let file = try OpenFile.forReading(finalPath(digest)) else { throw BlobsError.missing(digest, folder: folder) }
        return file
    }

    private func requireWritable() throws {
        guard access == .readWrite else { throw BlobsError.readOnly(path: blobs, code: EROFS) }
    }

    private func store(_ bytes: UnsafeRawBufferPointer, as digest: Digest) throws {
        try requireWritable()
        let file = try incoming.newFile()
        do { try file.write(bytes) } catch {
            unlink(file.path)
            throw error
        }
        try keep(StagedFile(file: file, path: file.path, size: bytes.count), as: digest)
    }

    private func copy(_ path: String, as digest: Digest) throws {
        let source = try MappedFile(path: path)
        try source.withUnsafeBytes { bytes in
            // It may have been written to since it was opened; what counts is what is copied.
            let found = Digest.sha256(of: bytes)
            guard found == digest else { throw BlobsError.mismatch(expected: digest, found: found, path: path) }
            try store(bytes, as: digest)
        }
        unlink(path)
    }

    private func keep(_ item: StagedFile, as digest: Digest) throws {
        guard Self.isDeferring else {
            do {
                try item.file.sync()
                try Folder.rename(item.path, to: finalPath(digest))
            } catch {
                unlink(item.path)
                throw error
            }
            return try Folder.sync(blobs)
        }
        let (isNew, count) = staged.withLock { current in
            let isNew = current[digest] == nil
            if isNew { current[digest] = item }
            return (isNew, current.count)
        }
        if !isNew { unlink(item.path) }
        if count >= Self.stagedLimit { try flush() }
    }
}

/// A blob that is whole but not yet durable.
private struct StagedFile: Sendable {
    let file: OpenFile
    let path: String
    let size: Int
}
