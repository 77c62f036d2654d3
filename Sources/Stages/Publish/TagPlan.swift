// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import OCI

/// The names a release gets.
package struct TagPlan: Hashable, Sendable {
    /// `3.13.5-r1`, of a variant `3.13.5-r1-dev`: never moves.
    package var build: Tag
    /// What the recipe's patterns give, without repetition, in their order.
    package var moving: [Tag]

    /// Fills the recipe's tag patterns for a version.
    package init(recipe: Recipe, version: String, revision: Int) throws {
        let text = Recipe.tagText(of: version)
        guard !text.isEmpty else { throw PublishError.malformedVersion(version) }
        build = try Tag("\(text)-r\(revision)" + (recipe.variant.map { "-" + $0 } ?? ""))
        moving = try recipe.expandTags(version: version).map { text in
            do throws(OCIError) { return try Tag(text) } catch { throw PublishError.unusableTag(text) }
        }
        if moving.contains(build) { throw PublishError.immutableTag(repository: recipe.name, tag: build.description) }
    }
}
