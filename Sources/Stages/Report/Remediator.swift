// SPDX-License-Identifier: Apache-2.0
import Advisories
package import Artifacts
import Base

/// Reads from the records of a stream what became of each flaw in it.
///
/// A flaw begins with the first build that an assessment saw it in, and ends with the first later build that has something else in its
/// place. A flaw that comes back is another clock.
package struct Remediator: Sendable {
    typealias Key = StreamHistory.Observation.Key
    let evidence: FixEvidence

    /// - Parameter evidence: what says when the archive had versions.
    package init(evidence: FixEvidence) { self.evidence = evidence }

    /// Sorted by advisory, source package and beginning.
    package func clocks(of history: StreamHistory) -> [RemediationClock] {
        let seen = Dictionary(grouping: history.observations) { $0.image }
        return Set(history.observations.flatMap(\.findings.keys)).sorted().flatMap { key in
            episodes(of: key, in: history, seen).map { clock($0, of: key, in: history) }
        }
    }

    // MARK: - Episodes

    /// From the first build that has a flaw to what ended it.
    struct Episode {
        enum End {
            /// It is in the newest build, or in one that nobody can tell of.
            case none
            case build(StreamHistory.Build, reason: String, confirmed: Observed?)
            /// No build ended it: an assessment of the same bytes, or of the same version, does not have it.
            case changed(Observed, reason: String)
            case unclear(Observed, reason: String)
        }
        typealias Observed = StreamHistory.Observation
        var builds: [StreamHistory.Build]
        /// Of these builds, with the finding, oldest first.
        var sights: [(observation: Observed, finding: AdvisoryFinding)]
        var end = End.none
        /// The finding as it was said last of the newest build that has it.
        var last: AdvisoryFinding
    }

    private enum Presence {
        case present(AdvisoryFinding)
        /// An earlier assessment of the same bytes had it.
        case gone(StreamHistory.Observation)
        case absent(StreamHistory.Observation)
        case unknown
    }

    private func episodes(
        of key: Key, in history: StreamHistory, _ seen: [String: [StreamHistory.Observation]]
    ) -> [Episode] {
        var episodes: [Episode] = []
        var current: Episode?
        for build in history.builds {
            let observations = seen[build.digest] ?? []
            let sights = observations.compactMap { one in one.findings[key].map { (one, $0) } }
            let presence = presence(of: key, in: observations)
            // What was no flaw any more when a build was published was not taken away by it.
            if let open = current, case .changed(let observation, _) = open.end,
                build.published.at.map({ $0 > observation.assessed }) ?? false
            {
                episodes.append(open)
                current = nil
            }
            if case .unknown = presence, current == nil { continue }
            if let open = current, let end = end(of: open, at: build, presence, observations, key, seen) {
                var ended = open
                ended.end = end
                episodes.append(ended)
                current = nil
                continue
            }
            guard let last = sights.last?.1 ?? current?.last else { continue }
            current = current ?? Episode(builds: [], sights: [], last: last)
            current?.builds.append(build)
            current?.sights += sights
            current?.last = last
            if case .gone(let observation) = presence {
                current?.end = .changed(observation, reason: "the assessment of \(observation.assessed) does not have it in the same build")
            } else if case .present = presence {
                current?.end = .none
            }
        }
        return episodes + (current.map { [$0] } ?? [])
    }

    private func presence(of key: Key, in observations: [StreamHistory.Observation]) -> Presence {
        guard let place = observations.lastIndex(where: { $0.findings[key] != nil }), let last = observations[place].findings[key] else {
            return observations.first(where: \.tellsAbsence).map { .absent($0) } ?? .unknown
        }
        return observations[place...].dropFirst().first(where: \.tellsAbsence).map { .gone($0) } ?? .present(last)
    }

    /// What a later build makes of a flaw; nil when it has it as well, as far as anything says.
    private func end(
        of episode: Episode, at build: StreamHistory.Build, _ presence: Presence, _ observations: [StreamHistory.Observation], _ key: Key,
        _ seen: [String: [StreamHistory.Observation]]
    ) -> Episode.End? {
        let absent: StreamHistory.Observation?
        switch presence {
        case .present, .gone: return nil
        case .absent(let observation): absent = observation
        case .unknown: absent = nil
        }
        // A copy within another package has no version of its own in a lock.
        let versions = episode.last.path == .source ? build.sources.map { $0[key.source] ?? [] } : nil
        if let versions, let reason = reason(for: versions, after: episode) { return .build(build, reason: reason, confirmed: absent) }
        guard let absent else { return nil }
        // By one state of the feeds the one has it and the other has not: what differs is what is in them.
        let same = Set(observations.filter { $0.tellsAbsence && $0.findings[key] == nil }.map(\.feeds))
        let isSameData = episode.sights.contains { same.contains($0.observation.feeds) }
        let before = episode.builds.last?.sources?[key.source] ?? [episode.last.source.version]
        if let versions, versions == before {
            return .changed(
                absent,
                reason: "\(build.tag) has the same version \(Self.list(versions)), and the assessment of \(absent.assessed) has no finding")
        }
        if isSameData {
            let what = versions.map { "has \(key.source) \(Self.list($0)) in its place" } ?? "has no copy of it"
            return .build(build, reason: "\(build.tag) \(what), which the same data does not speak of", confirmed: absent)
        }
        return .unclear(
            absent,
            reason: "\(build.tag) was assessed with other data than the builds before it; assess those again to see which of both changed")
    }

    // Why versions end a flaw; nil when they do not.
    private func reason(for versions: Set<String>, after episode: Episode) -> String? {
        let name = episode.last.source.name
        // Only where it was seen to be there: a lock that never had it says nothing.
        if versions.isEmpty {
            return episode.builds.last?.sources?[name].map { $0.isEmpty } == false ? "\(name) is no longer in the image" : nil
        }
        guard let fix = episode.last.fix, let order = VersionOrder(ecosystem: episode.last.ecosystem.name) else { return nil }
        guard versions.allSatisfy({ (order.compare($0, fix) ?? -1) >= 0 }) else { return nil }
        return "\(name) \(Self.list(versions)), fixed in \(fix)"
    }

    private static func list(_ versions: Set<String>) -> String { versions.sorted().joined(separator: ", ") }

    // MARK: - Clocks

    private func clock(_ episode: Episode, of key: Key, in history: StreamHistory) -> RemediationClock {
        let finding = episode.last
        let first = episode.builds[0]
        var clock = RemediationClock(
            image: history.image, finding: finding, state: .open, reason: "", exposed: .init(tag: first.tag, digest: first.digest),
            disclosed: disclosed(finding), fixed: fixed(episode, by: nil), seen: Self.seen(episode),
            rebuilt: ClockStep(unknown: "not rebuilt without it"), published: ClockStep(unknown: "nothing without it was published"),
            deployed: ClockStep(unknown: "nothing without it was published"))
        if let sight = episode.sights.first { clock.source = sight.finding.source }
        switch episode.end {
        case .build(let build, let reason, let confirmed):
            clock.state = .remediated
            clock.reason = reason
            clock.remediedBy = .init(tag: build.tag, digest: build.digest)
            clock.confirmed = confirmed?.assessed
            clock.fixed = fixed(episode, by: build)
            clock.rebuilt = build.rebuilt
            clock.published = build.published
            clock.deployed = build.deployed
        case .changed(let observation, let reason):
            clock.state = .withdrawn
            clock.reason = reason
            clock.settled = observation.assessed
        case .unclear(let observation, let reason):
            clock.state = .unclear
            clock.reason = reason
            clock.settled = observation.assessed
        case .none: stand(episode, &clock)
        }
        let from = clock.fixed.at ?? clock.seen.at ?? Timestamp(seconds: 0)
        clock.obstacles = history.obstacles.filter { $0.at >= from && $0.at <= clock.published.at ?? $0.at }.sorted { $0.at < $1.at }
        return clock
    }

    /// What is said of a flaw that the newest build has.
    private func stand(_ episode: Episode, _ clock: inout RemediationClock) {
        let finding = episode.last
        let newest = episode.builds.last?.tag ?? ""
        let isAssessed = episode.sights.last.map { $0.observation.image == episode.builds.last?.digest } ?? false
        // Since when it is so said without a break.
        let settled = episode.sights.reversed().prefix { !$0.finding.isLeft }.last?.observation.assessed
        if finding.status == .undetermined {
            (clock.state, clock.reason, clock.settled) = (.undetermined, "Debian has not decided whether it is affected", settled)
        } else if finding.isUnimportant {
            (clock.state, clock.reason, clock.settled) = (.unimportant, "Debian calls it unimportant in its binaries", settled)
        } else if finding.answer?.settles == true {
            (clock.state, clock.reason, clock.settled) = (
                .answered, "\(finding.answer?.status ?? "") by \(finding.answer?.source ?? "")", settled
            )
        } else if finding.hasFix {
            (clock.state, clock.reason) = (.open, "\(newest) has it; fixed in \(finding.fix ?? "")")
        } else {
            (clock.state, clock.reason) = (
                .waiting, "\(newest) has it; " + (finding.fix.map { "\($0) is not in the archive" } ?? "no fix is known")
            )
        }
        if !isAssessed, clock.isMeasured { clock.reason += ", by the assessment of an earlier build: \(newest) was not assessed" }
    }

    private static func seen(_ episode: Episode) -> ClockStep {
        guard let sight = episode.sights.first(where: \.finding.isLeft) ?? episode.sights.first else {
            return ClockStep(unknown: "no assessment has it")
        }
        return ClockStep(ClockMoment(sight.observation.assessed, origin: "first assessment in the ledger that has it"))
    }

    private func disclosed(_ finding: AdvisoryFinding) -> ClockStep {
        var moments: [ClockMoment] = []
        if let published = finding.published.flatMap({ Timestamp(rfc3339: $0) ?? Timestamp(date: $0) }) {
            moments.append(ClockMoment(published, origin: "published, by the OSV record of the feed \(finding.feed)"))
        }
        if let added = finding.exploited.flatMap({ Timestamp(date: $0.added) }) {
            moments.append(ClockMoment(added, .notAfter, origin: "dateAdded of the KEV catalog"))
        }
        guard let first = moments.first else { return ClockStep(unknown: "no feed at hand dates it: Debian's tracker has no dates") }
        return ClockStep(first, others: Array(moments.dropFirst()))
    }

    /// When the archive had the repaired version: the earliest proof that it was there, else the day of its changelog.
    ///
    /// - Parameter build: what ended the flaw; nil while nothing did.
    private func fixed(_ episode: Episode, by build: StreamHistory.Build?) -> ClockStep {
        let finding = episode.last
        guard let fix = finding.fix else {
            return ClockStep(unknown: build == nil ? "no fix is known" : "no version is named that fixes it")
        }
        let order = VersionOrder(ecosystem: finding.ecosystem.name)
        var moments = (evidence.entries[finding.source.name] ?? []).compactMap { entry -> ClockMoment? in
            guard let difference = order?.compare(entry.version, fix), difference >= 0 else { return nil }
            // A later version was written later: its day says nothing of the first that was repaired.
            return entry.moment.bound == .notBefore && difference > 0 ? nil : entry.moment
        }
        // What the feed said of the archive, as of the day of its data.
        if let sight = episode.sights.first(where: { $0.finding.fix == fix && $0.finding.fixIsInArchive == true }) {
            let at = min(sight.observation.dataDate ?? sight.observation.assessed, sight.observation.assessed)
            moments.append(ClockMoment(at, .notAfter, origin: "the feed \(finding.feed) of that day has it in the archive"))
        }
        moments.sort { ($0.at, $0.bound.rawValue, $0.origin) < ($1.at, $1.bound.rawValue, $1.origin) }
        guard let best = moments.first(where: { $0.bound != .notBefore }) ?? moments.last else {
            return ClockStep(
                unknown: finding.fixIsInArchive == false
                    ? "\(fix) is not in the archive" : "nothing at hand says since when the archive has \(fix)")
        }
        return ClockStep(best, others: moments.filter { $0 != best && $0.bound == .notBefore })
    }
}
