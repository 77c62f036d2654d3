// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Debian
import Tools

/// A Release file whose signature was found good, and whose name is the archive's.
struct SignedIndex: Sendable {
    let release: ReleaseFile
    let vouching: ArchiveTrust.Vouching

    /// Checks the signature first, then reads. Says nothing about freshness: that is judged where an index is fetched.
    static func verify(_ inRelease: [UInt8], of archive: SuiteArchive, keyring: [UInt8], trust: ArchiveTrust) async throws -> SignedIndex {
        let body: [UInt8]
        let vouching: ArchiveTrust.Vouching
        switch try await trust.verify(inRelease: inRelease, of: archive, keyring: keyring) {
        case .refused(let reasons): throw IndexError.untrusted(archive: archive.suite, reasons: reasons)
        case .trusted(let verified, let who): (body, vouching) = (verified.value, who)
        }
        let release = try ReleaseFile(release: body)
        guard [release.suite, release.codename].contains(archive.suite) else {
            throw IndexError.untrusted(
                archive: archive.suite,
                reasons: ["expected suite \(archive.suite), found suite \(release.suite ?? "none"), codename \(release.codename ?? "none")"]
            )
        }
        return SignedIndex(release: release, vouching: vouching)
    }

    /// The list of packages of a platform: the archive's first component.
    static func packagesPath(_ archive: SuiteArchive, debianArchitecture: String) -> String {
        "\(archive.components.first ?? "main")/binary-\(debianArchitecture)/Packages.xz"
    }
}
