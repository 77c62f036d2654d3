// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Assess
import Base
import Synchronization
import Watch

/// Which findings of an image a new lock ends, as the feeds of this machine know it.
final class FixFinder: Sendable {
    private let open: @Sendable () -> AdvisorySet
    private let opened = Mutex<AdvisorySet?>(nil)
    private let now: Timestamp

    init(_ open: @escaping @Sendable () -> AdvisorySet, now: Timestamp) {
        self.open = open
        self.now = now
    }

    private var advisories: AdvisorySet {
        opened.withLock { known in
            if let known { return known }
            let fresh = open()
            known = fresh
            return fresh
        }
    }

    /// Only packages that change are looked at. What Debian calls unimportant is no reason to hurry.
    func fixes(from old: Lock, to new: Lock) -> [Observation.Fix] {
        let before = Self.versions(old)
        let after = Self.versions(new)
        let names = Set(before.subtracting(after).map(\.name)).union(after.subtracting(before).map(\.name))
        guard !names.isEmpty else { return [] }
        let ended = findings(old, names).subtracting(findings(new, names))
        return ended.sorted { ($0.advisory, $0.source) < ($1.advisory, $1.source) }
    }

    private static func versions(_ lock: Lock) -> Set<PackageVersion> {
        Set(lock.platforms.flatMap(\.packages).map { PackageVersion($0.name, $0.version) })
    }

    private func findings(_ lock: Lock, _ names: Set<String>) -> Set<Observation.Fix> {
        var part = lock
        for place in part.platforms.indices { part.platforms[place].packages.removeAll { !names.contains($0.name) } }
        let subject = AssessmentSubject(name: lock.image, digest: nil, platforms: part.components)
        let assessment = Assessor().assess(subject, against: advisories, now: now)
        return Set(
            assessment.platforms.flatMap(\.findings).filter { $0.status != .undetermined && !$0.isUnimportant }.map {
                Observation.Fix(advisory: $0.advisory, source: $0.source.name)
            })
    }
}
