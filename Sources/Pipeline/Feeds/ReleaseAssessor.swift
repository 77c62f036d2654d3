// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Assess
package import Base
package import Blobs
import Inspect
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

    /// - Parameters:
    ///   - blobs: where the layers lie, whose records name the sources that packages hold copies of.
    ///   - platform: the only one to look at; nil for all.
    package func assess(
        _ release: Release, evidence: ReleaseEvidence, shelf: InputShelf, blobs: any BlobStore, platform: String? = nil
    ) async throws -> Assessment {
        var release = release
        if let platform {
            let names = release.platforms.map(\.platform.description)
            release.platforms.removeAll { $0.platform.description != platform }
            guard !release.platforms.isEmpty else {
                throw InspectError.malformed(what: "an image for \(platform)", reason: names.joined(separator: ", "))
            }
        }
        guard let digest = evidence.lock else { throw InputError.missing("the lock", digest: release.lock, hasMirror: false) }
        let (bytes, _) = try await shelf.bytes(digest, limit: 64 << 20, title: "the lock")
        return try assess(release, lock: try CanonicalJSON.decode(Lock.self, from: bytes), blobs: blobs)
    }

    /// The platforms of a lock that the release has, with their manifests.
    func assess(_ release: Release, lock: Lock, blobs: any BlobStore) throws -> Assessment {
        let manifests = Dictionary(release.platforms.map { ($0.platform.description, $0.manifest) }) { first, _ in first }
        let platforms = lock.components.compactMap { platform in
            manifests[platform.platform].map { Self.withCopies(platform, of: $0, from: blobs) }
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

    // What cannot be read stands beside the numbers, which are those of the lock then.
    private static func withCopies(_ platform: PlatformPackages, of manifest: Digest, from blobs: any BlobStore) -> PlatformPackages {
        var platform = platform
        platform.manifest = manifest.description
        do {
            let copies = try CopiedSources.read(manifest: manifest, from: blobs)
            for index in platform.components.indices {
                platform.components[index].holdCopies(copies[platform.components[index].name] ?? "")
            }
        } catch {
            let reason = (error as? any Diagnosable)?.diagnosis.summary ?? "\(error)"
            platform.unread = [Unread(path: "var/lib/dpkg/status.d", layer: 0, reason: "what packages were built with: \(reason)")]
        }
        return platform
    }
}
