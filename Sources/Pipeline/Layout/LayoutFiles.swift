// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import OCI

/// The files of an image layout, wherever they lie. What is read is not yet compared with any digest.
package protocol LayoutFiles: Sendable {
    /// `oci-layout` or `index.json`; nil when there is none. A larger file is refused.
    func document(_ path: String, limit: Int) throws -> [UInt8]?
    /// A blob; nil when there is none. A larger one is refused.
    func blob(_ digest: Digest, limit: Int) throws -> [UInt8]?
    /// Reads a blob to its end and compares it, without holding it whole.
    func check(_ blob: Descriptor) throws -> BlobCheck
    /// A blob where it lies; nil when there is none, or when it lies in no file.
    func piece(_ digest: Digest) throws -> MappedPiece?
}

extension LayoutFiles {
    package func piece(_ digest: Digest) throws -> MappedPiece? { nil }
}

/// Why a layout could not be read.
package enum LayoutError: Diagnosable, Equatable {
    case notALayout(path: String, reason: String)
    case tooLarge(path: String, limit: Int, found: Int)
    case ambiguous(path: String, names: [String])
    case unusableArchive(path: String, reason: String)
    case cannotWrite(path: String, reason: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .notALayout(let path, let reason):
            Diagnosis(
                "layout.not-a-layout", .malformed, "expected an OCI image layout at \(path): \(reason)",
                remedy: "name a folder that holds oci-layout, index.json and blobs, or a tar of one: oci:DIR[:TAG], oci-archive:FILE[:TAG]")
        case .tooLarge(let path, let limit, let found):
            Diagnosis(
                "layout.too-large", .malformed, "expected at most \(limit) bytes in \(path), found \(found)",
                remedy: "copy the image into the layout again; nothing was read of it")
        case .ambiguous(let path, let names):
            Diagnosis(
                "layout.ambiguous", .usage, "\(path) holds more than one image, and none was named",
                remedy: names.isEmpty ? "name one by its digest: oci:\(path):sha256:…" : "name one: oci:\(path):\(names.first ?? "")",
                notes: names.prefix(40).map { "it holds \($0)" })
        case .unusableArchive(let path, let reason):
            Diagnosis(
                "layout.archive", .malformed, "expected a tar of an OCI image layout at \(path): \(reason)",
                remedy: "write it with `tar --format=ustar -cf FILE -C LAYOUT .` or skopeo's oci-archive:; it must not be compressed")
        case .cannotWrite(let path, let reason):
            Diagnosis(
                "layout.cannot-write", .unavailable, "could not write the layout \(path): \(reason)",
                remedy: "check the folder's owner, mode and free space; name a folder that does not exist yet")
        }
    }
}
