// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Assess
import Base
import Blobs
import Pipeline
import Records

/// A published image with its assessment.
struct AssessedRelease {
    let release: Release
    let assessment: Assessment
}

/// Assesses images of the own store by their locks, and keeps what it found.
struct OwnAssessment {
    private let records: RecordStore
    private let blobs: FileBlobStore
    private let desk: ReleaseDesk
    private let advisories: AdvisorySet
    private let key: Digest
    private let platform: String?

    init(_ settings: Settings, _ environment: [String: String], _ shelf: FeedShelf, platform: String?) throws {
        records = try RecordStore(folder: settings.store)
        blobs = try FileBlobStore(folder: settings.store, access: .readOnly)
        desk = ReleaseDesk(settings: settings, environment: environment, keyFile: nil, mirror: nil)
        advisories = shelf.open(AdvisorySet.feeds(about: [Ecosystem("Debian")]))
        key = shelf.key(advisories.feeds)
        self.platform = platform
    }

    /// Every image that is current; with `superseded` also those whose place newer ones have taken.
    func everything(superseded: Bool) async throws -> [AssessedRelease] {
        var assessments: [AssessedRelease] = []
        for release in try superseded ? records.releases() : records.latestReleases() {
            assessments.append(try await assessment(of: "\(release.repository):\(release.buildTag)"))
        }
        return assessments
    }

    func assessment(of name: String) async throws -> AssessedRelease {
        let release = try Published.find(name, in: records)
        let (advisories, platform, blobs) = (advisories, platform, blobs)
        let assessment = try await desk.open("\(release.repository)@\(release.index)") { opened in
            try await ReleaseAssessor(advisories: advisories, now: Workshop.now())
                .assess(release, evidence: opened.evidence, shelf: opened.shelf, blobs: blobs, platform: platform)
        }
        // What is kept is about the whole image.
        if platform == nil { try records.keep(assessment, of: release.index, feeds: key) }
        return AssessedRelease(release: release, assessment: assessment)
    }
}
