// SPDX-License-Identifier: Apache-2.0
// https://slsa.dev/spec/v1.2/build-provenance; docs/build-types/debian-image-v1.md describes every member.
import Artifacts
import Assemble
package import Base
import OCI
import SBOM
import Sigstore

/// Writes SLSA provenance: what was asked for, everything that went in, and who built it when.
package struct ProvenanceWriter: Sendable {
    package static let buildType = "https://ashlar.dev/build/debian-image/v1"
    /// Names of dependencies and byproducts that readers look for.
    package enum Name {
        package static let catalog = "catalog"
        package static let recipe = "recipe"
        package static let program = "ashlar"
        package static let lock = "lock"
    }

    let version: String
    let builder: BuilderKind
    let program: Digest
    let imprint: Imprint
    let clock: @Sendable () -> Timestamp

    func predicate(
        of image: Image, _ inventory: Inventory, _ job: BuildJob, _ indexes: [IndexEvidence], helpers: [CompiledHelper]
    ) throws -> JSON {
        let definition = Provenance.BuildDefinition(
            buildType: Self.buildType, externalParameters: Self.externalParameters(job),
            internalParameters: try internalParameters(of: image, job, indexes, helpers),
            resolvedDependencies: dependencies(inventory, job.source, indexes))
        let details = Provenance.RunDetails(
            builder: .init(id: builder.claimed(for: job.source).uri, version: [Name.program: version]),
            metadata: .init(invocationId: job.invocation, startedOn: job.started, finishedOn: clock()),
            byproducts: [ResourceDescriptor(name: Name.lock, sha256: try CanonicalJSON.digest(of: job.lock))])
        return try Provenance(buildDefinition: definition, runDetails: details).predicate()
    }

    // Everything that is asked of the builder from outside, and nothing else: a verifier refuses what it does not know here.
    static func externalParameters(_ job: BuildJob) -> [String: JSON] {
        var parameters: [String: JSON] = ["path": JSON(job.source.path), "stream": JSON(job.recipe.stream)]
        if let repository = job.source.repository { parameters["repository"] = JSON(repository) }
        if let commit = job.source.commit { parameters["revision"] = JSON(commit) }
        if let variant = job.recipe.variant { parameters["variant"] = JSON(variant) }
        return parameters
    }

    private func internalParameters(
        of image: Image, _ job: BuildJob, _ indexes: [IndexEvidence], _ helpers: [CompiledHelper]
    ) throws -> [String: JSON] {
        [
            // Annotations of the image come from it: who rebuilds needs it.
            "imprint": try CanonicalJSON.value(of: imprint),
            "compressor": JSON(Assembler.compressorIdentity(job.recipe.compression)),
            "helpers": .array(helpers.map(\.json)),
            "platforms": JSON(image.platforms.map(\.platform.description)),
            "sourceDateEpoch": JSON(image.created.seconds),
            "waivers": JSON(indexes.compactMap { index in index.waiver.map { "\(index.archive): \($0)" } }),
        ]
    }

    private func dependencies(_ inventory: Inventory, _ source: CatalogSource, _ indexes: [IndexEvidence]) -> [ResourceDescriptor] {
        var all: [ResourceDescriptor] = []
        if let repository = source.repository, let commit = source.commit {
            all.append(ResourceDescriptor(name: Name.catalog, uri: "\(repository)@\(commit)", digest: ["gitCommit": commit]))
        }
        all.append(ResourceDescriptor(name: Name.recipe, uri: source.path, sha256: source.tree))
        all.append(ResourceDescriptor(name: Name.program, sha256: program))
        for index in indexes {
            if let digest = Digest(hex: index.sha256) {
                all.append(ResourceDescriptor(name: index.archive, uri: index.path, sha256: digest))
            }
        }
        // A package for all platforms is in the list of each.
        var seen: Set<String> = []
        for package in inventory.platforms.flatMap(\.packages) where seen.insert(package.sha256).inserted {
            guard let digest = Digest(hex: package.sha256) else { continue }
            all.append(ResourceDescriptor(uri: package.purl.description, sha256: digest))
        }
        return all
    }
}

/// A program of the project's own that was compiled into an image.
package struct CompiledHelper: Sendable, Hashable {
    package var path: String
    package var platform: String
    package var digest: Digest
    package var compiler: String
    package init(path: String, platform: String, digest: Digest, compiler: String) {
        self.path = path
        self.platform = platform
        self.digest = digest
        self.compiler = compiler
    }

    package var json: JSON {
        ["path": JSON(path), "platform": JSON(platform), "digest": ["sha256": JSON(digest.hex)], "compiler": JSON(compiler)]
    }

    /// Reads what `json` wrote; nil for anything else.
    package init?(_ json: JSON) {
        guard let path = json["path"]?.string, let platform = json["platform"]?.string, let compiler = json["compiler"]?.string,
            let digest = json["digest"]?["sha256"]?.string.flatMap({ Digest(hex: $0) })
        else { return nil }
        self.init(path: path, platform: platform, digest: digest, compiler: compiler)
    }
}
