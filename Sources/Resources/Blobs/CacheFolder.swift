// SPDX-License-Identifier: Apache-2.0
import Base
import Glibc

/// Small files that can be made again: `<store>/cache/<namespace>/<key>`.
///
/// Each ends with a trailer of 48 bytes: the payload's length (8 bytes, little endian), its SHA-256 (32) and a mark (8). A file
/// whose trailer does not fit is deleted and counts as absent: a cache is never trusted blindly and never a reason to fail.
package struct CacheFolder: Sendable {
    package enum Check: Sendable {
        /// Length and mark only: for large files whose reader checks what it uses.
        case trailer
        /// The digest as well.
        case digest
    }

    private let folder: String
    private static let mark = Array("ashcache".utf8)
    private static let trailerSize = 48

    /// `folder` is the store's; the caches are below its `cache`.
    package init(store folder: String) { self.folder = folder + "/cache" }

    /// The file's payload; nil when there is none or it was damaged.
    package func file(_ key: String, in namespace: String, checking check: Check = .digest) -> MappedFile? {
        guard let path = try? path(key, namespace), let opened = try? OpenFile(path, O_RDONLY | O_NOFOLLOW, for: "read") else { return nil }
        guard let file = try? MappedFile(opened, hiding: Self.trailerSize), Self.isSound(file, check) else {
            unlink(path)
            return nil
        }
        return file
    }

    /// Stores the payload in one step: a reader sees the old file or the new one. Not flushed to disk.
    package func store(_ payload: [UInt8], as key: String, in namespace: String) throws {
        let path = try path(key, namespace)
        try Folder.create(folder + "/" + namespace)
        let incoming = Incoming(folder: folder + "/" + namespace)
        let temporary = incoming.newPath() + ".new"
        let file = try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, for: "write")
        do {
            try payload.withUnsafeBytes { try file.write($0) }
            try Self.trailer(for: payload).withUnsafeBytes { try file.write($0) }
            try Folder.rename(temporary, to: path)
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Removes what killed processes left unfinished.
    package func sweep() {
        for namespace in Folder.names(in: folder) { Incoming(folder: folder + "/" + namespace).sweep(suffix: ".new") }
    }

    package func remove(_ key: String, in namespace: String) throws { unlink(try path(key, namespace)) }

    /// The keys in a namespace, sorted.
    package func keys(in namespace: String) -> [String] {
        Folder.names(in: folder + "/" + namespace).filter { !$0.hasSuffix(".new") }.sorted()
    }

    private func path(_ key: String, _ namespace: String) throws(BlobsError) -> String {
        for name in [namespace, key] {
            let isPlain = name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
            guard isPlain, !name.isEmpty, !name.hasPrefix("."), !name.hasSuffix(".new"), name.utf8.count <= 200 else {
                throw .badName(name)
            }
        }
        return "\(folder)/\(namespace)/\(key)"
    }

    private static func trailer(for payload: [UInt8]) -> [UInt8] {
        var bytes = (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> ($0 * 8)) }
        bytes += Digest.sha256(of: payload).bytes
        return bytes + mark
    }

    private static func isSound(_ file: MappedFile, _ check: Check) -> Bool {
        file.withWholeMapping { whole in
            guard whole.count >= trailerSize else { return false }
            let payload = UnsafeRawBufferPointer(rebasing: whole[..<(whole.count - trailerSize)])
            let trailer = Array(whole[(whole.count - trailerSize)...])
            let length = trailer[..<8].enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << UInt64($1.offset * 8) }
            guard Array(trailer[40...]) == mark, length == UInt64(payload.count) else { return false }
            return check == .trailer || Digest.sha256(of: payload).bytes == Array(trailer[8..<40])
        }
    }
}
