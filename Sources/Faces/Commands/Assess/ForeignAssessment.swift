// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Assess
import Base
import Foundation
import Pipeline
import Records

/// Assesses any image by what can be read in it.
struct ForeignAssessment {
    let inspection: ImageInspection
    let shelf: FeedShelf

    /// What it says is kept in the ledger where a registry names the image and there is a store to keep it in.
    func assessment(of reference: String) async throws -> Assessment {
        let inventory = try await inspection.inventory(reference)
        let advisories = shelf.open(Self.feeds(inventory))
        let assessment = Assessor().assess(inventory, against: advisories, now: Workshop.now())
        if let name = ForeignReference(reference), let manifest = inventory.subject.manifest ?? inventory.subject.index {
            let image = ForeignImage(
                reference: name.text, seen: assessment.assessed, image: inventory.subject.index ?? manifest, manifest: manifest,
                platform: inventory.subject.platform ?? "unknown")
            try keep(assessment, of: image, feeds: try ImageJudge.edition(of: assessment, feeds: shelf.key(advisories.feeds)))
        }
        return assessment
    }

    // Who only looks may have no store, or none to write to; the assessment is as good.
    private func keep(_ assessment: Assessment, of image: ForeignImage, feeds: Digest) throws {
        let folder = inspection.settings.store
        let path = folder + "/records.sqlite"
        guard FileManager.default.fileExists(atPath: path) else { return }
        guard FileManager.default.isWritableFile(atPath: path), FileManager.default.isWritableFile(atPath: folder) else {
            return Progress().say(Terminal.clean("\(image.reference) is not kept in the ledger: \(path) cannot be written by this user"))
        }
        if case .refused(let reason) = try RecordStore(folder: folder).keep(assessment, of: image, feeds: feeds) {
            Progress().say(Terminal.clean("\(image.reference) is not kept in the ledger: \(reason)"))
        }
    }

    /// Both by one state of the feeds.
    func changes(from a: ForeignInventory, to b: ForeignInventory) -> FindingChanges {
        let names = Self.feeds(a).union(Self.feeds(b))
        let advisories = shelf.open(names)
        let now = Workshop.now()
        return FindingChanges(
            from: Assessor().assess(a, against: advisories, now: now), to: Assessor().assess(b, against: advisories, now: now), feeds: names
        )
    }

    // Only those are opened that speak of what was found.
    private static func feeds(_ inventory: ForeignInventory) -> Set<String> {
        AdvisorySet.feeds(about: inventory.components.components.lazy.map(\.ecosystem))
    }
}
