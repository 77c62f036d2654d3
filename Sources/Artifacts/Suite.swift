// SPDX-License-Identifier: Apache-2.0

/// A Debian release with the archives that make it up and the keys that vouch for each: `catalog/suites/trixie.yaml`.
package struct Suite: Hashable, Sendable, Codable {
    package var name: String
    package var archives: [SuiteArchive]
    /// How long a lock stays good after it was vouched for last, in days: its packages have left the archive since.
    package var maximumLockAgeDays: Int
    package static let defaultLockAgeDays = 30
    package init(name: String, archives: [SuiteArchive], maximumLockAgeDays: Int = defaultLockAgeDays) {
        self.name = name
        self.archives = archives
        self.maximumLockAgeDays = maximumLockAgeDays
    }
}

package struct SuiteArchive: Hashable, Sendable, Codable {
    /// The suite directory below `dists/`: `trixie-security`.
    package var suite: String
    /// Which base of the mirror it lives under: `debian` or `debian-security`.
    package var base: String
    package var components: [String]
    /// Keyring file beside the suite file.
    package var keyring: String
    /// The full fingerprints of the primary keys that may sign it; every key in the keyring must be one of them.
    package var fingerprints: [String]
    /// Whether Release carries Valid-Until; if not, `maximumAgeDays` stands in.
    package var hasValidUntil: Bool
    package var maximumAgeDays: Int?
    package init(
        suite: String, base: String, components: [String] = ["main"], keyring: String, fingerprints: [String], hasValidUntil: Bool,
        maximumAgeDays: Int? = nil
    ) {
        self.suite = suite
        self.base = base
        self.components = components
        self.keyring = keyring
        self.fingerprints = fingerprints
        self.hasValidUntil = hasValidUntil
        self.maximumAgeDays = maximumAgeDays
    }
}

/// A signed index that was checked: what provenance says about the state of the archive.
package struct IndexEvidence: Hashable, Sendable, Codable {
    package var archive: String
    /// Relative: `debian-security/dists/trixie-security/InRelease`.
    package var path: String
    package var sha256: String
    package var date: String
    package var validUntil: String?
    /// Fingerprints of the keys whose signatures verified.
    package var signedBy: [String]
    /// The named exception under which a stale index was accepted; nil when it was fresh.
    package var waiver: String?
    package init(
        archive: String, path: String, sha256: String, date: String, validUntil: String?, signedBy: [String], waiver: String?
    ) {
        self.archive = archive
        self.path = path
        self.sha256 = sha256
        self.date = date
        self.validUntil = validUntil
        self.signedBy = signedBy
        self.waiver = waiver
    }
}
