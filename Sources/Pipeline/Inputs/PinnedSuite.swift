// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
import Debian
import OCI
package import Tools

/// The archives of a suite with the keys that somebody pinned for them, to check indexes that are kept and not fetched.
package struct PinnedSuite: Sendable {
    package let suite: Suite
    /// Whose pins these are: `the catalog of this machine`, `the release's own recipe`.
    package let origin: String
    private let files: [String: [UInt8]]
    private let trust: ArchiveTrust

    /// - Parameter files: A catalog's files.
    package init(_ name: String, files: [String: [UInt8]], origin: String, trust: ArchiveTrust) throws {
        suite = try RecipeLoader(CatalogFiles(files)).suite(name)
        self.files = files
        self.origin = origin
        self.trust = trust
    }

    package func archive(_ name: String) throws -> SuiteArchive {
        guard let archive = suite.archives.first(where: { $0.suite == name }) else {
            throw PipelineError.cannotRead(
                path: "suites/\(suite.name).yaml", reason: "it has no archive \(name), from which a package comes")
        }
        return archive
    }

    /// Checks a kept InRelease file by the pinned keys. It may be as old as it is.
    func verify(_ inRelease: [UInt8], of archive: SuiteArchive) async throws -> SignedIndex {
        guard let keyring = files["suites/" + archive.keyring] else {
            throw PipelineError.cannotRead(path: "suites/" + archive.keyring, reason: "it is missing in \(origin)")
        }
        return try await SignedIndex.verify(inRelease, of: archive, keyring: keyring, trust: trust)
    }

    /// The entry of the list of packages for a platform in a Release file.
    func packages(_ index: SignedIndex, _ archive: SuiteArchive, _ platform: Platform) throws -> ReleaseFile.Entry {
        let path = SignedIndex.packagesPath(archive, debianArchitecture: platform.debian)
        guard let entry = index.release.files[path] else {
            throw IndexError.unavailable(
                what: "\(path) in the index of \(archive.suite)", status: 0, source: "its Release file does not list it")
        }
        return entry
    }
}
