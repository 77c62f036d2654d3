// SPDX-License-Identifier: Apache-2.0
package import Base
package import OCI

/// A .deb in the store whose bytes have the digest its lock names.
package struct Parcel: Hashable, Sendable {
    package var package: LockedPackage
    package var digest: Digest
    package init(package: LockedPackage, digest: Digest) {
        self.package = package
        self.digest = digest
    }
}

/// All .debs of one lock, by platform in the lock's order.
package struct Parcels: Sendable {
    package var platforms: [(platform: Platform, parcels: [Parcel])]
    package init(platforms: [(platform: Platform, parcels: [Parcel])]) { self.platforms = platforms }
}
