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
/// When the archive has moved on, a lock that was vouched for in this store stays good for as long as the suite allows, with the
/// evidence of that time.
package struct LockVoucher: Sendable {
    let indexes: @Sendable (Recipe) async throws -> ArchiveIndexes
    let records: RecordStore
    let now: Timestamp
    let allowStale: [String: String]

    /// What is kept of a lock that was vouched for.
    struct Vouching: Codable, Hashable {
        var at: Timestamp
        var evidence: [IndexEvidence]
    }

    /// - Parameters:
    ///   - now: the moment against which the age of a lock is judged.
    ///   - allowStale: named exceptions with their reasons; the one for locks is called `lock`.
    package init(
        records: RecordStore, now: Timestamp, allowStale: [String: String] = [:],
        indexes: @escaping @Sendable (Recipe) async throws -> ArchiveIndexes
    ) {
        self.records = records
        self.now = now
        self.allowStale = allowStale
        self.indexes = indexes
    }

    package func vouch(for lock: Lock, of recipe: Recipe) async throws -> Verified<VouchedLock> {
        try Self.check(lock, of: recipe)
        let key = "vouched/" + (try CanonicalJSON.digest(of: lock)).hex
        let found = try await indexes(recipe)
        let last = try records.metadata(key).flatMap { try? CanonicalJSON.decode(Vouching.self, from: Array($0.utf8)) }
        let unknown = lock.platforms.flatMap { platform in
            platform.packages.filter { !stands($0, in: found.byPlatform[platform.platform] ?? []) }
                .map { "\($0.name) \($0.version) (\(platform.platform), sha256:\($0.sha256.prefix(12))…)" }
        }
        guard unknown.isEmpty else {
            return verified(lock, try evidence(of: last, limit: found.maximumLockAgeDays, recipe, unknown))
        }
        try review(lock, of: recipe, in: found)
        // The shelf may hold indexes of more platforms than this recipe has.
        let evidence = found.evidence.map { index in
            var index = index
            index.packages.removeAll { !recipe.platforms.contains($0.platform) }
            return index
        }
        try remember(Vouching(at: now, evidence: evidence), after: last, under: key)
        return verified(lock, evidence)
    }

    // Once a day is often enough, and a build that changes nothing writes nothing.
    private func remember(_ vouching: Vouching, after last: Vouching?, under key: String) throws {
        if let last, last.evidence == vouching.evidence, last.at <= now, now.seconds - last.at.seconds < 86400 { return }
        try records.setMetadata(key, to: String(decoding: try CanonicalJSON.encode(vouching), as: UTF8.self))
    }

    private func evidence(
        of last: Vouching?, limit: Int, _ recipe: Recipe, _ unknown: [String]
    ) throws(PipelineError) -> [IndexEvidence] {
        guard let last else { throw .notVouched(reference: recipe.reference, packages: unknown, last: nil) }
        let days = (now.seconds - last.at.seconds) / 86400
        guard days >= limit else { return last.evidence }
        let age = "it was vouched for last on \(last.at.dateText), \(days) days ago; at most \(limit) are allowed by catalog/suites"
        guard let reason = allowStale["lock"] ?? allowStale["all"] else {
            throw .notVouched(reference: recipe.reference, packages: unknown, last: age)
        }
        return last.evidence.map { evidence in
            var evidence = evidence
            evidence.waiver = (evidence.waiver.map { $0 + "; " } ?? "") + "lock: \(age); accepted: \(reason)"
            return evidence
        }
    }

    // The edges of the SBOM come from the lock: they must be those of the packages.
    private func review(_ lock: Lock, of recipe: Recipe, in indexes: ArchiveIndexes) throws {
        let resolver = Resolver(archives: indexes.byPlatform.mapValues { $0.map { ArchiveIndex($0.archive, $0.index) } })
        let contradictions = try lock.platforms.flatMap { platform in
            try resolver.contradictions(in: platform, of: recipe).map { "\(platform.platform): \($0)" }
        }
        guard contradictions.isEmpty else { throw PipelineError.lockStale(reference: recipe.reference, contradictions: contradictions) }
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
        guard lock.isCurrent(for: recipe), isWhole else { throw PipelineError.lockStale(reference: recipe.reference, contradictions: []) }
    }

    private func stands(_ package: LockedPackage, in indexes: [(archive: String, index: PackageIndex)]) -> Bool {
        indexes.contains { archive, index in archive == package.archive && index.lists(package) }
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
