// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Check
import Foundation
package import OCI

/// Checks an image's bytes against the hardening rules, and its behaviour against its contract.
package struct ImageChecker: Sendable {
    /// Whether contracts are run; a build without them says "not run" for each.
    package enum Contracts: Sendable {
        /// The runner is given the resolved recipe, the unpacked root and the platform.
        case run(@Sendable (Recipe, String, Platform) async throws -> [ContractResult])
        case skip(reason: String)
    }

    let blobs: any BlobStore
    let contracts: Contracts
    let scratch: String

    /// - Parameter scratch: Where roots are unpacked; its file system must allow owners and set modes.
    package init(blobs: any BlobStore, contracts: Contracts, scratch: String) {
        self.blobs = blobs
        self.contracts = contracts
        self.scratch = scratch
    }

    package func check(_ image: Image, against recipe: Recipe) async throws -> Findings {
        var findings = Findings(hardening: [], contract: [], rules: HardeningChecker().ruleIDs)
        for platform in image.platforms {
            let resolved = recipe.resolved(for: platform.platform)
            findings.hardening += HardeningChecker().check(platform, against: resolved)
            findings.contract += try await contract(of: platform, resolved)
        }
        return findings
    }

    private func contract(of platform: PlatformImage, _ recipe: Recipe) async throws -> [ContractResult] {
        guard !recipe.contract.isEmpty else { return [] }
        switch contracts {
        case .skip(let reason):
            return recipe.contract.map {
                ContractResult(
                    test: $0.name, platform: platform.platform.description, user: recipe.runAs, outcome: .notRun, detail: reason, enforced: [],
                    missing: [])
            }
        case .run(let runner):
            let root = try RootFolder(
                unpacking: platform, from: blobs, into: "\(scratch)/root-\(platform.manifest.digest.short)-\(getpid())")
            defer { root.remove() }
            return try await runner(recipe, root.path, platform.platform)
        }
    }
}
