// SPDX-License-Identifier: Apache-2.0
package import Base

/// Which images something is in, since when, where it is gone, and who runs it.
package struct BlastReport: Hashable, Sendable, Codable {
    package struct Build: Hashable, Sendable, Codable {
        package var tag: String
        package var digest: String
        package var isCurrent: Bool
        package var platforms: [String]
        package init(tag: String, digest: String, isCurrent: Bool, platforms: [String]) {
            self.tag = tag
            self.digest = digest
            self.isCurrent = isCurrent
            self.platforms = platforms
        }
    }
    package struct Image: Hashable, Sendable, Codable {
        /// `python:3.13`.
        package var image: String
        /// What of it is in the image: `openssl 3.5.1-1`.
        package var what: [String]
        package var why: [String]
        /// Versions that do not have it.
        package var fixes: [String]
        /// Whether it cannot be told for sure.
        package var isUnclear: Bool
        /// The builds that hold it, oldest first.
        package var builds: [Build]
        /// When the first of them was published.
        package var since: ClockStep
        /// The first build after the last of them; nil while the newest holds it.
        package var goneIn: Build?
        package var gone: ClockStep
        /// Who runs it; nil when nobody can say.
        package var runs: [String]?
        package var runsUnknown: String?
        package init(image: String, builds: [Build], since: ClockStep, gone: ClockStep) {
            self.image = image
            what = []
            why = []
            fixes = []
            isUnclear = false
            self.builds = builds
            self.since = since
            self.gone = gone
        }
        package var isCurrent: Bool { builds.contains(where: \.isCurrent) }
    }

    package var format: String
    package var query: String
    /// What the query was taken for.
    package var meaning: String
    /// Other names under which it was looked for.
    package var aliases: [String]
    package var generated: Timestamp
    /// Releases that were looked into.
    package var searched: Int
    /// Why there may be more; empty when there are none.
    package var reserves: [String]
    /// Those whose newest build holds it first.
    package var images: [Image]

    package static let currentFormat = "ashlar/blast-report/v1"
    /// Until an admission log or an inventory of clusters tells.
    package static let runsUnknown = "no admission log and no inventory of clusters is at hand"

    package init(
        query: String, meaning: String, aliases: [String], generated: Timestamp, searched: Int, reserves: [String], images: [Image]
    ) {
        format = Self.currentFormat
        self.query = query
        self.meaning = meaning
        self.aliases = aliases
        self.generated = generated
        self.searched = searched
        self.reserves = reserves
        self.images = images
    }
}
