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

/// Opens published images for the judge, for `assess` and `gate`, and keeps what was found.
struct AssessDesk {
    let settings: Settings
    let environment: [String: String]
    let records: RecordStore
    let judge: ImageJudge
    private let platform: String?

    /// - Parameter platform: the only one to look at; what is found then is not kept, since what is kept is about the whole image.
    init(_ settings: Settings, environment: [String: String], platform: String? = nil) throws {
        self.settings = settings
        self.environment = environment
        records = try RecordStore(folder: settings.store)
        let shelf = FeedDoor.shelf(settings)
        let advisories = shelf.open(AdvisorySet.feeds(about: [Ecosystem("Debian")]))
        judge = ImageJudge(
            advisories: advisories, feeds: shelf.key(advisories.feeds), triage: try TriageDoor.triage(settings, environment),
            records: records, blobs: try FileBlobStore(folder: settings.store, access: .readOnly), now: Workshop.now())
        self.platform = platform
    }

    /// - Parameters:
    ///   - names: as people type them; nil for every image that is current.
    ///   - superseded: with those whose place newer ones have taken.
    func releases(_ names: [String]?, superseded: Bool = false) throws -> [Release] {
        if let names { return try names.map { try Published.find($0, in: records) } }
        return try superseded ? records.releases() : records.latestReleases()
    }

    /// - Parameter policy: what is asked about it; nil only assesses.
    func assess(_ release: Release, by policy: GatePolicy? = nil) async throws -> AssessedRelease {
        let desk = ReleaseDesk(settings: settings, environment: environment, keyFile: nil, mirror: nil)
        let (assessment, verdict) = try await desk.open("\(release.repository)@\(release.index)") { opened in
            let image = try await judge.image(release, evidence: opened.evidence, shelf: opened.shelf, platform: platform)
            let assessment = try judge.assess(image)
            return (assessment, try policy.map { try judge.judge(image, assessment, by: $0) })
        }
        if platform == nil { _ = try judge.keep(assessment, of: release) }
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
