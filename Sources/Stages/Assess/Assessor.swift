// SPDX-License-Identifier: Apache-2.0
import Advisories
package import Artifacts
package import Base
import OCI

/// What is to be assessed: packages by platform, and what they are called.
package struct AssessmentSubject: Sendable {
    /// `python:3.13`.
    package var name: String
    package var digest: String?
    package var platforms: [PlatformPackages]
    /// What the catalog calls it; nil for an image that is not of this catalog.
    package var place: Place?
    package init(name: String, digest: String?, platforms: [PlatformPackages], place: Place? = nil) {
        self.name = name
        self.digest = digest
        self.platforms = platforms
        self.place = place
    }

    package struct Place: Sendable, Hashable {
        /// `python`.
        package var image: String
        /// `3.13-dev`.
        package var stream: String
        /// The repository it was published in.
        package var repository: String
        package init(image: String, stream: String, repository: String) {
            self.image = image
            self.stream = stream
            self.repository = repository
        }
    }
}

/// Says what is known to be wrong with an image: every advisory that touches a package, and everything that could not be seen.
package struct Assessor: Sendable {
    package init() {}

    /// - Parameters:
    ///   - own: statements of the catalog with their proofs on this image. Those of others come with the advisories, and are asked after.
    ///   - now: the moment of the assessment; staleness of feeds was judged before.
    package func assess(
        _ subject: AssessmentSubject, against advisories: AdvisorySet, own: [TriageBook.Own] = [], now: Timestamp
    ) -> Assessment {
        let book = own.isEmpty && advisories.statements.isEmpty ? nil : TriageBook(own: own, foreign: advisories.statements, now: now)
        let platforms = subject.platforms.map { assess($0, advisories, book.map { Answering(book: $0, subject: subject) }) }
        let ecosystems = Set(subject.platforms.flatMap(\.components).map(\.ecosystem))
        return Assessment(
            subject: subject.name, digest: subject.digest, assessed: now,
            completeness: CompletenessJudge(advisories: advisories, ecosystems: ecosystems).judge(platforms),
            feeds: advisories.feeds, platforms: platforms, support: support(of: subject, advisories, now))
    }

    /// An inventory's packages are those of its lock; a suite's name is its release's.
    package func assess(_ inventory: Inventory, release: String, against advisories: AdvisorySet, now: Timestamp) -> Assessment {
        let platforms = inventory.platforms.map { platform in
            PlatformPackages(
                platform: platform.platform.description, manifest: platform.manifest.description,
                components: platform.packages.map {
                    InstalledPackage(
                        ecosystem: .debian(release), name: $0.name, version: $0.version, architecture: $0.architecture,
                        source: SourceVersion(name: $0.source, version: $0.sourceVersion), isPartial: $0.isPartial)
                })
        }
        let subject = AssessmentSubject(
            name: "\(inventory.subject.name):\(inventory.subject.stream)", digest: inventory.subject.index.description, platforms: platforms
        )
        return assess(subject, against: advisories, now: now)
    }

    /// What was found in an image of anybody.
    package func assess(_ inventory: ForeignInventory, against advisories: AdvisorySet, now: Timestamp) -> Assessment {
        let subject = AssessmentSubject(
            name: inventory.subject.reference, digest: (inventory.subject.index ?? inventory.subject.manifest)?.description,
            platforms: [inventory.components])
        return assess(subject, against: advisories, now: now)
    }

    private func assess(_ platform: PlatformPackages, _ advisories: AdvisorySet, _ answering: Answering?) -> PlatformAssessment {
        var findings: [AdvisoryFinding] = []
        var unseen: [PlatformAssessment.Unseen] = []
        let debian = DebianMatcher(advisories)
        let others = EcosystemMatcher(advisories)
        // Binary packages of one source share its flaws.
        var groups: [Origin: [InstalledPackage]] = [:]
        for component in platform.components {
            groups[Origin(component.ecosystem, component.source, .source), default: []].append(component)
            for copy in component.builtUsing {
                groups[Origin(component.ecosystem, copy, .builtUsing), default: []].append(component)
            }
        }
        for (origin, components) in groups.sorted(by: { $0.key < $1.key }) {
            let result = origin.ecosystem.isDebian ? debian.findings(of: origin) : others.findings(of: origin)
            let packages = Set(
                components.map { AdvisoryFinding.Package(name: $0.name, version: $0.version, locations: $0.locations.sorted()) }
            )
            .sorted { ($0.name, $0.version, $0.locations.first ?? "") < ($1.name, $1.version, $1.locations.first ?? "") }
            unseen += result.unseen.map { reason in
                PlatformAssessment.Unseen(package: packages.map(\.name).joined(separator: ", "), reason: reason)
            }
            for var finding in result.findings {
                finding.packages = packages
                finding = Ranker.rank(finding, advisories)
                findings.append(answering?.answer(finding, in: components, on: platform) ?? finding)
            }
        }
        return PlatformAssessment(
            platform: platform.platform, manifest: platform.manifest, componentCount: platform.components.count,
            findings: findings.sorted(by: Ranker.isMoreUrgent), unseen: unseen.sorted { ($0.package, $0.reason) < ($1.package, $1.reason) },
            unread: platform.unread)
    }

    private func support(of subject: AssessmentSubject, _ advisories: AdvisorySet, _ now: Timestamp) -> [SupportNote] {
        let systems = Set(subject.platforms.flatMap(\.components).map(\.ecosystem).filter(\.isSystem))
        return systems.sorted { $0.description < $1.description }.map { system in
            let product = Self.products[system.name] ?? system.name
            guard let release = system.release else { return .unknown(product, "?", because: "the image does not say which release it is") }
            guard let feed = advisories.endOfLife else {
                return .unknown(product, release, because: "\(advisories.facts("endoflife").title) is missing")
            }
            let cycle = system.isDebian ? feed.cycle(of: product, codename: release) : feed.cycle(of: product, version: release)
            guard let cycle else { return .unknown(product, release, because: "\(advisories.facts("endoflife").title) does not list it") }
            return SupportNote(product: product, cycle: cycle.cycle, ends: cycle.ends?.dateText, hasEnded: cycle.isOver(at: now))
        }
    }

    /// As endoflife.date names what ecosystems are of.
    private static let products = [
        "Debian": "debian", "Ubuntu": "ubuntu", "Alpine": "alpine-linux", "Red Hat": "rhel", "Rocky Linux": "rocky-linux",
        "AlmaLinux": "almalinux", "openSUSE": "opensuse", "SUSE": "sles",
    ]
}

extension Ecosystem {
    /// Of a distribution, and of no language.
    fileprivate var isSystem: Bool { isDebian || AdvisorySet.feed(for: self) == nil }
}

/// A source package and version of an ecosystem, and how it came into the image.
struct Origin: Hashable, Comparable {
    var ecosystem: Ecosystem
    var source: SourceVersion
    var path: AdvisoryFinding.Path
    init(_ ecosystem: Ecosystem, _ source: SourceVersion, _ path: AdvisoryFinding.Path) {
        self.ecosystem = ecosystem
        self.source = source
        self.path = path
    }
    static func < (a: Origin, b: Origin) -> Bool {
        (a.ecosystem.description, a.source.name, a.source.version, a.path.rawValue)
            < (b.ecosystem.description, b.source.name, b.source.version, b.path.rawValue)
    }
}

/// What a matcher says of one source package.
struct MatchResult {
    var findings: [AdvisoryFinding] = []
    /// Why it could not see everything.
    var unseen: [String] = []
}
