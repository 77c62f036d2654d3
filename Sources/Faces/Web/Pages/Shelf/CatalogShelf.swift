// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import OCI
import Records
import Sigstore
import Synchronization

/// What the pages know of all images, remembered until somebody commits. What a digest names never changes and is read once.
final class CatalogShelf: Sendable {
    private struct State {
        var edition: UInt64?
        var entries: [ImageEntry] = []
    }

    let records: RecordStore
    let documents: EvidenceReader
    private let state = Mutex(State())

    init(records: RecordStore, blobs: FileBlobStore) {
        self.records = records
        documents = EvidenceReader(records: records, blobs: blobs)
    }

    /// The last release of each stream, by name and stream.
    func entries() throws -> [ImageEntry] {
        let edition = records.generation
        let kept = state.withLock { $0 }
        if let edition, kept.edition == edition { return kept.entries }
        let known = Dictionary(kept.entries.map { ($0.release.index, $0) }) { first, _ in first }
        let failed = Dictionary(try records.openChanges().filter { $0.state == .failed }.map { ($0.image, $0) }) { first, _ in first }
        let entries = try records.latestReleases().map { release in
            var entry = try entry(release, known: known[release.index])
            entry.failed = failed[entry.reference]
            return entry
        }.sorted {
            $0.name == $1.name ? NaturalOrder.precedes($0.release.stream, $1.release.stream) : $0.name < $1.name
        }
        state.withLock { $0 = State(edition: edition, entries: entries) }
        return entries
    }

    // One that cannot be read takes no other image's page away: it is not assessed until it is assessed again.
    private func readAssessment(of release: Release) -> Assessment? { try? records.assessment(of: release.index) }

    private func entry(_ release: Release, known: ImageEntry?) throws -> ImageEntry {
        let summary = try records.assessmentSummary(of: release.index)
        let assessment =
            summary != nil && known?.assessment?.assessed == summary?.assessed
            ? known?.assessment : readAssessment(of: release)
        let evidence = try documents.evidence(on: release.index, in: release.repository)
        if let known, known.release == release, known.evidence == evidence {
            return ImageEntry(
                release: release, assessment: assessment, lock: known.lock, evidence: evidence, shell: known.shell,
                packageManager: known.packageManager, config: known.config)
        }
        let first = release.platforms.first
        let tests = try first.flatMap { try documents.tests(of: $0.manifest, in: release.repository) }
        return ImageEntry(
            release: release, assessment: assessment, lock: documents.lock(release.lock), evidence: evidence,
            shell: tests?.presence(of: "no-shell") ?? .unknown, packageManager: tests?.presence(of: "no-package-manager") ?? .unknown,
            config: first.flatMap { documents.config(of: $0.manifest)?.config })
    }
}
