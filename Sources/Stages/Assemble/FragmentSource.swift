// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import Debian
import OCI

/// Makes fragments, or finds them in the cache.
struct FragmentSource: Sendable {
    let blobs: any BlobStore
    let cache: any DerivedCache
    let compressor: MemberCompressor

    /// Changes when the bytes or the manifest of a fragment would differ for the same inputs.
    private static let format = "fragment-1"

    /// The fragment of one parcel under a recipe's rules, without the paths in `lost`.
    func load(_ parcel: Parcel, recipe: Recipe, platform: Platform, lost: Set<String>) throws -> LoadedFragment {
        let only = Self.only(recipe, parcel.package.name)
        let listingKey = Digest.sha256(of: "listing-1 " + parcel.digest.hex)
        if let cached = cache.read("listing", listingKey) {
            let listing = String(decoding: cached, as: UTF8.self).split(separator: "\n").map(String.init)
            let kept = try kept(listing, only: only, recipe: recipe, parcel: parcel, lost: lost)
            let key = key(parcel, platform, kept)
            if let bytes = cache.read("fragment", key), let manifest = try? FragmentCodec.decode(bytes) {
                return LoadedFragment(key: key, parcel: parcel, manifest: manifest, isPartial: only != nil, fresh: nil)
            }
        }
        let (deb, tar) = try open(parcel)
        let listing = try FragmentBuilder.listing(of: tar, package: parcel.package.name)
        cache.write("listing", listingKey, Array(listing.joined(separator: "\n").utf8))
        let kept = try kept(listing, only: only, recipe: recipe, parcel: parcel, lost: lost)
        let key = key(parcel, platform, kept)
        let builder = FragmentBuilder(parcel: parcel, platform: platform, compressor: compressor)
        let (manifest, bytes) = try builder.build(deb: deb, tar: tar, kept: Set(kept.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }))
        cache.write("member", key, bytes.member)
        cache.write("fragment", key, try FragmentCodec.encode(manifest))
        return LoadedFragment(key: key, parcel: parcel, manifest: manifest, isPartial: only != nil, fresh: bytes)
    }

    // Several layers may ask for parts of one package: the image takes them all, and the whole when one asks for it.
    private static func only(_ recipe: Recipe, _ package: String) -> [String]? {
        let requests = recipe.layers.flatMap(\.packages).filter { $0.package == package }
        // A package that the recipe excludes is locked for one reason only: its copyright file is linked to.
        if requests.isEmpty, recipe.steps.contains(.copyrightFrom(package: package)) { return ["usr/share/doc/\(package)/copyright"] }
        guard !requests.isEmpty, requests.allSatisfy({ $0.only != nil }) else { return nil }
        return requests.flatMap { $0.only ?? [] }
    }

    /// The bytes of a fragment, made again when the cache has lost them.
    func bytes(of fragment: LoadedFragment) throws -> LoadedFragment.Bytes {
        if let fresh = fragment.fresh { return fresh }
        if let member = cache.read("member", fragment.key),
            let tar = try? compressor.inflate(member, size: fragment.manifest.tarSize), tar.count == fragment.manifest.tarSize
        {
            return .init(tar: tar, member: member)
        }
        let (deb, tar) = try open(fragment.parcel)
        let status = "var/lib/dpkg/status.d/"
        let kept = Set(fragment.manifest.entries.map(\.path).filter { !$0.hasPrefix(status) })
        guard let platform = Platform.allCases.first(where: { $0.debian == fragment.parcel.package.architecture }) ?? Platform.allCases.first
        else { throw AssembleError.malformedPackage(package: fragment.parcel.package.name, reason: "its architecture is unknown") }
        let builder = FragmentBuilder(parcel: fragment.parcel, platform: platform, compressor: compressor)
        let bytes = try builder.build(deb: deb, tar: tar, kept: kept).bytes
        cache.write("member", fragment.key, bytes.member)
        return bytes
    }

    private func open(_ parcel: Parcel) throws -> (DebFile, [UInt8]) {
        let name = parcel.package.name
        let bytes = try blobs.read(parcel.digest)
        do {
            let deb = try DebFile(bytes)
            let data = try bytes.withUnsafeBytes { all in
                try Decompressor.decode(
                    named: deb.dataName, UnsafeRawBufferPointer(rebasing: all[deb.data]), limit: FragmentBuilder.dataLimit)
            }
            return (deb, data)
        } catch let error as any Diagnosable {
            throw AssembleError.malformedPackage(package: "\(name) \(parcel.package.version)", reason: error.diagnosis.summary)
        }
    }

    private func key(_ parcel: Parcel, _ platform: Platform, _ kept: [String]) -> Digest {
        Digest.sha256(
            of: ([Self.format, parcel.digest.hex, platform.triplet, compressor.identity] + kept).joined(separator: "\n"))
    }

    // Directories end in a slash here: an only-pattern takes them too, a drop rule drops them when it names them.
    private func kept(_ listing: [String], only: [String]?, recipe: Recipe, parcel: Parcel, lost: Set<String>) throws -> [String] {
        let rules = PathRules(recipe.drops)
        func bare(_ path: String) -> String { path.hasSuffix("/") ? String(path.dropLast()) : path }
        guard let only else {
            return listing.filter { !rules.isDropped(bare($0)) && !lost.contains(bare($0)) }
        }
        let patterns = only.compactMap(PathPattern.init)
        for pattern in patterns where !listing.contains(where: { pattern.matches(bare($0)) }) {
            throw AssembleError.partialMatchesNothing(package: parcel.package.name, pattern: pattern.text)
        }
        // The licence of what is taken comes along, always.
        let copyright = "usr/share/doc/\(parcel.package.name)"
        let isCopyright = { (path: String) in path == copyright + "/copyright" || path == copyright || path == copyright + "/" }
        return listing.filter { path in
            !lost.contains(bare(path)) && (isCopyright(path) || patterns.contains { $0.matches(bare(path)) })
        }
    }
}

/// A fragment's manifest as kept in the cache.
enum FragmentCodec {
    static func encode(_ fragment: Fragment) throws -> [UInt8] { try CanonicalJSON.encode(fragment) }
    static func decode(_ bytes: [UInt8]) throws -> Fragment { try CanonicalJSON.decode(Fragment.self, from: bytes, limit: 256 << 20) }
}
