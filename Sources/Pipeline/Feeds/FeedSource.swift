// SPDX-License-Identifier: Apache-2.0
package import Artifacts

/// A feed that there can be: where it lives, what it is, how much of it is taken and how old it may be.
package struct FeedSource: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case tracker, exploited, scores, endOfLife
        /// OSV records of an ecosystem.
        case records(ecosystem: String)
        /// What somebody says that vulnerabilities mean.
        case statements(VEXSource)
    }
    /// `debian`, `osv-pypi`.
    package let name: String
    package let title: String
    package let kind: Kind
    package let address: String
    /// Bytes as transferred, and when unpacked.
    package let transferLimit: Int
    package let limit: Int
    /// Days after which its content is old.
    package let maximumAgeDays: Int

    package static let all: [FeedSource] = [
        FeedSource(
            name: "debian", title: "the Debian security tracker", kind: .tracker,
            address: "https://security-tracker.debian.org/tracker/data/json", transferLimit: 512 << 20, limit: 512 << 20,
            maximumAgeDays: 3),
        FeedSource(
            name: "endoflife", title: "endoflife.date", kind: .endOfLife, address: "https://endoflife.date/api/v1/products/full",
            transferLimit: 64 << 20, limit: 64 << 20, maximumAgeDays: 60),
        FeedSource(
            name: "epss", title: "the EPSS scores", kind: .scores,
            address: "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz", transferLimit: 64 << 20, limit: 256 << 20,
            maximumAgeDays: 7),
        FeedSource(
            name: "kev", title: "the KEV catalog", kind: .exploited,
            address: "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json", transferLimit: 64 << 20,
            limit: 64 << 20, maximumAgeDays: 7),
        records("crates.io", named: "osv-crates"), records("Go"), records("Maven"), records("npm"), records("PyPI"),
    ]

    private static func records(_ ecosystem: String, named name: String? = nil) -> FeedSource {
        FeedSource(
            name: name ?? "osv-" + ecosystem.lowercased(), title: "OSV for \(ecosystem)", kind: .records(ecosystem: ecosystem),
            address: "https://storage.googleapis.com/osv-vulnerabilities/\(ecosystem)/all.zip", transferLimit: 1 << 30, limit: 3 << 30,
            maximumAgeDays: 3)
    }

    /// A source that the catalog names.
    package init(_ source: VEXSource) {
        self.init(
            name: FeedFacts.statementsPrefix + source.name, title: Self.title(source), kind: .statements(source),
            address: source.address ?? "", transferLimit: StatementFeed.transferLimit, limit: StatementFeed.limit,
            maximumAgeDays: source.maximumAgeDays)
    }

    private init(name: String, title: String, kind: Kind, address: String, transferLimit: Int, limit: Int, maximumAgeDays: Int) {
        self.name = name
        self.title = title
        self.kind = kind
        self.address = address
        self.transferLimit = transferLimit
        self.limit = limit
        self.maximumAgeDays = maximumAgeDays
    }

    private static func title(_ source: VEXSource) -> String {
        guard case .unsigned(let reason) = source.statements.trust else { return "VEX of \(source.name)" }
        return "VEX of \(source.name) (not signed: \(reason))"
    }

    /// Of a source of statements; nil for other feeds and for a source that signs nothing.
    var needsSignature: Bool {
        if case .statements(let source) = kind { source.key != nil } else { false }
    }

    package static func named(_ name: String) -> FeedSource? { all.first { $0.name == name } }
}
