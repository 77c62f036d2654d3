// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import Foundation
import OCI

/// An image's root file system written out for the sandbox, from the very layers that will be published.
///
/// Every path is written below a fresh folder; what a layer brings replaces what lies there, and no link is ever followed.
struct RootFolder {
    let path: String

    /// Unpacks all layers into an empty folder. Owners are set when this process may (root); modes always.
    init(unpacking image: PlatformImage, from blobs: any BlobStore, into path: String) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        var directories: [(path: String, mode: Int, uid: Int, gid: Int)] = []
        for layer in image.layers {
            let tar = try Self.inflate(try blobs.read(layer.descriptor.digest), layer.descriptor.mediaType)
            guard Digest.sha256(of: tar) == layer.diffID else { throw PipelineError.layerDiffers(layer.descriptor.digest) }
            try tar.withUnsafeBytes { bytes in
                var reader = TarReader(bytes)
                while let entry = try reader.next() {
                    if entry.kind == .directory { directories.append((entry.path, entry.mode, entry.uid, entry.gid)) }
                    try write(entry, bytes)
                }
            }
        }
        // Modes last: a directory that may not be written to must be filled first.
        for directory in directories.reversed() {
            let place = path + "/" + directory.path
            _ = chown(place, UInt32(directory.uid), UInt32(directory.gid))
            guard chmod(place, UInt32(directory.mode)) == 0 else { throw PipelineError.cannotUnpack(place, String(cString: strerror(errno))) }
        }
    }

    /// Removes the folder and everything in it.
    func remove() { try? FileManager.default.removeItem(atPath: path) }

    private static func inflate(_ blob: [UInt8], _ mediaType: String) throws -> [UInt8] {
        let limit = 4 << 30
        return switch mediaType {
        case MediaType.layerGzip: try Gzip.decode(blob, limit: limit)
        case MediaType.layerZstd: try Zstd.decode(blob, limit: limit)
        default: blob
        }
    }

    private func write(_ entry: TarEntry, _ bytes: UnsafeRawBufferPointer) throws {
        let place = path + "/" + entry.path
        switch entry.kind {
        case .directory:
            var status = stat()
            if lstat(place, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
            unlink(place)
            try check(mkdir(place, 0o755), place)
        case .symlink:
            unlink(place)
            try check(symlink(entry.target ?? "", place), place)
            _ = lchown(place, UInt32(entry.uid), UInt32(entry.gid))
        case .hardlink:
            unlink(place)
            try check(link(path + "/" + (entry.target ?? ""), place), place)
        case .file:
            unlink(place)
            let file = open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
            try check(file, place)
            defer { close(file) }
            var rest = UnsafeRawBufferPointer(rebasing: bytes[entry.body])
            while !rest.isEmpty {
                let count = Foundation.write(file, rest.baseAddress, rest.count)
                try check(Int32(clamping: count), place)
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
            _ = fchown(file, UInt32(entry.uid), UInt32(entry.gid))
            try check(fchmod(file, UInt32(entry.mode)), place)
        default: throw PipelineError.cannotUnpack(place, "it is a \(entry.kind)")
        }
    }

    private func check(_ result: Int32, _ place: String) throws {
        guard result >= 0 else { throw PipelineError.cannotUnpack(place, String(cString: strerror(errno))) }
    }
}
