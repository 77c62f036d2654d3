// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import Blobs
import OCI
package import Records
import Report
import Resolve

/// Gathers from the records of a store what remediation clocks are read from.
package struct RemediationReader: Sendable {
    /// What was read of one stream.
    package struct Stream: Sendable {
        /// `python:3.13`.
        package var image: String
        package var clocks: [RemediationClock]
        /// Names of builds, newest first: all, those that nobody assessed, those without a moment of publication, those whose lock
        /// cannot be read.
        package var builds: [String] = []
        package var unassessed: [String] = []
        package var undated: [String] = []
        package var unread: [String] = []
    }
    package struct Outcome: Sendable {
        package var streams: [Stream]
        package var clocks: [RemediationClock] { streams.flatMap(\.clocks) }

        /// Those of some images: nothing of the others is told.
        package func only(_ isWanted: (String) -> Bool) -> Outcome { Outcome(streams: streams.filter { isWanted($0.image) }) }

        package var coverage: SLOReport.Coverage {
            var notes = ["deployed: not known, \(BlastReport.runsUnknown)"]
            func add(_ text: String, _ names: [String]) {
                guard !names.isEmpty else { return }
                notes.append(
                    "\(text): \(names.prefix(5).joined(separator: ", "))" + (names.count > 5 ? " and \(names.count - 5) more" : ""))
            }
            let (unassessed, undated) = (streams.flatMap(\.unassessed), streams.flatMap(\.undated))
            add("never assessed, so that nothing is known of them", unassessed)
            add("published before moments of publication were recorded", undated)
            add("the lock cannot be read, so that versions are not known", streams.flatMap(\.unread))
            return SLOReport.Coverage(
                streams: streams.count, builds: streams.map(\.builds.count).reduce(0, +), unassessedBuilds: unassessed.count,
                undatedBuilds: undated.count, notes: notes)
        }
    }
    /// When a watcher first saw a version of a binary package in an archive; nil for one that it did not see.
    package typealias FirstSight = @Sendable (_ package: String, _ version: String) throws -> Timestamp?
    /// What kept rebuilds of an image from being published.
    package typealias Obstacles = @Sendable (_ image: String) throws -> [RebuildObstacle]

    let records: RecordStore
    let blobs: FileBlobStore
    let firstSight: FirstSight
    let obstacles: Obstacles
    private static let lockLimit = 64 << 20

    /// - Parameters:
    ///   - firstSight: what watchers of this store saw, by default.
    ///   - obstacles: what its queue of changes says, by default.
    package init(
        records: RecordStore, blobs: FileBlobStore, firstSight: FirstSight? = nil, obstacles: Obstacles? = nil
    ) {
        self.records = records
        self.blobs = blobs
        self.firstSight = firstSight ?? { try records.firstSight(of: $0, version: $1) }
        self.obstacles = obstacles ?? { try records.changes(of: $0).compactMap(RebuildObstacle.init) }
    }

    /// - Parameter patterns: names of images as `python:3.13` or `python:*`; every one when empty.
    package func read(_ patterns: [String] = []) throws -> Outcome {
        let releases = try records.releases()
        let moments = try records.moments(of: releases.map(\.index))
        let wanted = releases.filter { Self.isWanted($0, patterns) }
        // What proves that the archive had a version may come from any image.
        var locks: [Digest: Lock] = [:]
        for digest in Set(releases.map(\.lock)) { locks[digest] = lock(digest) }
        let observations = Dictionary(grouping: try records.observations(of: Array(Set(wanted.map(\.index))).sorted())) { $0.entry.image }
        var evidence = FixEvidence()
        var days: [String: Timestamp?] = [:]
        for release in releases { try gather(release, locks[release.lock], moments[release.index], &days, into: &evidence) }
        for (_, list) in observations.sorted(by: { $0.key < $1.key }) {
            for finding in list.flatMap({ $0.assessment.platforms }).flatMap(\.findings) { try gather(finding, into: &evidence) }
        }
        let streams = Dictionary(grouping: wanted) { "\($0.repository):\($0.stream)" }
        let remediator = Remediator(evidence: evidence)
        var read: [Stream] = []
        for (image, newestFirst) in streams.sorted(by: { $0.key < $1.key }) {
            let builds = newestFirst.reversed()
            let seen = Set(builds.map(\.index)).sorted().flatMap { observations[$0] ?? [] }.sorted {
                $0.assessment.assessed < $1.assessment.assessed
            }
            let history = StreamHistory(
                image: image, builds: builds.map { build($0, locks[$0.lock], moments[$0.index]) },
                observations: seen.map { StreamHistory.Observation(image: $0.entry.image.description, $0.assessment) },
                obstacles: try obstacles(image))
            func names(_ isChosen: (Release) -> Bool) -> [String] {
                newestFirst.filter(isChosen).map { "\($0.repository):\($0.buildTag)" }
            }
            read.append(
                Stream(
                    image: image, clocks: remediator.clocks(of: history), builds: names { _ in true },
                    unassessed: names { observations[$0.index] == nil }, undated: names { moments[$0.index]?.published == nil },
                    unread: names { locks[$0.lock] == nil }))
        }
        return Outcome(streams: read)
    }

    private static func isWanted(_ release: Release, _ patterns: [String]) -> Bool {
        guard !patterns.isEmpty else { return true }
        let name = "\(release.repository):\(release.stream)"
        return patterns.contains { GateException.matches(name, $0) || $0 == release.repository }
    }

    // One that cannot be read is no lock of nothing: what it would say stays unknown.
    private func lock(_ digest: Digest) -> Lock? {
        guard let size = try? blobs.size(of: digest), size <= Self.lockLimit, let bytes = try? blobs.read(digest) else { return nil }
        return try? CanonicalJSON.decode(Lock.self, from: bytes)
    }

    // MARK: - Builds

    private func build(_ release: Release, _ lock: Lock?, _ moments: RecordStore.BuildMoments?) -> StreamHistory.Build {
        let sources = lock.map { lock in
            lock.platforms.flatMap(\.packages).reduce(into: [String: Set<String>]()) { $0[$1.source, default: []].insert($1.sourceVersion) }
        }
        return StreamHistory.Build(
            tag: release.buildTag, digest: release.index.description, sources: sources,
            rebuilt: Self.rebuilt(moments), published: Self.published(moments), deployed: ClockStep(unknown: BlastReport.runsUnknown))
    }

    static func rebuilt(_ moments: RecordStore.BuildMoments?) -> ClockStep {
        guard let built = moments?.built else { return ClockStep(unknown: "this store has no record of the build") }
        return ClockStep(ClockMoment(built, origin: "build record, written right before signing"))
    }

    /// A release from before moments were recorded was published after it was built, and nobody knows when.
    static func published(_ moments: RecordStore.BuildMoments?) -> ClockStep {
        if let published = moments?.published { return ClockStep(ClockMoment(published, origin: "record of its publication")) }
        guard let built = moments?.built else { return ClockStep(unknown: "this store has no record of when it was published") }
        return ClockStep(
            ClockMoment(built, .notBefore, origin: "build record: the moment of publication was not recorded, it was not before this"))
    }

    // MARK: - Proofs

    /// The archive had the versions of a lock by the day of the signed index that lists them, at the latest when they were built in.
    private func gather(
        _ release: Release, _ lock: Lock?, _ moments: RecordStore.BuildMoments?, _ days: inout [String: Timestamp?],
        into evidence: inout FixEvidence
    ) throws {
        guard let lock else { return }
        let dates = try indexDates(of: release.lock)
        var seen: Set<String> = []
        for package in lock.platforms.flatMap(\.packages) where seen.insert("\(package.name) \(package.sha256)").inserted {
            let (source, version) = (package.source, package.sourceVersion)
            if let date = dates[package.archive], moments?.built.map({ date <= $0 }) ?? true {
                evidence.add(
                    source, version,
                    ClockMoment(date, .notAfter, origin: "date of the signed index of \(package.archive) that lists \(version)"))
            } else if let built = moments?.built {
                evidence.add(source, version, ClockMoment(built, .notAfter, origin: "a build of this store took \(version) then"))
            }
            if let sight = try firstSight(package.name, package.version) {
                evidence.add(
                    source, version,
                    ClockMoment(sight, .notAfter, origin: "first sight of \(package.name) \(package.version) by the watcher"))
            }
            // A rebuild of the binary alone has a day of its own.
            guard package.version == version else { continue }
            let day = days[package.sha256] ?? changelogDay(of: package)
            days[package.sha256] = day
            if let day {
                evidence.add(
                    source, version,
                    ClockMoment(
                        day, .notBefore, origin: "newest entry of the changelog of \(package.name) \(version), as its .deb is dated"))
            }
        }
    }

    private func gather(_ finding: AdvisoryFinding, into evidence: inout FixEvidence) throws {
        guard let fix = finding.fix else { return }
        for package in finding.packages {
            guard let sight = try firstSight(package.name, fix) else { continue }
            evidence.add(
                finding.source.name, fix, ClockMoment(sight, .notAfter, origin: "first sight of \(package.name) \(fix) by the watcher"))
        }
    }

    private func indexDates(of lock: Digest) throws -> [String: Timestamp] {
        guard let text = try records.metadata("vouched/\(lock.hex)"),
            let vouching = try? CanonicalJSON.decode(LockVoucher.Vouching.self, from: Array(text.utf8))
        else { return [:] }
        return Dictionary(
            vouching.evidence.compactMap { index in
                (Timestamp(rfc3339: index.date) ?? Timestamp(release: index.date)).map { (index.archive, $0) }
            }, uniquingKeysWith: min)
    }

    // dpkg-deb dates the members of a .deb by its changelog's newest entry (deb(5), SOURCE_DATE_EPOCH): twelve digits behind the
    // first member's name. The bytes are those that the lock names, which whoever built with them has checked.
    private func changelogDay(of package: LockedPackage) -> Timestamp? {
        guard let digest = package.digest, let file = try? blobs.map(digest), file.count > 68 else { return nil }
        return file.withUnsafeBytes { bytes in
            guard bytes.prefix(8).elementsEqual("!<arch>\n".utf8) else { return nil }
            let text = String(decoding: bytes[24..<36], as: UTF8.self).prefix { $0 != " " }
            guard let seconds = Int(text), seconds > 0 else { return nil }
            return Timestamp(seconds: seconds)
        }
    }
}
