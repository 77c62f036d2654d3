// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Assess
package import Base
package import Blobs
import OCI

/// What the catalog says about vulnerabilities, ready to be held against published images.
package struct ReleaseTriage: Sendable {
    let statements: [TriageStatement]
    let recipe: @Sendable (Release) -> Recipe?
    let blobs: FileBlobStore

    /// - Parameter recipe: nil when the catalog has none any more.
    package init(statements: [TriageStatement], blobs: FileBlobStore, recipe: @escaping @Sendable (Release) -> Recipe?) {
        self.statements = statements
        self.blobs = blobs
        self.recipe = recipe
    }

    /// The statements that are about one of the findings, each with how its evidence fares on the layers that were published.
    func proved(about assessment: Assessment, of release: Release, now: Timestamp) throws -> [TriageBook.Own] {
        let names = Set(assessment.platforms.flatMap(\.findings).flatMap { [$0.advisory] + $0.aliases })
        let meant = statements.filter { !names.isDisjoint(with: $0.names) }
        guard !meant.isEmpty else { return [] }
        let check = try TriageCheck(release, recipe: recipe(release), statements: meant, blobs: blobs, now: now)
        return check.lines.map { TriageBook.Own($0.statement, proofs: $0.proofs) }
    }
}

/// Assesses what was published: the packages are those of the lock that its signed provenance names.
package struct ReleaseAssessor: Sendable {
    let advisories: AdvisorySet
    let triage: ReleaseTriage?
    let now: Timestamp

    /// - Parameter triage: nil leaves the catalog's own statements out; findings stand then.
    package init(advisories: AdvisorySet, triage: ReleaseTriage? = nil, now: Timestamp) {
        self.advisories = advisories
        self.triage = triage
        self.now = now
    }

    package func assess(_ release: Release, evidence: ReleaseEvidence, shelf: InputShelf) async throws -> Assessment {
        guard let digest = evidence.lock else { throw InputError.missing("the lock", digest: release.lock, hasMirror: false) }
        let (bytes, _) = try await shelf.bytes(digest, limit: 64 << 20, title: "the lock")
        return try assess(release, lock: try CanonicalJSON.decode(Lock.self, from: bytes))
    }

    /// The platforms of a lock that the release has, with their manifests.
    func assess(_ release: Release, lock: Lock) throws -> Assessment {
        let manifests = Dictionary(release.platforms.map { ($0.platform.description, $0.manifest.description) }) { first, _ in first }
        let platforms = lock.components.compactMap { platform in
            manifests[platform.platform].map {
                PlatformPackages(platform: platform.platform, manifest: $0, components: platform.components)
            }
        }
        let image = release.repository.split(separator: "/").last.map(String.init) ?? release.repository
        let subject = AssessmentSubject(
            name: "\(release.repository):\(release.stream)", digest: release.index.description, platforms: platforms,
            place: .init(image: image, stream: release.stream, repository: release.repository))
        let assessment = Assessor().assess(subject, against: advisories, now: now)
        let own = try triage?.proved(about: assessment, of: release, now: now) ?? []
        guard !own.isEmpty else { return assessment }
        return Assessor().assess(subject, against: advisories, own: own, now: now)
    }
}
