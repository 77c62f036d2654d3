// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import OCI

/// An image layout as a repository.
///
/// Names are the annotations `org.opencontainers.image.ref.name` in `index.json`: a tag as skopeo and oras write it, or a whole
/// reference. A manifest's referrers are the entries of `index.json` whose manifest has it as subject, as oras and this program
/// write them, and those that the index under the tag `sha256-<hex>` lists.
package struct LayoutRepository: RepositoryReader {
    private let files: any LayoutFiles
    private let layout: OCILayout
    private let referrers: [Digest: [Descriptor]]
    /// Entries that cannot be read, so that nobody can say whose they are: each subject has them.
    private let unreadable: [Descriptor]
    private let path: String

    /// Entries of one `index.json` and of one list of referrers.
    private static let entryLimit = 10_000

    package init(_ files: any LayoutFiles, path: String) throws {
        self.files = files
        self.path = path
        guard let header = try files.document(OCILayout.headerPath, limit: 4096) else {
            throw LayoutError.notALayout(path: path, reason: "it has no file oci-layout")
        }
        guard let index = try files.document(OCILayout.indexPath, limit: ImageIndex.limit) else {
            throw LayoutError.notALayout(path: path, reason: "it has no file index.json")
        }
        do throws(OCIError) { layout = try OCILayout(header: header, index: index) } catch {
            throw LayoutError.notALayout(path: path, reason: error.diagnosis.summary)
        }
        guard layout.index.manifests.count <= Self.entryLimit else {
            throw LayoutError.notALayout(path: path, reason: "index.json lists \(layout.index.manifests.count) manifests")
        }
        (referrers, unreadable) = try Self.referrers(in: layout, files)
    }

    package func manifest(_ reference: String) async throws -> Content? {
        let descriptor: Descriptor?
        if let digest = Digest(reference) {
            descriptor = layout.index.manifests.first { $0.digest == digest }
            return try content(digest, mediaType: descriptor?.mediaType)
        }
        guard let descriptor = try named(reference) else { return nil }
        let content = try content(descriptor.digest, mediaType: descriptor.mediaType)
        // A name that leads nowhere is a fault of the layout, not an image that is not there.
        guard let content else {
            throw LayoutError.notALayout(path: path, reason: "index.json names \(descriptor.digest) '\(reference)', which is missing")
        }
        guard content.digest == descriptor.digest else {
            throw OCIError.digestMismatch(expected: descriptor.digest, found: content.digest)
        }
        return content
    }

    package func blob(_ digest: Digest, limit: Int) async throws -> [UInt8]? { try files.blob(digest, limit: limit) }
    /// A blob where it lies, not yet compared with its digest; nil when there is none.
    package func piece(_ digest: Digest) throws -> MappedPiece? { try files.piece(digest) }
    package func referrers(of digest: Digest) async throws -> [Descriptor] { (referrers[digest] ?? []) + unreadable }
    package func check(_ blob: Descriptor) async throws -> BlobCheck { try files.check(blob) }
    package func tags() async throws -> [String]? { layout.index.manifests.compactMap { $0.referenceName.map(Self.tag) } }

    /// The one image of the layout, for when none was named: what is not evidence and not listed by another index.
    package func onlyImage() throws -> Digest {
        let attached = Set((referrers.values.flatMap(\.self) + unreadable).map(\.digest))
        let images = layout.index.manifests.filter { entry in
            if let name = entry.referenceName, let tag = try? Tag(Self.tag(name)), tag.isDerived { return false }
            return !attached.contains(entry.digest)
        }
        let indexes = images.filter { $0.mediaType == MediaType.index || $0.mediaType == MediaType.dockerManifestList }
        let candidates = Set((indexes.isEmpty ? images : indexes).map(\.digest))
        guard let only = candidates.first, candidates.count == 1 else {
            guard !candidates.isEmpty else { throw LayoutError.notALayout(path: path, reason: "index.json lists no image") }
            throw LayoutError.ambiguous(path: path, names: images.compactMap(\.referenceName).sorted())
        }
        return only
    }

    // A whole reference counts by its tag when no entry has exactly that name.
    private func named(_ name: String) throws -> Descriptor? {
        if let exact = layout.manifest(named: name) { return exact }
        let others = layout.index.manifests.filter { $0.referenceName.map(Self.tag) == name }
        guard Set(others.map(\.digest)).count <= 1 || name.hasPrefix("sha256-") else {
            throw LayoutError.ambiguous(path: path, names: others.compactMap(\.referenceName).sorted())
        }
        return others.first
    }

    private func content(_ digest: Digest, mediaType: String?) throws -> Content? {
        guard let bytes = try files.blob(digest, limit: ImageManifest.limit) else { return nil }
        return Content(bytes, mediaType: mediaType ?? MediaType.manifest)
    }

    private static func tag(_ name: String) -> String {
        guard let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") else { return name }
        return String(name[name.index(after: colon)...])
    }

    // Who points to whom is read from the manifests themselves.
    private static func referrers(
        in layout: OCILayout, _ files: any LayoutFiles
    ) throws -> (found: [Digest: [Descriptor]], unreadable: [Descriptor]) {
        var found: [Digest: [Descriptor]] = [:]
        var unreadable: [Descriptor] = []
        var seen: Set<Digest> = []
        for entry in layout.index.manifests {
            let name = entry.referenceName.map(tag)
            if let name, let subject = fallbackSubject(name) {
                // The stand-in for the referrers API: what it lists is looked at again when it is used.
                guard let bytes = try intact(entry, files), let index = try? ImageIndex(reading: bytes), index.manifests.count <= entryLimit
                else { throw LayoutError.notALayout(path: name, reason: "the list of referrers is missing or damaged") }
                found[subject, default: []] += index.manifests
            } else if seen.insert(entry.digest).inserted {
                guard let bytes = try intact(entry, files) else {
                    // What has a name is an image, or found by that name.
                    if name == nil { unreadable.append(entry) }
                    continue
                }
                let subject = (try? ImageManifest(reading: bytes))?.subject ?? (try? ImageIndex(reading: bytes))?.subject
                if let subject { found[subject.digest, default: []].append(entry) }
            }
        }
        return (found, unreadable)
    }

    private static func intact(_ entry: Descriptor, _ files: any LayoutFiles) throws -> [UInt8]? {
        guard let bytes = try? files.blob(entry.digest, limit: ImageManifest.limit), Digest.sha256(of: bytes) == entry.digest else {
            return nil
        }
        return bytes
    }

    // `sha256-<hex>`, without `.sig` or `.att`.
    private static func fallbackSubject(_ name: String) -> Digest? {
        guard name.hasPrefix("sha256-"), name.utf8.count == 71 else { return nil }
        return Digest(hex: name.dropFirst(7))
    }
}

extension Descriptor {
    fileprivate var referenceName: String? { annotations?[Annotation.referenceName] }
}
