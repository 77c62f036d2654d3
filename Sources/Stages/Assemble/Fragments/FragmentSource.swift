// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base

/// Makes fragments, or finds them in the cache.
struct FragmentSource: Sendable {
    let blobs: any BlobStore
    let cache: SealedCache
    let compressor: MemberCompressor
    let selection: Selection

    /// Changes when the listing, the bytes or the manifest of a fragment would differ for the same inputs.
    private static let format = "fragment-2"

    /// The fragment of one parcel under a recipe's rules, without the paths in `lost`.
    func load(_ parcel: Parcel, lost: Set<String> = []) throws -> LoadedFragment {
        let name = parcel.package.name
        let listingKey = Digest.sha256(of: "\(Self.format) listing \(identity(of: parcel))")
        if let cached = cache.read(.listing, listingKey) {
            let kept = try selection.kept(lines(cached), of: name, lost: lost)
            let key = key(parcel, kept)
            if let bytes = cache.read(.fragment, key), let manifest = FragmentCodec.decode(bytes) {
                return LoadedFragment(
                    key: key, parcel: parcel, manifest: manifest, isPartial: selection.isPartial(name), kept: kept, member: nil)
            }
        }
        let opened = try open(parcel)
        let listing = opened.listing
        cache.write(.listing, listingKey, Array(listing.joined(separator: "\n").utf8))
        let kept = try selection.kept(listing, of: name, lost: lost)
        let key = key(parcel, kept)
        let built = try FragmentBuilder(opened: opened, kept: kept).build()
        let member = try compressor.member(built.tar)
        cache.write(.member, key, member)
        cache.write(.fragment, key, FragmentCodec.encode(built.manifest))
        return LoadedFragment(
            key: key, parcel: parcel, manifest: built.manifest, isPartial: selection.isPartial(name), kept: kept, member: member)
    }

    /// A fragment's tar and its compressed form. Tars are inflated again rather than held for a whole build: a large image would
    /// not fit, and inflating is ten times faster than what came before.
    func bytes(of fragment: LoadedFragment) throws -> (tar: [UInt8], member: [UInt8]) {
        let size = fragment.manifest.tarSize
        if let member = fragment.member ?? cache.read(.member, fragment.key),
            let tar = try? compressor.inflate(member, size: size), tar.count == size
        {
            return (tar, member)
        }
        let built = try FragmentBuilder(opened: try open(fragment.parcel), kept: fragment.kept).build()
        let member = try compressor.member(built.tar)
        cache.write(.member, fragment.key, member)
        return (built.tar, member)
    }

    // It may lie in the store for years: what the disk made of it must not be unpacked.
    private func open(_ parcel: Parcel) throws -> OpenedPackage {
        try OpenedPackage(try blobs.verified(parcel.digest), as: parcel.package)
    }

    // The checks of `OpenedPackage` hold the file against these, so a cached answer must be about them too.
    private func identity(of parcel: Parcel) -> String {
        "\(parcel.digest.hex) \(parcel.package.name) \(parcel.package.version) \(parcel.package.architecture)"
    }

    private func key(_ parcel: Parcel, _ kept: [Bool]) -> Digest {
        var hasher = DigestHasher()
        hasher.update(Array("\(Self.format) \(identity(of: parcel)) \(compressor.identity)\n".utf8))
        hasher.update(kept.map { $0 ? 1 : 0 })
        return hasher.finish()
    }

    // Paths hold no control characters.
    private func lines(_ bytes: [UInt8]) -> [String] { bytes.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) } }
}
