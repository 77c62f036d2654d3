// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import Blobs
import OCI
package import Records

/// An image that stands on one of ours, and what is to be done about it.
package struct CascadeEntry: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable { case current, safe, refused, foreign, unreadable }
    /// `team/app:1.0`.
    package var image: String
    package var digest: Digest?
    package var state: State
    /// `python:3.13.5-r1`; nil when none of ours is beneath.
    package var base: String?
    package var newest: String?
    /// What the newest build of the base does not have any more of known flaws, and what it has new, by what the ledger knows of both;
    /// nil when one of them was never assessed.
    package var fixed: [FindingChanges.Entry]?
    package var introduced: [FindingChanges.Entry]?
    package var findings: [RebaseFinding]
    /// What to type, when it is safe.
    package var command: String?
}

/// Lists what stands on releases of this store and no longer on the newest.
package struct CascadeReporter: Sendable {
    private let desk: RebaseDesk
    private let blobs: FileBlobStore
    private let records: RecordStore

    package init(desk: RebaseDesk, blobs: FileBlobStore, records: RecordStore) {
        self.desk = desk
        self.blobs = blobs
        self.records = records
    }

    /// Images that were pushed to this store and stand on one of its releases, those of one image of the catalog when some are named.
    ///
    /// An image that cannot be read is told, and keeps no other from the list.
    package func pushed(on bases: [(repository: String, stream: String?)] = []) async throws -> [CascadeEntry] {
        var entries: [CascadeEntry] = []
        var known: [Digest: CascadeEntry] = [:]
        for image in try records.pushedImages() {
            let name = "\(image.repository):\(image.tag)"
            if var same = known[image.digest] {
                same.image = name
                same.command = same.command.map { _ in "ashlar rebase \(name)" }
                entries.append(same)
                continue
            }
            let place = LocalRepository(image.repository, blobs: blobs, records: records)
            let found: CascadeEntry
            do {
                let application = try await ApplicationReader().read(image.digest.description, shownAs: name, in: place)
                // Most images stand on something else: what that is matters to nobody here.
                guard try application.platforms.contains(where: { try stands($0, on: bases) }) else { continue }
                found = try await entry(application, from: .init(repository: place, layers: blobs))
            } catch let error as any Diagnosable where [.malformed, .untrusted, .notFound, .policy].contains(error.diagnosis.kind) {
                // Artifacts that are no images are pushed as well.
                guard try isImage(image) else { continue }
                found = CascadeEntry(
                    image: name, digest: image.digest, state: .unreadable,
                    findings: [RebaseFinding(rule: "documents", reason: error.diagnosis.summary, remedy: error.diagnosis.remedy)])
            }
            known[image.digest] = found
            entries.append(found)
        }
        return entries
    }

    private func stands(_ image: PlatformDocuments, on bases: [(repository: String, stream: String?)]) throws -> Bool {
        let standing = try desk.finder.standing(of: image)
        if bases.isEmpty { return !standing.releases.isEmpty || standing.contradicts }
        return standing.releases.contains { release in
            bases.contains { $0.repository == release.repository && ($0.stream == nil || $0.stream == release.stream) }
        }
    }

    private func isImage(_ image: PushedImage) throws -> Bool {
        guard let bytes = try? blobs.read(image.digest), let manifest = try? PushedManifest(reading: bytes, as: nil) else { return false }
        return manifest.kind == .index
            || [MediaType.config, "application/vnd.docker.container.image.v1+json"].contains(manifest.artifactType)
    }

    /// One image, wherever it lies.
    package func entry(_ application: ApplicationImage, from source: RebaseDesk.Source) async throws -> CascadeEntry {
        let plan = try await desk.plan(application, from: source, onto: .latest)
        let changes = try plan.old.flatMap { old in try plan.new.flatMap { new in try self.changes(from: old, to: new) } }
        let state: CascadeEntry.State =
            switch plan.state {
            case .foreign: .foreign
            case .current: .current
            case .safe: .safe
            case .refused: .refused
            }
        return CascadeEntry(
            image: application.reference, digest: application.digest, state: state, base: plan.old?.buildName, newest: plan.new?.buildName,
            fixed: changes?.removed, introduced: changes?.added, findings: plan.findings,
            command: state == .safe ? "ashlar rebase \(application.reference)" : nil)
    }

    private func changes(from old: Release, to new: Release) throws -> FindingChanges? {
        guard old.index != new.index, let before = try records.assessment(of: old.index), let after = try records.assessment(of: new.index)
        else { return nil }
        return FindingChanges(from: before, to: after, feeds: [])
    }
}
