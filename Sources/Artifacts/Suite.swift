// SPDX-License-Identifier: Apache-2.0
package import Base
package import OCI

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
    /// The lists of packages it names that were used.
    package var packages: [PackagesFile]
    package init(
        archive: String, path: String, sha256: String, date: String, validUntil: String?, signedBy: [String], waiver: String?,
        packages: [PackagesFile] = []
    ) {
        self.archive = archive
        self.path = path
        self.sha256 = sha256
        self.date = date
        self.validUntil = validUntil
        self.signedBy = signedBy
        self.waiver = waiver
        self.packages = packages
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        archive = try container.decode(String.self, forKey: .archive)
        path = try container.decode(String.self, forKey: .path)
        sha256 = try container.decode(String.self, forKey: .sha256)
        date = try container.decode(String.self, forKey: .date)
        validUntil = try container.decodeIfPresent(String.self, forKey: .validUntil)
        signedBy = try container.decode([String].self, forKey: .signedBy)
        waiver = try container.decodeIfPresent(String.self, forKey: .waiver)
        // Stores of the first version kept evidence without it.
        packages = try container.decodeIfPresent([PackagesFile].self, forKey: .packages) ?? []
    }
}

/// A list of packages as a Release file names it.
package struct PackagesFile: Hashable, Sendable, Codable {
    package var platform: Platform
    /// Below the folder of the Release file: `main/binary-amd64/Packages.xz`.
    package var path: String
    package var digest: Digest
    package var size: Int
    package init(platform: Platform, path: String, digest: Digest, size: Int) {
        self.platform = platform
        self.path = path
        self.digest = digest
        self.size = size
    }
}

extension SuiteArchive {
    /// Whether its packages are security fixes: `trixie-security`, or anything of the base `debian-security`.
    package var isSecurity: Bool { suite.hasSuffix("-security") || base.hasSuffix("-security") }
}
