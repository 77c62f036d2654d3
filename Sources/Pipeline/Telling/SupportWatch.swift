// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Debian
package import Records

/// Looks for what is without support, or soon will be, and keeps events of it: each is said once.
package struct SupportWatch: Sendable {
    private let records: RecordStore
    /// Seconds before an end from which on it counts as near.
    private let warnBefore: Int

    package init(records: RecordStore, warnBefore: Int) {
        self.records = records
        self.warnBefore = warnBefore
    }

    /// Every stream with what ends in it, sorted by name; streams of which nothing ends are left out.
    package func ends(at now: Timestamp) throws -> [(release: Release, ends: [SupportEnd])] {
        try records.latestReleases().compactMap { release in
            let ends = release.supportEnds(try records.assessment(of: release.index)?.support ?? [], at: now, warnBefore: warnBefore)
            return ends.isEmpty ? nil : (release, ends)
        }
    }

    /// Keeps an event of each end that was not told of yet; says how many.
    @discardableResult
    package func tell(at now: Timestamp) throws -> Int {
        var count = 0
        for (release, ends) in try ends(at: now) {
            for end in ends {
                let (event, key) = CatalogEvent.supportEnd(end, of: release, at: now)
                if try records.append(event, once: key) { count += 1 }
            }
        }
        return count
    }

    /// The packages of a lock that none of its suite's indexes has any more, whatever their version: removed from the archive, or left
    /// behind by their makers. Sorted by name.
    package static func dropped(from lock: Lock, in indexes: ArchiveIndexes) -> [String] {
        var missing: Set<String> = []
        for platform in lock.platforms {
            // Without an index of its platform nothing is known of a package.
            guard let known = indexes.byPlatform[platform.platform], !known.isEmpty else { continue }
            for package in platform.packages
            where known.allSatisfy({ $0.index.candidates(named: package.name).isEmpty }) { missing.insert(package.name) }
        }
        return missing.sorted()
    }

    /// The same with events, said once for each image and package; says how many are new.
    @discardableResult
    package func tell(ofDropped packages: [String], suite: String, in release: Release, at now: Timestamp) throws -> Int {
        var count = 0
        for package in packages {
            let (event, key) = CatalogEvent.packageDropped(package, suite: suite, of: release, at: now)
            if try records.append(event, once: key) { count += 1 }
        }
        return count
    }
}
