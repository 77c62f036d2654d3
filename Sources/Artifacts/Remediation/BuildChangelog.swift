// SPDX-License-Identifier: Apache-2.0
import Base

/// What one build of a stream has that another has not.
package struct BuildChangelog: Hashable, Sendable, Codable {
    package struct Side: Hashable, Sendable, Codable {
        package var tag: String
        package var version: String
        package var digest: String
        package var published: ClockStep
        package init(tag: String, version: String, digest: String, published: ClockStep) {
            self.tag = tag
            self.version = version
            self.digest = digest
            self.published = published
        }
    }
    package struct PackageMove: Hashable, Sendable, Codable {
        package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
            case added, removed, upgraded, downgraded
            /// The same version with other bytes.
            case replaced
            /// From another archive, or in another layer.
            case moved
        }
        package var kind: Kind
        package var name: String
        package var source: String
        package var from: String?
        package var to: String?
        /// Where the new one is from: `trixie-security`.
        package var archive: String?
        package init(_ kind: Kind, name: String, source: String, from: String?, to: String?, archive: String?) {
            self.kind = kind
            self.name = name
            self.source = source
            self.from = from
            self.to = to
            self.archive = archive
        }
    }
    /// A setting of the configuration that differs; nil on a side that does not have it.
    package struct Setting: Hashable, Sendable, Codable {
        package var name: String
        package var from: String?
        package var to: String?
        package init(name: String, from: String?, to: String?) {
            self.name = name
            self.from = from
            self.to = to
        }
    }
    package struct Platform: Hashable, Sendable, Codable {
        /// Whether only one of the builds has it: then nothing is compared.
        package enum Presence: String, Hashable, Sendable, Codable, CaseIterable { case both, added, removed }
        package var platform: String
        package var presence: Presence
        /// Sorted by name; nil when a lock cannot be read.
        package var packages: [PackageMove]?
        package var settings: [Setting]
        package var sizes: [Comparison.Measure]
        /// nil where nobody looked into the layers.
        package var files: Comparison.FilePaths?
        /// What could not be read, and so may differ.
        package var notes: [String]
        package init(platform: String, presence: Presence) {
            self.platform = platform
            self.presence = presence
            settings = []
            sizes = []
            notes = []
        }
    }

    package var format: String
    /// `python:3.13`.
    package var image: String
    package var from: Side
    package var to: Side
    package var platforms: [Platform]
    /// nil where one of the two was never assessed.
    package var findings: FindingChanges?
    /// What the findings are worth: by which assessments, and whether by the same data.
    package var findingsNote: String

    package static let currentFormat = "ashlar/build-changelog/v1"

    package init(image: String, from: Side, to: Side, platforms: [Platform], findings: FindingChanges?, findingsNote: String) {
        format = Self.currentFormat
        self.image = image
        self.from = from
        self.to = to
        self.platforms = platforms
        self.findings = findings
        self.findingsNote = findingsNote
    }
}
