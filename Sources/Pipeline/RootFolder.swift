// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import Foundation
import OCI
import Tools

/// An image's root file system written out for the sandbox, from the very layers that will be published.
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
        for layer in image.layers {
            let tar = try LayerBytes.inflate(
                try blobs.read(layer.descriptor.digest), layer.descriptor.mediaType, limit: layerLimit)
            guard Digest.sha256(of: tar) == layer.diffID else { throw PipelineError.layerDiffers(layer.descriptor.digest) }
            try tar.withUnsafeBytes { bytes in
                var reader = TarReader(bytes)
                while let entry = try reader.next() { try writer.write(entry, bytes) }
            }
        }
        try writer.finish()
    }

    /// Removes the folder and everything in it.
    func remove() {
        if geteuid() != 0 { Self.makeWritable(path) }
        folder.remove()
    }

    // Only root removes what lies in a directory that may not be written to.
    private static func makeWritable(_ path: String) {
        chmod(path, 0o700)
        let enumerator = FileManager.default.enumerator(atPath: path)
        while let name = enumerator?.nextObject() as? String {
            if enumerator?.fileAttributes?[.type] as? FileAttributeType == .typeDirectory { chmod(path + "/" + name, 0o700) }
        }
    }
}
