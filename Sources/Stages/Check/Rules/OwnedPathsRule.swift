// SPDX-License-Identifier: Apache-2.0
import Artifacts

struct OwnedPathsRule: HardeningRule {
    let id = "owned-paths"
    let title = "Every path belongs to a package or to a line of the recipe."
    let why = "A file that nobody put there on purpose is in no SBOM, gets no update, and is where something would be hidden."
    let remedy = "drop the path, or write it by a line of the recipe"

    func check(_ context: HardeningContext) -> [Breach] {
        let packages = Set(context.image.packages.map(\.locked.name))
        return context.entries.compactMap { entry -> Breach? in
            if entry.owner.hasPrefix("recipe:") { return entry.owner == "recipe:" ? Breach(entry.path, "belongs to no named line") : nil }
            if packages.contains(entry.owner) { return nil }
            return Breach(entry.path, entry.owner.isEmpty ? "belongs to nobody" : "belongs to \(entry.owner), which is not in the image")
        }
    }
}
