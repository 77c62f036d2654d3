// SPDX-License-Identifier: Apache-2.0
import Advisories
package import Artifacts
package import Assess
import Base
package import Records

/// Finds images by what they hold, those too whose place newer ones have taken.
package struct ImageFinder: Sendable {
    let records: RecordStore
    let advisories: AdvisorySet

    package init(records: RecordStore, advisories: AdvisorySet) {
        self.records = records
        self.advisories = advisories
    }

    /// One reason for which images are found, and which they are.
    package struct Match: Sendable {
        /// `openssl 3.5.1-1`, `/usr/bin/perl of perl-base 5.40.1-6`.
        package var what: String
        /// `CVE-2026-1 before 3.5.1-1+deb13u1`.
        package var why: String
        package var fix: String?
        package var feed: String?
        package var isMalicious: Bool
        /// The package in which only a copy of it is: `caddy 2.6.2-12`.
        package var carrier: String?
        /// Whether it could not be told for sure.
        package var isUnclear: Bool
        package var holders: HolderSet
    }

    package struct Answer: Sendable {
        package var matches: [Match]
        /// Other names under which it was looked for.
        package var aliases: [String]
        /// Everybody for whom it is sure, or of whom it cannot be told.
        package var holders: HolderSet { matches.reduce(into: HolderSet()) { $0.formUnion($1.holders) } }
    }

    /// - Throws: `FindError.unknownAdvisory` when nobody can say what an advisory is about.
    package func find(_ query: FindQuery) throws -> Answer {
        switch query {
        case .advisory(let name): try find(advisory: name)
        case .malicious:
            Answer(matches: try matches(AdvisoryReach(advisories).targets(among: try held()) { $1 }), aliases: [])
        case .package(let name, let ecosystem, let bounds): Answer(matches: try find(package: name, ecosystem, bounds), aliases: [])
        case .path(let path): Answer(matches: try records.heldParts(path: path).map(Self.match), aliases: [])
        case .file(let digest): Answer(matches: try records.heldParts(file: digest).map(Self.match), aliases: [])
        case .license(let license):
            Answer(
                matches: try records.heldParts(license: license).map {
                    Match(
                        what: "\($0.package.name) \($0.package.version)", why: $0.license ?? license, isMalicious: false, isUnclear: false,
                        holders: $0.holders)
                }, aliases: [])
        }
    }

    /// Everybody that an advisory of Debian touches for sure: the shortest way, for whoever asks often.
    package func manifests(touchedBy advisory: String) throws -> HeldManifests {
        let targets = AdvisoryReach(advisories).targets(of: advisory)
        var all = HolderSet()
        for (target, source) in try pairs(targets) {
            if case .yes = target.touch(source.version) { all.formUnion(source.holders) }
        }
        return try records.manifests(of: all)
    }

    private func find(advisory name: String) throws -> Answer {
        let reach = AdvisoryReach(advisories)
        let held = try held()
        let names = reach.names(of: name, among: held)
        let targets =
            names.sorted().flatMap { reach.targets(of: $0) } + reach.targets(among: held) { own, _ in !names.isDisjoint(with: own) }
        guard !targets.isEmpty else {
            throw FindError.unknownAdvisory(
                name, feeds: advisories.feeds.filter { AdvisoryFeeds.all.contains($0.name) }.map(AdvisoryFeeds.line))
        }
        return Answer(matches: try matches(targets), aliases: names.subtracting([name]).sorted())
    }

    // Debian's tracker is asked by the advisory; the others by what is held.
    private func held() throws -> [(ecosystem: Ecosystem, name: String)] {
        try AdvisoryReach(advisories).ecosystems.flatMap { ecosystem in
            try records.heldNames(in: ecosystem).map { (Ecosystem(text: $0.ecosystem), $0.name) }
        }
    }

    private func pairs(_ targets: [AdvisoryTarget]) throws -> [(AdvisoryTarget, HeldSource)] {
        var wanted: [(ecosystem: String, name: String)] = []
        var seen: Set<[String]> = []
        for target in targets where seen.insert([target.ecosystem.description, target.source]).inserted {
            wanted.append((target.ecosystem.description, target.source))
        }
        let sources = Dictionary(grouping: try records.heldSources(wanted)) { [$0.ecosystem, $0.name] }
        return targets.flatMap { target in (sources[[target.ecosystem.description, target.source]] ?? []).map { (target, $0) } }
    }

    private func matches(_ targets: [AdvisoryTarget]) throws -> [Match] {
        try pairs(targets).compactMap { target, source in
            let what = Self.name(source)
            switch target.touch(source.version) {
            case .no: return nil
            case .yes(let range, let fix):
                return Match(
                    what: what, why: "\(target.advisory) \(range)", fix: fix, feed: target.feed, isMalicious: target.isMalicious,
                    carrier: source.carrier, isUnclear: false, holders: source.holders)
            case .unclear(let reason):
                return Match(
                    what: what, why: "\(target.advisory): \(reason)", fix: nil, feed: target.feed, isMalicious: target.isMalicious,
                    carrier: source.carrier, isUnclear: true, holders: source.holders)
            }
        }
    }

    private func find(package name: String, _ ecosystem: String?, _ bounds: VersionBounds) throws -> [Match] {
        let copies = try records.heldCopies(named: name).compactMap { copy -> Match? in
            let kind = Ecosystem(text: copy.ecosystem)
            guard ecosystem.map({ $0 == kind.name }) ?? true else { return nil }
            let verdict = bounds.holds(copy.version, in: kind.name)
            guard verdict != false else { return nil }
            return Match(
                what: Self.name(copy), why: kind.description, isMalicious: false, carrier: copy.carrier, isUnclear: verdict != true,
                holders: copy.holders)
        }
        return try copies
            + records.heldParts(named: name).compactMap { part in
                let package = part.package
                guard ecosystem.map({ $0 == package.ecosystem.name }) ?? true, package.ecosystem != .recipe else { return nil }
                // Under its own name it has its own version, under its source's the source's.
                let versions =
                    (package.name == name ? [package.version] : []) + (package.source.name == name ? [package.source.version] : [])
                let verdicts = versions.map { bounds.holds($0, in: package.ecosystem.name) }
                guard verdicts.contains(where: { $0 != false }) else { return nil }
                let source = package.source.name == package.name ? "" : " of \(package.source.name) \(package.source.version)"
                return Match(
                    what: "\(package.name) \(package.version)\(source)", why: package.ecosystem.description, isMalicious: false,
                    isUnclear: !verdicts.contains(true), holders: part.holders)
            }
    }

    // Whoever mends the source has to build the package anew that took the copy.
    private static func name(_ source: HeldSource) -> String {
        "\(source.name) \(source.version)" + (source.carrier.map { ", a copy in \($0)" } ?? "")
    }

    private static func match(_ part: HeldPart) -> Match {
        let owner = part.package.ecosystem == .recipe ? part.package.name : "\(part.package.name) \(part.package.version)"
        return Match(
            what: "/\(part.path ?? "")", why: owner + (part.digest.map { ", \($0)" } ?? ", a link"), isMalicious: false, isUnclear: false,
            holders: part.holders)
    }
}

/// The feeds that say what advisories are about.
package enum AdvisoryFeeds {
    package static let all: Set<String> = ["debian", "osv-crates", "osv-go", "osv-maven", "osv-npm", "osv-pypi"]

    /// `debian: snapshot of 2026-11-21`.
    package static func line(_ feed: FeedFacts) -> String {
        "\(feed.name): \(feed.state.rawValue)" + (feed.date.map { " of \($0.dateText)" } ?? "")
    }
}
