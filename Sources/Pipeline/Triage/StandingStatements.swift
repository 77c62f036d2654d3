// SPDX-License-Identifier: Apache-2.0
import Artifacts
package import Base
package import Blobs
import OCI
package import Records
package import Sigstore
package import VEX

/// The document about a digest that counts: signed by one key, and published by a build.
///
/// Whoever may push can attach documents, and say in them what he likes, under any version. None of them is continued, taken back or
/// passed on.
package struct StandingStatements: Sendable {
    package let document: VEXDocument
    /// Whether both its forms are there, and it is in the log when there has to be one.
    package let isWhole: Bool

    init(document: VEXDocument, isWhole: Bool) {
        self.document = document
        self.isWhole = isWhole
    }

    /// More that is attached to a digest than this is not looked at: a build attaches a dozen.
    fileprivate static let limit = 1000

    /// - Parameter isLogged: Whether only what is in a log is whole.
    /// - Returns: nil when there is none.
    package static func find(
        about subject: Digest, by key: VerificationKey, isLogged: Bool = false, in repository: String, blobs: FileBlobStore,
        records: RecordStore
    ) throws -> StandingStatements? {
        var found: StandingStatements?
        for (statement, bundle) in try statements(PredicateType.openVEX, about: subject, by: key, in: repository, blobs, records) {
            guard let document = try? OpenVEX.read(statement.predicate.canonicalBytes).document else { continue }
            if let found, found.document.version >= document.version { continue }
            let isListed = try isListed(bundle.envelope, about: subject, in: repository, blobs, records)
            found = StandingStatements(document: document, isWhole: isListed && (!isLogged || !bundle.logEntries.isEmpty))
        }
        return found
    }

    /// What the key said last of one type about a digest, other than statements: a bill of materials.
    package static func predicate(
        _ type: String, about subject: Digest, by key: VerificationKey, in repository: String, blobs: FileBlobStore, records: RecordStore
    ) throws -> JSON? {
        try statements(type, about: subject, by: key, in: repository, blobs, records).last?.statement.predicate
    }

    // Signed by the key and published by a build, in the order of publishing.
    private static func statements(
        _ type: String, about subject: Digest, by key: VerificationKey, in repository: String, _ blobs: FileBlobStore,
        _ records: RecordStore
    ) throws -> [(statement: Statement, bundle: SigstoreBundle)] {
        try records.publishedReferrers(of: subject, in: repository, limit: limit).compactMap { stored in
            guard stored.artifactType == MediaType.sigstoreBundle, stored.annotations[Annotation.bundlePredicateType] == type,
                let bytes = try bytes(stored.digest, limit: ImageManifest.limit, blobs),
                let layer = try? ImageManifest(reading: bytes).layers.first,
                let text = try Self.bytes(layer.digest, limit: SigstoreBundle.limit, blobs),
                let bundle = try? SigstoreBundle(reading: text), bundle.hint == key.hint,
                case .good(let statement, _) = StatementVerifier.verify(bundle.envelope, about: subject, key: key),
                statement.predicateType == type
            else { return nil }
            return (statement, bundle)
        }
    }

    private static func isListed(
        _ envelope: Envelope, about subject: Digest, in repository: String, _ blobs: FileBlobStore, _ records: RecordStore
    ) throws -> Bool {
        guard let list = try records.manifest(tagged: Tag.attestations(of: subject).description, in: repository),
            let bytes = try bytes(list.digest, limit: ImageManifest.limit, blobs), let manifest = try? ImageManifest(reading: bytes)
        else { return false }
        let digest = Digest.sha256(of: envelope.canonicalBytes)
        guard manifest.layers.contains(where: { $0.digest == digest }) else { return false }
        return try blobs.contains(digest)
    }

    // Nothing for what is not there: it is signed again.
    private static func bytes(_ digest: Digest, limit: Int, _ blobs: FileBlobStore) throws -> [UInt8]? {
        guard let size = try blobs.size(of: digest), size <= limit else { return nil }
        return try blobs.verified(digest)
    }
}

extension VEXExport.Item {
    /// Names all that `published` looks at: it says the same as long as this stays the same. Nothing is verified for it.
    ///
    /// - Parameter isShown: by the repository's name.
    package static func edition(of records: RecordStore, where isShown: (String) -> Bool) throws -> Digest {
        var text = ""
        for release in try records.latestReleases() where isShown(release.repository) {
            text += "\(release.repository):\(release.stream)\n\(release.index)\n"
            for stored in try records.publishedReferrers(of: release.index, in: release.repository, limit: StandingStatements.limit) {
                text += "\(stored.digest)\n"
            }
        }
        return Digest.sha256(of: text)
    }

    /// What was signed and published about the newest release of every stream.
    ///
    /// - Parameter isShown: by the repository's name.
    package static func published(
        by key: VerificationKey, blobs: FileBlobStore, records: RecordStore, where isShown: (String) -> Bool
    ) throws -> [VEXExport.Item] {
        try records.latestReleases().filter { isShown($0.repository) }.compactMap { release in
            guard
                let standing = try StandingStatements.find(
                    about: release.index, by: key, in: release.repository, blobs: blobs, records: records)
            else { return nil }
            return VEXExport.Item(
                name: release.repository.split(separator: "/").last.map(String.init) ?? release.repository, stream: release.stream,
                reference: "\(release.repository):\(release.stream)", index: release.index, document: standing.document)
        }
    }
}
