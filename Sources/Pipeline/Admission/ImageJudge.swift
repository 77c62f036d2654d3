// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Assess
package import Base
import Inspect
import Judge
import OCI
package import Records

/// Says what is known to be wrong with an image and whether it may be published, by one rule before it is published and after.
package struct ImageJudge: Sendable {
    package let advisories: AdvisorySet
    let triage: ReleaseTriage?
    let records: RecordStore
    let blobs: any BlobStore
    /// Names the state of the feeds, under which assessments are kept.
    let feeds: Digest
    let now: Timestamp

    /// - Parameters:
    ///   - triage: what the catalog says; nil where no catalog is at hand: findings that it would answer stand then, and that is said.
    ///   - records: the ledger, for what was seen before and what is to be kept.
    ///   - blobs: where the layers of published images lie.
    package init(
        advisories: AdvisorySet, feeds: Digest, triage: ReleaseTriage?, records: RecordStore, blobs: any BlobStore, now: Timestamp
    ) {
        self.advisories = advisories
        self.feeds = feeds
        self.triage = triage
        self.records = records
        self.blobs = blobs
        self.now = now
    }

    /// Whether the catalog's answers are at hand.
    package var hasCatalog: Bool { triage != nil }

    package func assess(_ image: JudgedImage) throws -> Assessment {
        func assess(_ own: [TriageBook.Own]) -> Assessment { Assessor().assess(image.subject, against: advisories, own: own, now: now) }
        let raw = assess([])
        guard let statements = image.statements else {
            var marked = raw
            marked.completeness.reasons.append(Self.withoutCatalog)
            return marked
        }
        let own = try statements(raw)
        return own.isEmpty ? raw : assess(own)
    }

    private static let withoutCatalog =
        "no catalog is at hand: its VEX statements are not counted, and what they would answer stands"

    /// Holds an image against a policy by its assessment. What was seen before is read first: keep the assessment afterwards.
    package func judge(_ image: JudgedImage, _ assessment: Assessment, by policy: GatePolicy) throws -> GateVerdict {
        // Who does not ask for ages is not held up for want of a history.
        let sightings = policy.age.days.isEmpty ? [] : try records.sightings(in: image.repository, stream: image.stream)
        let firstSeen = Dictionary(
            sightings.map { (GateCase.FindingKey(advisory: $0.advisory, source: $0.source), $0.first) }, uniquingKeysWith: min)
        let judged = GateCase(
            assessment: assessment, hardening: image.hardening?.findings, checked: image.hardening?.checked ?? [],
            // Reading every copyright file costs time that is spent only when somebody asks.
            licences: policy.licences.asks ? image.licences() : nil, firstSeen: firstSeen)
        return ReleaseJudge(policy: policy).judge(judged, now: now)
    }

    /// Puts an assessment into the ledger, where the last entry is what lists and pages show.
    ///
    /// - Returns: Whether it was kept: one without the catalog's answers would look like the full one.
    package func keep(_ assessment: Assessment, of release: Release) throws -> Bool {
        guard hasCatalog else { return false }
        _ = try records.keep(assessment, of: release.index, feeds: try Self.edition(of: assessment, feeds: feeds))
        return true
    }

    /// Names everything that counts depend on: another document, another state, another answer, another key.
    package static func edition(of assessment: Assessment, feeds: Digest) throws -> Digest {
        let said = assessment.platforms.flatMap { platform in
            platform.findings.filter { $0.answer != nil || $0.passedOver != nil }.map {
                [platform.platform, "\($0.advisory) \($0.source.name)"]
            }
        }
        guard !said.isEmpty else { return feeds }
        let answers = assessment.platforms.flatMap(\.findings).map(\.answer)
        return Digest.sha256(of: "\(feeds) \(try CanonicalJSON.digest(of: said)) \(try CanonicalJSON.digest(of: answers))")
    }
}

extension ImageJudge {
    /// A release as its signed evidence describes it: the packages are those of the lock that its provenance names.
    ///
    /// - Parameter platform: the only one to look at; nil for all.
    package func image(
        _ release: Release, evidence: ReleaseEvidence, shelf: InputShelf, platform: String? = nil
    ) async throws -> JudgedImage {
        guard let digest = evidence.lock else { throw InputError.missing("the lock", digest: release.lock, hasMirror: false) }
        let (bytes, _) = try await shelf.bytes(digest, limit: 64 << 20, title: "the lock")
        var image = try image(release, lock: try CanonicalJSON.decode(Lock.self, from: bytes), platform: platform)
        image.hardening = evidence.hardening
        image.licences = { evidence.licences }
        return image
    }

    func image(_ release: Release, lock: Lock, platform: String? = nil) throws -> JudgedImage {
        let wanted = release.platforms.filter { platform == nil || $0.platform.description == platform }
        guard !wanted.isEmpty else {
            let names = release.platforms.map(\.platform.description)
            throw InspectError.malformed(what: "an image for \(platform ?? "a platform")", reason: names.joined(separator: ", "))
        }
        let manifests = Dictionary(wanted.map { ($0.platform.description, $0.manifest) }) { first, _ in first }
        let parts = lock.components.compactMap { part in
            manifests[part.platform].map { manifest in
                part.holding(of: manifest) { try CopiedSources.read(manifest: manifest, from: blobs) }
            }
        }
        var image = JudgedImage(repository: release.repository, stream: release.stream, digest: release.index, platforms: parts)
        if let triage {
            image.statements = { [now] (found: Assessment) in try triage.proved(about: found, of: release, now: now) }
        }
        return image
    }
}
