// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Debian
import OCI

/// Puts images together from verified packages.
///
/// Two calls with equal parcels and recipes write equal bytes, whatever the machine, the user, the clock or the cache.
package struct Assembler: Sendable {
    let blobs: any BlobStore
    let cache: SealedCache
    let settings: AssemblySettings

    package init(blobs: any BlobStore, cache: any DerivedCache, settings: AssemblySettings) {
        self.blobs = blobs
        self.cache = SealedCache(cache)
        self.settings = settings
    }

    /// The compressor and its version, which decide a layer's bytes but not its diff id.
    package static func compressorIdentity(_ compression: Compression) -> String { MemberCompressor(compression: compression).identity }

    /// Assembles one image for every platform of its parcels; all blobs are in the store when it returns.
    package func assemble(_ parcels: Verified<Parcels>, as recipe: Recipe) async throws -> Image {
        let version = try version(of: recipe, parcels.value)
        var drafts: [PlatformDraft] = []
        for (platform, parcels) in parcels.value.platforms {
            drafts.append(try await draft(parcels, recipe.resolved(for: platform), platform))
        }
        let created = Timestamp(seconds: drafts.flatMap(\.fragments).map(\.manifest.newest).max() ?? 0)
        let writer = ImageWriter(recipe: recipe, imprint: settings.imprint, version: version, created: created, blobs: blobs)
        var images: [PlatformImage] = []
        for draft in drafts { images.append(try await finish(draft, writer, created)) }
        return try writer.index(images)
    }

    /// The fragments of one platform, before the clamp of times is known.
    private struct PlatformDraft: Sendable {
        var platform: Platform
        var recipe: Recipe
        var fragments: [LoadedFragment]
        var scripts: [String: [String]]
        var source: FragmentSource
    }

    private func draft(_ parcels: [Parcel], _ recipe: Recipe, _ platform: Platform) async throws -> PlatformDraft {
        let source = FragmentSource(
            blobs: blobs, cache: cache, compressor: MemberCompressor(compression: recipe.compression), selection: Selection(recipe))
        if let stranger = parcels.map(\.package).first(where: { ![platform.debian, "all"].contains($0.architecture) }) {
            throw AssembleError.malformedPackage(
                package: "\(stranger.name) \(stranger.version)", reason: "one for \(stranger.architecture) in an image for \(platform)")
        }
        let largestFirst = parcels.sorted { ($0.package.size, $1.package.name) > ($1.package.size, $0.package.name) }
        let shares = largestFirst.flatMap { parcel in (0..<source.shares(of: parcel)).map { (parcel, $0) } }
        let fragments = try await shares.concurrentMap(limit: settings.parallelism) { try source.load($0.0, share: $0.1) }
        let scripts = try ScriptReview(table: settings.scripts, recipe: recipe, platform: platform).review(fragments)
        return PlatformDraft(platform: platform, recipe: recipe, fragments: fragments, scripts: scripts, source: source)
    }

    private func finish(_ draft: PlatformDraft, _ writer: ImageWriter, _ created: Timestamp) async throws -> PlatformImage {
        let packaged = try PackagedFiles(draft.fragments, draft.source)
        let steps = RecipeSteps(recipe: draft.recipe, helpers: settings.helpers[draft.platform] ?? [], platform: draft.platform)
        let generated = try steps.generate(packaged, created: created)
        let fragments = try await settled(draft, lost: lost(packaged, to: generated))
        let layout = try Layout(fragments: fragments, origins: draft.recipe.layers.map(\.origin), generated: generated, created: created)
        let layerWriter = LayerWriter(blobs: blobs, cache: cache, fragments: draft.source, compressor: draft.source.compressor)
        let layers = try await layout.layers.concurrentMap(limit: settings.parallelism) { try layerWriter.write($0) }
        let packages = ImagePackages(tree: layout.tree, fragments: fragments, scripts: draft.scripts).all()
        return try writer.platform(draft.platform, draft.recipe, layers: layers, tree: layout.tree, packages: packages)
    }

    // What packages lose to each other and to the steps: package -> paths.
    private func lost(_ packaged: PackagedFiles, to generated: [Generated]) -> [String: Set<String>] {
        var lost = packaged.lost
        for item in generated where item.standing == .step && !item.isDirectory {
            guard let entry = packaged.entry(at: item.path), entry.kind != .directory else { continue }
            lost[entry.owner, default: []].insert(item.path)
        }
        return lost
    }

    // The fragments without what they lose. Only those are made again: a few small ones, such as base-files for its os-release.
    private func settled(_ draft: PlatformDraft, lost: [String: Set<String>]) async throws -> [LoadedFragment] {
        try await draft.fragments.concurrentMap(limit: settings.parallelism) { fragment in
            guard let paths = lost[fragment.package.name] else { return fragment }
            return try draft.source.load(fragment.parcel, share: fragment.share, lost: paths)
        }
    }

    private func version(of recipe: Recipe, _ parcels: Parcels) throws(AssembleError) -> String {
        switch recipe.version {
        case .literal(let text): return text
        case .package(let name):
            guard let first = parcels.platforms.first?.parcels.first(where: { $0.package.name == name }),
                let version = try? DebianVersion(first.package.version)
            else { throw .versionUnknown(package: name) }
            return version.upstreamVersion
        }
    }
}
