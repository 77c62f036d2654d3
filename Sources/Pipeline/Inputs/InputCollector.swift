// SPDX-License-Identifier: Apache-2.0
import Archive
package import Artifacts
package import Base
import Debian
import OCI
import Resolve
package import Tools

/// The inputs of a release, each held against what vouches for it.
package struct CollectedInputs: Sendable {
    package var recipe: Recipe
    package var scripts: ScriptTable
    package var lock: Lock
    package var tree: RecipeTree
    /// What was checked, one line each.
    package var checked: [String]
}

/// Gets the inputs of a release into a store and verifies each again, as if it were built for the first time: from the provenance
/// to the lock, from a signed index to its lists of packages, from those to every .deb.
package struct InputCollector: Sendable {
    let release: ReleaseEvidence
    let shelf: InputShelf
    let trust: ArchiveTrust
    /// The files of this machine's catalog, whose pinned keys are preferred to those that the release brings.
    let ownCatalog: [String: [UInt8]]

    package init(
        _ release: ReleaseEvidence, from shelf: InputShelf, trust: ArchiveTrust, ownCatalog: [String: [UInt8]]
    ) {
        self.release = release
        self.shelf = shelf
        self.trust = trust
        self.ownCatalog = ownCatalog
    }

    private static let lockLimit = 64 << 20
    private static let releaseLimit = 8 << 20
    private static let packagesLimit = 256 << 20
    /// The largest .deb.
    private static let packageLimit = 1 << 31

    /// The lock and the recipe, without any package.
    package func documents() async throws -> CollectedInputs {
        guard let lockDigest = release.lock, let treeDigest = release.recipeTree else {
            throw InputError.notTrusted(
                reference: release.reference, reasons: ["its provenance names no lock or no recipe; it was made by an older version"])
        }
        let (lockBytes, lockOrigin) = try await shelf.bytes(lockDigest, limit: Self.lockLimit, title: "the lock")
        let lock = try LockFile.read(lockBytes)
        guard try CanonicalJSON.digest(of: lock) == lockDigest else {
            throw InputError.notTrusted(reference: release.reference, reasons: ["its lock is not in canonical form"])
        }
        let (archive, treeOrigin) = try await shelf.bytes(treeDigest, limit: RecipeTree.limit, title: "the recipe")
        let tree = try RecipeTree(reading: archive)
        let loader = RecipeLoader(CatalogFiles(tree.catalog))
        let variant = lock.variant.map { "-" + $0 } ?? ""
        let recipe = try loader.recipe("\(lock.image):\(lock.stream)\(variant)")
        try agree(recipe, lock)
        return CollectedInputs(
            recipe: recipe, scripts: try loader.scripts(), lock: lock, tree: tree,
            checked: [
                "the lock \(lockDigest) is the provenance's (\(lockOrigin))",
                "the recipe \(treeDigest) is the provenance's (\(treeOrigin))",
                "the lock was made from this recipe",
            ])
    }

    /// Everything: the .debs too, which are in the store afterwards.
    package func collect(into store: some BlobStore) async throws -> CollectedInputs {
        var inputs = try await documents()
        inputs.checked += try await checkIndexes(inputs)
        var origins: [String: Int] = [:]
        var seen: Set<String> = []
        for platform in inputs.lock.platforms {
            for package in platform.packages where seen.insert(package.sha256).inserted {
                origins[try await fetch(package, into: store), default: 0] += 1
            }
        }
        let counted = origins.sorted { $0.key < $1.key }.map { "\($0.value) from \($0.key)" }.joined(separator: ", ")
        inputs.checked.append("\(seen.count) packages have the digests of the lock (\(counted))")
        return inputs
    }

    // What the provenance says was asked for, what the lock is of, and what the recipe is must be one thing.
    private func agree(_ recipe: Recipe, _ lock: Lock) throws {
        var reasons: [String] = []
        func compare(_ name: String, _ found: String?) {
            if release.parameter(name) != found {
                reasons.append("its provenance says \(name) \(release.parameter(name) ?? "none"), its inputs say \(found ?? "none")")
            }
        }
        compare("stream", recipe.stream)
        compare("variant", recipe.variant)
        if let path = release.parameter("path"), path != recipe.sourcePath, !path.hasSuffix("/" + recipe.sourcePath) {
            reasons.append("its provenance says path \(path), its inputs say \(recipe.sourcePath)")
        }
        let locked = Set(lock.platforms.flatMap(\.packages).map(\.sha256))
        let named = Set(release.packages.keys.map(\.hex))
        if locked != named {
            reasons.append("\(locked.symmetricDifference(named).count) packages stand in its lock or in its provenance, but not in both")
        }
        guard reasons.isEmpty else { throw InputError.notTrusted(reference: release.reference, reasons: reasons) }
        try LockVoucher.check(lock, of: recipe)
    }

    private func checkIndexes(_ inputs: CollectedInputs) async throws -> [String] {
        let pins = try Self.pins(inputs.recipe.suite, own: ownCatalog, tree: inputs.tree, trust: trust)
        var checked: [String] = []
        let used = Set(inputs.lock.platforms.flatMap(\.packages).map(\.archive)).sorted()
        for name in used {
            let archive = try pins.archive(name)
            let index = try await signedIndex(archive, pins)
            checked.append(
                "\(index.vouching.path) of \(index.release.date) is signed by \(index.vouching.signedBy.joined(separator: ", ")), pinned in \(pins.origin)"
            )
            for platform in inputs.lock.platforms {
                let wanted = platform.packages.filter { $0.archive == name }
                guard !wanted.isEmpty else { continue }
                let list = try await packageIndex(archive, index, platform.platform, pins)
                let strays = wanted.filter { !list.lists($0) }.map { "\($0.name) \($0.version) (\(platform.platform))" }
                guard strays.isEmpty else { throw PipelineError.notVouched(reference: release.reference, packages: strays, last: nil) }
                checked.append("\(wanted.count) packages for \(platform.platform) stand in its list of packages")
            }
        }
        return checked
    }

    /// An archive's InRelease file: the one the provenance names, signed by a pinned key.
    func signedIndex(_ archive: SuiteArchive, _ pins: PinnedSuite) async throws -> SignedIndex {
        guard let named = release.inRelease(of: archive.suite) else {
            throw InputError.notTrusted(
                reference: release.reference, reasons: ["packages come from \(archive.suite), whose index its provenance does not name"])
        }
        let (bytes, _) = try await shelf.bytes(
            named.digest, limit: Self.releaseLimit, title: named.path, at: (archive.suite, archive.base, "dists/\(archive.suite)/InRelease")
        )
        return try await pins.verify(bytes, of: archive)
    }

    /// The list of packages that the signed index names for a platform.
    func packageIndex(
        _ archive: SuiteArchive, _ index: SignedIndex, _ platform: Platform, _ pins: PinnedSuite
    ) async throws -> PackageIndex {
        let entry = try pins.packages(index, archive, platform)
        let (bytes, _) = try await shelf.bytes(
            entry.digest, limit: min(entry.size, Self.packagesLimit), title: "\(archive.suite)/\(entry.path)",
            at: (archive.suite, archive.base, "dists/\(archive.suite)/\(entry.byHashPath)"))
        return try PackageIndex(try bytes.withUnsafeBytes { try PackageIndexBuilder.build(named: "Packages.xz", $0) })
    }

    private func fetch(_ package: LockedPackage, into store: some BlobStore) async throws -> String {
        let (bytes, origin) = try await self.package(package)
        try store.write(bytes)
        return origin
    }

    /// A .deb with the digest and the size of the lock.
    func package(_ package: LockedPackage) async throws -> (bytes: [UInt8], origin: String) {
        guard let digest = package.digest, (1...Self.packageLimit).contains(package.size) else {
            throw InputError.lost("\(package.name) \(package.version)")
        }
        let base = release.inRelease(of: package.archive)?.path.firstRange(of: "/dists/").flatMap { range in
            release.inRelease(of: package.archive).map { String($0.path[..<range.lowerBound]) }
        }
        return try await shelf.bytes(
            digest, limit: package.size, title: "\(package.name) \(package.version)", at: base.map { (package.archive, $0, package.path) })
    }

    /// The pinned keys of this machine's catalog; where it has none, those that came with the release, and then it is said.
    static func pins(_ suite: String, own: [String: [UInt8]], tree: RecipeTree, trust: ArchiveTrust) throws -> PinnedSuite {
        if own["suites/\(suite).yaml"] != nil {
            return try PinnedSuite(suite, files: own, origin: "the catalog of this machine", trust: trust)
        }
        return try PinnedSuite(suite, files: tree.catalog, origin: "the release's own recipe, for want of a catalog here", trust: trust)
    }
}
