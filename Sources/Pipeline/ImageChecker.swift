// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Check
import OCI
package import Sandbox

/// Checks an image's bytes against the hardening rules, and its behaviour against its contract.
package struct ImageChecker: Sendable {
    /// Whether contracts are run; a build without them says "not run" for each.
    package enum Contracts: Sendable {
        case run(ContractRunner)
        case skip(reason: String)
    }

    let blobs: any BlobStore
    let contracts: Contracts
    let probes: ProbeWorkshop?
    let scratch: String

    /// - Parameters:
    ///   - probes: Makes the programs of ours that contracts name; without it such a test is not run.
    ///   - scratch: Where roots are unpacked; its file system must allow owners and set modes.
    package init(blobs: any BlobStore, contracts: Contracts, probes: ProbeWorkshop? = nil, scratch: String) {
        self.blobs = blobs
        self.contracts = contracts
        self.probes = probes
        self.scratch = scratch
    }

    /// Every platform is unpacked from the layers that will be published, and both checks look at that.
    package func check(_ image: Image, against recipe: Recipe) async throws -> Findings {
        var roots: [Platform: RootFolder] = [:]
        defer { for root in roots.values { root.remove() } }
        for platform in image.platforms { roots[platform.platform] = try RootFolder(unpacking: platform, from: blobs, below: scratch) }
        let checker = HardeningChecker()
        let unpacked = roots
        let hardening = checker.check(image, against: recipe) { platform, path in unpacked[platform]?.contents(of: path) }
        var findings = Findings(hardening: hardening, contract: [], rules: checker.ruleIDs)
        for platform in image.platforms {
            guard let root = roots[platform.platform] else { continue }
            findings.contract += try await contract(of: platform, recipe.resolved(for: platform.platform), root)
        }
        return findings
    }

    private func contract(of platform: PlatformImage, _ recipe: Recipe, _ root: RootFolder) async throws -> [ContractResult] {
        guard !recipe.contract.isEmpty else { return [] }
        switch contracts {
        case .skip(let reason):
            return recipe.contract.map {
                ContractResult(
                    test: $0.name, platform: platform.platform.description, user: recipe.runAs, outcome: .notRun, detail: reason,
                    enforced: [],
                    missing: [])
            }
        case .run(let runner):
            return try await runner.run(try subject(platform, recipe, root))
        }
    }

    // What a runtime would start: read from the configuration that is published, not from the recipe it was written from.
    private func subject(_ platform: PlatformImage, _ recipe: Recipe, _ root: RootFolder) throws -> ContractSubject {
        let config = try ImageConfig(reading: try blobs.read(platform.config.digest)).config ?? RuntimeConfig()
        var subject = ContractSubject(recipe: recipe, root: root.path, platform: platform.platform)
        if let probes { subject.programs = { [target = platform.platform] in try await probes.program($0, for: target) } }
        subject.entrypoint = config.entrypoint ?? []
        subject.command = config.command ?? []
        subject.environment = Dictionary(
            (config.environment ?? []).compactMap { line in
                line.firstIndex(of: "=").map { (String(line[..<$0]), String(line[line.index(after: $0)...])) }
            }
        ) { _, last in last }
        return subject
    }
}
