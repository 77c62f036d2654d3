// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Assess
import Base
import Blobs
import Foundation
import Pipeline
import Records

/// A published image with its assessment, and with what the gate says where it was asked.
struct AssessedRelease {
    let release: Release
    let assessment: Assessment
    var verdict: GateVerdict?
    /// Its lock in this catalog, when that is the lock it was built from.
    let lock: LockLines?
}

/// Assesses published images for `assess` and `gate`, and keeps what was found.
struct AssessDesk {
    let settings: Settings
    let environment: [String: String]
    let records: RecordStore
    let advisories: AdvisorySet
    /// Names the state of the feeds, under which assessments are kept.
    let key: Digest
    private let blobs: FileBlobStore
    private let triage: ReleaseTriage?
    private let platform: String?

    /// - Parameter platform: the only one to look at; what is found then is not kept, since what is kept is about the whole image.
    init(_ settings: Settings, environment: [String: String], platform: String? = nil) throws {
        self.settings = settings
        self.environment = environment
        records = try RecordStore(folder: settings.store)
        let shelf = FeedDoor.shelf(settings)
        advisories = shelf.open(AdvisorySet.feeds(about: [Ecosystem("Debian")]))
        key = shelf.key(advisories.feeds)
        blobs = try FileBlobStore(folder: settings.store, access: .readOnly)
        triage = try TriageDoor.triage(settings, environment)
        self.platform = platform
    }

    /// - Parameters:
    ///   - names: as people type them; nil for every image that is current.
    ///   - superseded: with those whose place newer ones have taken.
    func releases(_ names: [String]?, superseded: Bool = false) throws -> [Release] {
        if let names { return try names.map { try Published.find($0, in: records) } }
        return try superseded ? records.releases() : records.latestReleases()
    }

    /// - Parameter gate: what is asked about each; nil only assesses.
    func assess(_ release: Release, gate: ReleaseGate? = nil) async throws -> AssessedRelease {
        // What was seen before goes first: this assessment will be kept too.
        let asksAge = gate?.policy.age.days.isEmpty == false
        let sightings = asksAge ? try records.sightings(in: release.repository, stream: release.stream) : []
        let desk = ReleaseDesk(settings: settings, environment: environment, keyFile: nil, mirror: nil)
        let (assessment, verdict) = try await desk.open("\(release.repository)@\(release.index)") { opened in
            let assessment = try await ReleaseAssessor(advisories: advisories, triage: triage, now: Workshop.now())
                .assess(release, evidence: opened.evidence, shelf: opened.shelf, blobs: blobs, platform: platform)
            return (assessment, gate?.judge(assessment, evidence: opened.evidence, sightings: sightings))
        }
        if platform == nil { try records.keep(assessment, of: release.index, feeds: try TriageDoor.key(key, assessment)) }
        return AssessedRelease(release: release, assessment: assessment, verdict: verdict, lock: lock(of: release))
    }

    // Lines of another lock than the image's would lead astray.
    private func lock(of release: Release) -> LockLines? {
        let path = "images/\(release.repository)/\(release.stream).lock.json"
        guard !path.contains(".."), let bytes = try? CatalogFolder(path: settings.catalog).readFile(path),
            let lock = try? CanonicalJSON.decode(Lock.self, from: bytes), (try? CanonicalJSON.digest(of: lock)) == release.lock
        else { return nil }
        return LockLines(bytes, file: Self.relative(settings.catalog) + "/" + path)
    }

    // Reports name files as the repository of the catalog does.
    private static func relative(_ catalog: String) -> String {
        let here = FileManager.default.currentDirectoryPath + "/"
        if catalog.hasPrefix(here) { return String(catalog.dropFirst(here.count)) }
        return catalog.hasPrefix("/") ? URL(filePath: catalog).lastPathComponent : catalog
    }
}
