// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records

/// What every page knows: who looks, when, at which address, and what there is to see.
struct PageContext: Sendable {
    let visitor: Visitor
    /// Path and query as they were asked for: where a change of the theme leads back to.
    let address: String
    let query: GridQuery
    let theme: Theme?
    let now: Timestamp
    /// What this visitor may see.
    let entries: [ImageEntry]
    let hasKey: Bool

    /// Seconds before the end of a support from which on it is warned of.
    var warnBefore = 90 * 86400

    enum Theme: String, Sendable { case light, dark }

    /// The feeds as the newest assessment used them.
    var feeds: [FeedFacts] {
        entries.compactMap(\.assessment).max { $0.assessed < $1.assessed }?.feeds ?? []
    }
    var lastAssessed: Timestamp? { entries.compactMap { $0.assessment?.assessed }.max() }

    /// What commands call an image: the host the visitor used, and the digest.
    func pinned(_ entry: ImageEntry) -> String { "\(visitor.host)/\(entry.name)@\(entry.release.index)" }
    func tagged(_ entry: ImageEntry) -> String { "\(visitor.host)/\(entry.name):\(entry.release.tags.first ?? entry.release.buildTag)" }
    /// As `ashlar` wants it: with the scheme when there is no TLS.
    func ours(_ entry: ImageEntry) -> String { (visitor.isSecure ? "" : "http://") + pinned(entry) }
}

/// A page: its title, what is current in the navigation, its content.
struct CatalogPage: Sendable {
    enum Section: String, Sendable, CaseIterable {
        case images, packages, cves, remediation, evidence

        var title: String {
            switch self {
            case .images: "Images"
            case .packages: "Packages"
            case .cves: "CVEs"
            case .remediation: "Remediation"
            case .evidence: "Evidence"
            }
        }
        var address: Address { self == .images ? .at() : .at(rawValue) }
    }

    let title: String
    let summary: String
    /// The image that it is about.
    var image: String?
    var section: Section?
    var isWide = false
    /// Whether the page has its own large search field.
    var hasSearch = false
    let content: [Node]
}
