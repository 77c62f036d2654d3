// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Assemble
package import Base
import Blobs
import OCI
package import Tools

/// Builds a published image again from its own inputs, in a fresh store with an empty cache, and compares.
///
/// Nothing of the machine goes in but this program, the compressor and, for images with helpers, the compilers. Nothing is tested
/// or signed: that was done when the image was built.
package struct Rebuilder: Sendable {
    /// Whose sources of the helpers are compiled.
    package enum Helpers: Sendable {
        /// This machine's, which must be the ones the release was built from: its build script is known here.
        case own([String: [UInt8]])
        /// The release's own, whose build script then runs on this machine.
        case released
    }

    let toolbox: Toolbox
    let helpers: Helpers
    let ownCatalog: [String: [UInt8]]
    let program: Digest
    let parallelism: Int

    package init(toolbox: Toolbox, helpers: Helpers, ownCatalog: [String: [UInt8]], program: Digest, parallelism: Int) {
        self.toolbox = toolbox
        self.helpers = helpers
        self.ownCatalog = ownCatalog
        self.program = program
        self.parallelism = parallelism
    }

    package func rebuild(
        _ release: ReleaseEvidence, in repository: any RepositoryReader, inputs shelf: InputShelf, stopwatch: Stopwatch = Stopwatch()
    ) async throws -> RebuildReport {
        try await ScratchFolder.with(in: toolbox.temporary, named: "ashlar-rebuild") { folder in
            let store = try FileBlobStore(folder: folder.path + "/store")
            return try await store.withDeferredSync {
                let collector = InputCollector(release, from: shelf, trust: ArchiveTrust(toolbox), ownCatalog: ownCatalog)
                let inputs = try await stopwatch.time("inputs") { try await collector.collect(into: store) }
                let cache = FlowCache(folder: CacheFolder(store: store.folder))
                let binaries = try await stopwatch.time("helpers") { try await compile(inputs, release, cache, folder) }
                let assembler = Assembler(
                    blobs: store, cache: cache,
                    settings: AssemblySettings(
                        scripts: inputs.scripts, helpers: binaries, imprint: release.imprint, parallelism: parallelism))
                let image = try await stopwatch.time("assemble") {
                    try await assembler.assemble(Self.parcels(inputs.lock), as: inputs.recipe)
                }
                return try await stopwatch.time("compare") {
                    try await ImageComparison(release: release, repository: repository, rebuilt: image, store: store)
                        .report(checked: release.checked + inputs.checked, notes: notes(release, inputs.recipe, binaries))
                }
            }
        }
    }

    // Every .deb was written into the fresh store under the digest that the lock names.
    private static func parcels(_ lock: Lock) throws -> Verified<Parcels> {
        let platforms = try lock.platforms.map { platform in
            let parcels = try platform.packages.map { package in
                guard let digest = package.digest else { throw InputError.lost("\(package.name) \(package.version)") }
                return Parcel(package: package, digest: digest)
            }
            return (platform: platform.platform, parcels: parcels)
        }
        return Verified(byVerifying: Parcels(platforms: platforms), evidence: ["every .deb has the SHA-256 that the lock names"])
    }

    private func compile(
        _ inputs: CollectedInputs, _ release: ReleaseEvidence, _ cache: FlowCache, _ folder: ScratchFolder
    ) async throws -> [Platform: [HelperBinary]] {
        guard !inputs.recipe.helpers.isEmpty else { return [:] }
        let sources = inputs.tree.helpers
        if case .own(let own) = helpers {
            guard own.filter({ HelperWorkshop.decides($0.key) }) == sources else {
                throw InputError.foreignHelpers(reference: release.reference, commit: release.commit)
            }
        }
        let place = folder.path + "/helpers"
        try CatalogFolder(path: place).writeAll(sources)
        let workshop = HelperWorkshop(folder: place, cache: cache, toolbox: toolbox)
        var binaries: [Platform: [HelperBinary]] = [:]
        for platform in inputs.recipe.platforms { binaries[platform] = try await workshop.helpers(inputs.recipe.helpers, for: platform) }
        return binaries
    }

    private func notes(_ release: ReleaseEvidence, _ recipe: Recipe, _ binaries: [Platform: [HelperBinary]]) -> [String] {
        var notes: [String] = []
        let compressor = Assembler.compressorIdentity(recipe.compression)
        if let recorded = release.compressor, recorded != compressor {
            notes.append("layers were packed by \(recorded), here by \(compressor)")
        }
        for recorded in release.helpers {
            let own = binaries.first { $0.key.description == recorded.platform }?.value.first { $0.path == recorded.path }
            guard let own, own.compiler != recorded.compiler else { continue }
            notes.append("/\(recorded.path) for \(recorded.platform) was compiled by \(recorded.compiler), here by \(own.compiler)")
        }
        if let recorded = release.program {
            notes.append(
                recorded == program
                    ? "the same program built both: sha256:\(program.hex)"
                    : "another program built it: sha256:\(recorded.hex), here sha256:\(program.hex)")
        }
        return notes
    }
}
