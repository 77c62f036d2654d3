// SPDX-License-Identifier: Apache-2.0

/// What `watch:` in ashlar.yaml says about keeping the catalog current.
package struct WatchConfiguration: Sendable, Hashable {
    /// Minutes between two questions.
    package var archiveMinutes = 15
    package var feedMinutes = 60
    /// Images that are built at the same time; nil takes half of the processors, and four at most.
    package var parallel: Int?
    /// Feeds that are asked; nil for all that have an address.
    package var feeds: [String]?
    /// Where patches of proposed changes go; nil for `proposals` in the store.
    package var proposals: String?
    /// Whether `ashlar serve` watches as well.
    package var isServed = false
    package init() {}
}

/// The keys of `watch:` in ashlar.yaml.
enum WatchShape {
    static let watch = RecordShape<WatchConfiguration>(
        name: "watch", title: "the watcher's settings",
        keys: [
            .optional(
                "archive-minutes", \.archiveMinutes, .integer(1...1440), "How often archives are asked for a new index; 15 when left out."),
            .optional("feed-minutes", \.feedMinutes, .integer(1...10080), "How often feeds are asked; 60 when left out."),
            .optional("parallel", \.parallel, .integer(1...64), "How many images are built at the same time."),
            .optional(
                "feeds", \.feeds, .list(of: .text(.name), named: "a list of feeds"),
                "The feeds that are asked; every one with an address when left out, [] for none."),
            .optional("proposals", \.proposals, .text(.line), "The folder for patches of proposed changes."),
            .optional("serve", \.isServed, .boolean, "Whether ashlar serve watches as well; it must be allowed to build."),
        ], empty: { WatchConfiguration() })
}
