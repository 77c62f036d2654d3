// SPDX-License-Identifier: Apache-2.0
import Archive
import Ecosystems
import Synchronization

/// What the files of one image may still tell, counted over all layers: they are read at the same time.
package final class InspectionAllowance: Sendable {
    private struct Spent {
        var packages = 0
        var paths = 0
        var bytes = 0
    }
    private let limits: InspectionLimits
    private let spent = Mutex(Spent())

    package init(_ limits: InspectionLimits) { self.limits = limits }

    /// Counts what a file told. Nothing is left out of the answer silently: an image that tells more is refused.
    func spend(_ reading: PackageReading) throws(ArchiveError) {
        let spent = spent.withLock { spent in
            spent.packages += reading.packages.count
            spent.paths += reading.ownedCount
            spent.bytes += reading.ownedBytes
            return spent
        }
        guard spent.packages <= limits.packages else { throw .tooMany(.tar, what: "packages", limit: limits.packages) }
        guard spent.paths <= limits.ownedPaths else {
            throw .tooMany(.tar, what: "paths in lists of packages", limit: limits.ownedPaths)
        }
        guard spent.bytes <= limits.ownedBytes else {
            throw .tooMany(.tar, what: "bytes of paths in lists of packages", limit: limits.ownedBytes)
        }
    }
}
