// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Debian
import OCI
package import Records
import Resolve

/// A lock whose packages all stand in signed indexes, with these indexes.
package struct VouchedLock: Sendable {
    package var lock: Lock
    package var evidence: [IndexEvidence]
}

/// Holds a lock against the signed indexes: a reviewed file is not trusted for being reviewed.
///
/// When the archive has moved on, a lock that was vouched for in this store stays good, with the evidence of that time.
package struct LockVoucher: Sendable {
    let indexes: @Sendable (Recipe) async throws -> ArchiveIndexes
    let records: RecordStore

    package init(records: RecordStore, indexes: @escaping @Sendable (Recipe) async throws -> ArchiveIndexes) {
        self.records = records
        self.indexes = indexes
    }

    package func vouch(for lock: Lock, of recipe: Recipe) async throws -> Verified<VouchedLock> {
        try Self.check(lock, of: recipe)
        let key = "vouched/" + (try CanonicalJSON.digest(of: lock)).hex
        let found = try await indexes(recipe)
        let unknown = lock.platforms.flatMap { platform in
            platform.packages.filter { !stands($0, in: found.byPlatform[platform.platform] ?? []) }
                .map { "\($0.name) \($0.version) (\(platform.platform), sha256:\($0.sha256.prefix(12))…)" }
        }
        if unknown.isEmpty {
            // The shelf may hold indexes of more platforms than this recipe has.
            let evidence = found.evidence.map { index in
                var index = index
                index.packages.removeAll { !recipe.platforms.contains($0.platform) }
                return index
            }
            let text = String(decoding: try CanonicalJSON.encode(evidence), as: UTF8.self)
            if try records.metadata(key) != text { try records.setMetadata(key, to: text) }
            return verified(lock, evidence)
        }
        guard let text = try records.metadata(key) else {
            throw PipelineError.notVouched(reference: recipe.reference, packages: unknown)
        }
        return verified(lock, try CanonicalJSON.decode([IndexEvidence].self, from: Array(text.utf8)))
    }

    private func verified(_ lock: Lock, _ evidence: [IndexEvidence]) -> Verified<VouchedLock> {
        Verified(
            byVerifying: VouchedLock(lock: lock, evidence: evidence),
            evidence: evidence.map { "\($0.path) sha256:\($0.sha256) signed by \($0.signedBy.joined(separator: ", "))" })
    }

    /// Refuses a lock that was not made from this recipe, or that was edited into one that no resolver writes.
    static func check(_ lock: Lock, of recipe: Recipe) throws {
        // The file's own rules: order, unique names, digests, plain paths.
        _ = try LockFile.read(try LockFile.write(lock))
        let layers = Set(recipe.layers.map(\.origin))
        // A package of an unknown layer would be listed in the SBOM and be in no layer.
        let isWhole =
            lock.platforms.map(\.platform).sorted() == recipe.platforms.sorted()
            && lock.platforms.allSatisfy { $0.packages.allSatisfy { layers.contains($0.layer) } }
        guard lock.isCurrent(for: recipe), isWhole else { throw PipelineError.lockStale(reference: recipe.reference) }
    }

    private func stands(_ package: LockedPackage, in indexes: [(archive: String, index: PackageIndex)]) -> Bool {
        indexes.contains { $0.index.lists(package) }
    }
}

extension PackageIndex {
    // Everything that is later said about the package, in the SBOM above all, must be what the index says.
    func lists(_ package: LockedPackage) -> Bool {
        candidates(named: package.name).contains {
            $0.digest.hex == package.sha256 && $0.size == package.size && $0.version.description == package.version
                && $0.architecture == package.architecture && $0.path == package.path && $0.source == package.source
                && $0.sourceVersion.description == package.sourceVersion
        }
    }
}
