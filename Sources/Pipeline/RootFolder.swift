// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import Foundation
import OCI
import Tools

/// An image's root file system written out for the sandbox, from the very layers that will be published.
///
/// Unpacking compares them with the tree that assembling left behind: what is said about the tree is then true of the layers.
///
/// It lies in a folder that only this user may enter: a setuid program of a hostile package is out of reach of everybody else,
/// and nobody can put a link where it will be.
struct RootFolder {
    /// What is `/` inside the image.
    let path: String
    private let folder: ScratchFolder
    private static let layerLimit = 4 << 30

    /// Unpacks all layers into a fresh folder. Owners are set when this process may (root); modes always.
    init(unpacking image: PlatformImage, from blobs: any BlobStore, below scratch: String) throws {
        folder = try ScratchFolder(in: scratch, named: "ashlar-root")
        path = folder.path + "/root"
        do { try Self.unpack(image, from: blobs, into: path) } catch {
            remove()
            throw error
        }
    }

    private static func unpack(_ image: PlatformImage, from blobs: any BlobStore, into path: String) throws {
        let writer = try TreeWriter(at: path)
        var found: [String: FileEntry] = [:]
        found.reserveCapacity(image.tree.entries.count)
        for layer in image.layers {
            let tar = try LayerBytes.inflate(
                try blobs.verified(layer.descriptor.digest), layer.descriptor.mediaType, limit: layerLimit)
            guard Digest.sha256(of: tar) == layer.diffID else {
                throw PipelineError.layersDiffer(
                    at: "\(layer.descriptor.digest)", reason: "has another diff id than its configuration names")
            }
            try tar.withUnsafeBytes { bytes in
                var reader = TarReader(bytes)
                while let entry = try reader.next() {
                    try writer.write(entry, bytes)
                    if !entry.path.isEmpty { found[entry.path] = try FileEntry(entry, bytes) }
                }
            }
        }
        try writer.finish()
        try compare(found, with: image.tree)
    }

    private static func compare(_ found: [String: FileEntry], with tree: FileTree) throws {
        for entry in tree.entries {
            guard let unpacked = found[entry.path] else { throw PipelineError.layersDiffer(at: entry.path, reason: "is in none of them") }
            var expected = entry
            (expected.owner, expected.facts) = (unpacked.owner, unpacked.facts)
            guard expected == unpacked else { throw PipelineError.layersDiffer(at: entry.path, reason: "is another there") }
        }
        guard found.count == tree.entries.count else {
            let listed = Set(tree.entries.map(\.path))
            let stray = found.keys.filter { !listed.contains($0) }.min() ?? ""
            throw PipelineError.layersDiffer(at: stray, reason: "was not assembled")
        }
    }

    /// The bytes of a file of the tree, up to `limit` of them; nil when it is larger.
    ///
    /// Every directory on the way to it is one, which unpacking saw to.
    func contents(of file: String, limit: Int = 4 << 20) -> [UInt8]? {
        let descriptor = open(path + "/" + file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard let data = try? handle.read(upToCount: limit + 1) ?? Data(), data.count <= limit else { return nil }
        return Array(data)
    }

    /// Removes the folder and everything in it.
    func remove() { folder.remove() }
}

extension FileEntry {
    /// What a layer says about a path. Whose it is and what its bytes mean, only assembling knows.
    fileprivate init(_ entry: TarEntry, _ bytes: UnsafeRawBufferPointer) throws(PipelineError) {
        guard let kind = Kind(rawValue: entry.kind.rawValue), entry.extendedAttributes.isEmpty else {
            throw .layersDiffer(at: entry.path, reason: "is a special file or has extended attributes")
        }
        let digest = kind == .file ? Digest.sha256(of: UnsafeRawBufferPointer(rebasing: bytes[entry.body])) : nil
        self.init(
            path: entry.path, kind: kind, mode: entry.mode, uid: entry.uid, gid: entry.gid, size: entry.size, modified: entry.modified,
            digest: digest, target: entry.target, owner: "")
    }
}
