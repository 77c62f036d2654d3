// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Assess
import Base
import Pipeline

/// Assesses any image by what can be read in it.
struct ForeignAssessment {
    let inspection: ImageInspection
    let shelf: FeedShelf

    func assessment(of reference: String) async throws -> Assessment {
        let inventory = try await inspection.inventory(reference)
        return Assessor().assess(inventory, against: shelf.open(Self.feeds(inventory)), now: Workshop.now())
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
