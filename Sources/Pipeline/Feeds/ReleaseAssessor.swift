// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Assess
package import Base
import OCI

/// Assesses what was published: the packages are those of the lock that its signed provenance names.
package struct ReleaseAssessor: Sendable {
    let advisories: AdvisorySet
    let now: Timestamp

    package init(advisories: AdvisorySet, now: Timestamp) {
        self.advisories = advisories
        self.now = now
    }

    package func assess(_ release: Release, evidence: ReleaseEvidence, shelf: InputShelf) async throws -> Assessment {
        guard let digest = evidence.lock else { throw InputError.missing("the lock", digest: release.lock, hasMirror: false) }
        let (bytes, _) = try await shelf.bytes(digest, limit: 64 << 20, title: "the lock")
        return assess(release, lock: try CanonicalJSON.decode(Lock.self, from: bytes))
    }

    /// The platforms of a lock that the release has, with their manifests.
    func assess(_ release: Release, lock: Lock) -> Assessment {
        let manifests = Dictionary(release.platforms.map { ($0.platform.description, $0.manifest.description) }) { first, _ in first }
        let platforms = lock.components.compactMap { platform in
            manifests[platform.platform].map {
                PlatformPackages(platform: platform.platform, manifest: $0, components: platform.components)
            }
        }
        let subject = AssessmentSubject(
            name: "\(release.repository):\(release.stream)", digest: release.index.description, platforms: platforms)
        return Assessor().assess(subject, against: advisories, now: now)
    }
}
