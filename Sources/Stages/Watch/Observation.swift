// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Debian
import OCI

/// What is seen of one image: its lock, and what the archive gives for its recipe now.
package struct Observation: Sendable {
    /// A finding of the image as it is that the proposed lock ends.
    package struct Fix: Hashable, Sendable {
        package var advisory: String
        /// The source package.
        package var source: String
        package init(advisory: String, source: String) {
            self.advisory = advisory
            self.source = source
        }
    }

    package var image: String
    package var current: Lock
    package var proposed: Lock
    /// Names of the archives whose packages are security fixes.
    package var securityArchives: Set<String>
    package var fixes: [Fix]
    /// When versions were first seen; one that is not here was never seen before now.
    package var firstSeen: [PackageVersion: Timestamp]

    package init(
        image: String, current: Lock, proposed: Lock, securityArchives: Set<String>, fixes: [Fix] = [],
        firstSeen: [PackageVersion: Timestamp] = [:]
    ) {
        self.image = image
        self.current = current
        self.proposed = proposed
        self.securityArchives = securityArchives
        self.fixes = fixes
        self.firstSeen = firstSeen
    }

    /// What the proposed lock does to packages, each once for all platforms, sorted by name. Packages that only come from another
    /// archive, or lie in another layer, are not among them.
    package var changes: [PackageChange] {
        var found: [[String?]: PackageChange] = [:]
        for platform in Set((current.platforms + proposed.platforms).map(\.platform)).sorted() {
            let before = Self.packages(of: current, platform)
            let after = Self.packages(of: proposed, platform)
            for name in Set(before.keys).union(after.keys) where before[name]?.sha256 != after[name]?.sha256 {
                let change = change(name, before[name], after[name])
                found[[name, change.from, change.to]] = change
            }
        }
        return found.values.sorted { ($0.name, $0.from ?? "", $0.to ?? "") < ($1.name, $1.from ?? "", $1.to ?? "") }
    }

    private static func packages(of lock: Lock, _ platform: Platform) -> [String: LockedPackage] {
        let packages = lock.platforms.first { $0.platform == platform }?.packages ?? []
        return Dictionary(packages.map { ($0.name, $0) }) { first, _ in first }
    }

    private func change(_ name: String, _ old: LockedPackage?, _ new: LockedPackage?) -> PackageChange {
        let source = new?.source ?? old?.source ?? name
        let advisories = Set(fixes.filter { $0.source == source || $0.source == old?.source }.map(\.advisory)).sorted()
        let isSecurity = new.map { securityArchives.contains($0.archive) } ?? false
        return PackageChange(
            name: name, from: old?.version, to: new?.version, source: source, archive: new?.archive ?? old?.archive ?? "",
            isSecurity: new != nil && (isSecurity || !advisories.isEmpty), fixes: new == nil ? [] : advisories)
    }
}

extension PackageChange {
    /// Whether the archive gives less than the lock has.
    var isStepBack: Bool {
        guard let from, let to, let old = try? DebianVersion(from), let new = try? DebianVersion(to) else { return false }
        return new < old
    }
}
