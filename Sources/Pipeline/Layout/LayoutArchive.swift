// SPDX-License-Identifier: Apache-2.0
import Archive
package import Artifacts
package import Base
import Blobs
package import OCI

/// An image layout in a tar, read where it lies: nothing is extracted.
///
/// Every header and path is checked by `TarReader`. A name that stands twice, a link and a device are refused: programs that unpack
/// tars disagree about them.
package struct LayoutArchive: LayoutFiles {
    private let path: String
    private let file: MappedFile
    private let places: [String: Range<Int>]

    private static let limits = TarLimits(entries: 200_000, bodyBytes: 1 << 40)

    package init(_ path: String) throws {
        self.path = path
        guard try SmallFile.isRegular(path) else { throw LayoutError.unusableArchive(path: path, reason: "there is no such regular file") }
        let file = try MappedFile(path: path)
        self.file = file
        places =
            try file.withUnsafeBytes { bytes in
                let compressions: [(mark: [UInt8], name: String)] = [
                    ([0x1F, 0x8B], "gzip"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz"),
                ]
                for (mark, name) in compressions where bytes.starts(with: mark) {
                    throw LayoutError.unusableArchive(path: path, reason: "it is compressed with \(name)")
                }
                do throws(ArchiveError) { return try Self.index(bytes) } catch {
                    throw LayoutError.unusableArchive(path: path, reason: error.diagnosis.summary)
                }
            } ?? [:]
    }

    // Typed errors and closures do not go together well: what is odd here is an error of the archive as well.
    private static func index(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) -> [String: Range<Int>]? {
        var reader = TarReader(bytes, limits: limits)
        var places: [String: Range<Int>] = [:]
        while let entry = try reader.next() {
            switch entry.kind {
            case .directory: continue
            case .file:
                guard places.updateValue(entry.body, forKey: entry.path) == nil else {
                    throw .corrupt(.tar, offset: entry.body.lowerBound, reason: "a second entry named \(entry.path.prefix(200))")
                }
            case .symlink, .hardlink, .characterDevice, .blockDevice, .fifo:
                throw .unsupported(.tar, offset: entry.body.lowerBound, feature: "a \(entry.kind.rawValue) named \(entry.path.prefix(200))")
            }
        }
        return places
    }

    package func document(_ name: String, limit: Int) throws -> [UInt8]? { try bytes(at: name, limit: limit) }

    package func blob(_ digest: Digest, limit: Int) throws -> [UInt8]? { try bytes(at: OCILayout.path(of: digest), limit: limit) }

    package func check(_ blob: Descriptor) throws -> BlobCheck {
        guard let place = places[OCILayout.path(of: blob.digest)] else { return .missing }
        let digest = file.withUnsafeBytes { Digest.sha256(of: UnsafeRawBufferPointer(rebasing: $0[place])) }
        return BlobCheck(comparing: blob, size: place.count, digest: digest)
    }

    package func piece(_ digest: Digest) throws -> MappedPiece? { places[OCILayout.path(of: digest)].map { MappedPiece(file, $0) } }

    private func bytes(at name: String, limit: Int) throws -> [UInt8]? {
        guard let place = places[name] else { return nil }
        guard place.count <= limit else { throw LayoutError.tooLarge(path: "\(path):\(name)", limit: limit, found: place.count) }
        return file.withUnsafeBytes { Array($0[place]) }
    }
}
