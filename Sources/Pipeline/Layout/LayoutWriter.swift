// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Foundation
import OCI

/// Writes a publication as an image layout, for carrying it to where no registry is.
///
/// `index.json` names every tag, those with signatures too, and lists every referrer without a name, as oras does.
package struct LayoutWriter {
    let folder: String

    /// The folder must not exist yet, or be empty.
    package init(folder: String) throws {
        self.folder = folder
        do {
            if let names = try? FileManager.default.contentsOfDirectory(atPath: folder), !names.isEmpty {
                throw LayoutError.cannotWrite(path: folder, reason: "it is not empty")
            }
            try FileManager.default.createDirectory(atPath: folder + "/blobs/sha256", withIntermediateDirectories: true)
        } catch let error as LayoutError { throw error } catch {
            throw LayoutError.cannotWrite(path: folder, reason: error.localizedDescription)
        }
    }

    /// Copies blobs and manifests; `index.json` comes last, so that a layout without it was not finished.
    package func write(_ publication: Publication, from blobs: some BlobStore) throws {
        let manifests = Dictionary(publication.manifests.map { ($0.digest, $0) }) { first, _ in first }
        let digests = Set(publication.manifests.map(\.digest) + publication.manifests.flatMap(\.references))
        for digest in digests.sorted() { try copy(digest, from: blobs) }
        var entries: [(name: String?, descriptor: Descriptor)] = []
        var named: Set<Digest> = []
        for (tag, digest) in publication.tags.sorted(by: { $0.key < $1.key }) {
            guard let manifest = manifests[digest] else { continue }
            entries.append((tag, manifest.descriptor))
            named.insert(digest)
        }
        for manifest in publication.manifests where manifest.subject != nil && !named.contains(manifest.digest) {
            entries.append((nil, manifest.descriptor))
        }
        try write(OCILayout(naming: entries).indexBytes(), to: OCILayout.indexPath)
        try write(OCILayout.header, to: OCILayout.headerPath)
    }

    private func copy(_ digest: Digest, from blobs: some BlobStore) throws {
        do {
            try FileManager.default.copyItem(atPath: try blobs.path(of: digest), toPath: folder + "/" + OCILayout.path(of: digest))
        } catch let error as any Diagnosable { throw error } catch {
            throw LayoutError.cannotWrite(path: folder, reason: error.localizedDescription)
        }
    }

    private func write(_ bytes: [UInt8], to name: String) throws {
        do { try Data(bytes).write(to: URL(filePath: folder + "/" + name)) } catch {
            throw LayoutError.cannotWrite(path: folder + "/" + name, reason: error.localizedDescription)
        }
    }
}

extension Publication.Manifest {
    fileprivate var descriptor: Descriptor {
        Descriptor(
            mediaType: mediaType, digest: digest, size: size, annotations: annotations.isEmpty || subject == nil ? nil : annotations,
            artifactType: artifactType)
    }
}
