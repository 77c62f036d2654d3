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
    private static let format = "fragment-3"

    /// How many layers take something of a package.
    func shares(of parcel: Parcel) -> Int { selection.shares(of: parcel.package).count }

    /// What one layer takes of one parcel under a recipe's rules, without the paths in `lost`.
    func load(_ parcel: Parcel, share: Int = 0, lost: Set<String> = []) throws -> LoadedFragment {
        let listingKey = Digest.sha256(of: "\(Self.format) listing \(identity(of: parcel))")
        if let cached = cache.read(.listing, listingKey) {
            let choice = try choice(lines(cached), parcel, share, lost)
            let key = key(parcel, choice)
            if let bytes = cache.read(.fragment, key), let manifest = FragmentCodec.decode(bytes) {
                return LoadedFragment(key: key, parcel: parcel, share: share, choice: choice, manifest: manifest, member: nil)
            }
        }
        let opened = try open(parcel)
        let listing = opened.listing
        cache.write(.listing, listingKey, Array(listing.joined(separator: "\n").utf8))
        let choice = try choice(listing, parcel, share, lost)
        let key = key(parcel, choice)
        let built = try FragmentBuilder(opened: opened, kept: choice.kept, below: choice.below).build()
        let member = try compressor.member(built.tar)
        cache.write(.member, key, member)
        cache.write(.fragment, key, FragmentCodec.encode(built.manifest))
        return LoadedFragment(key: key, parcel: parcel, share: share, choice: choice, manifest: built.manifest, member: member)
    }

    private func choice(_ listing: [String], _ parcel: Parcel, _ share: Int, _ lost: Set<String>) throws -> LoadedFragment.Choice {
        let shares = selection.shares(of: parcel.package)
        func taken(_ number: Int) throws -> [Bool] {
            try selection.kept(listing, of: parcel.package.name, as: shares[number], lost: lost)
        }
        let below = share > 0 ? try taken(share - 1) : nil
        let all = try taken(share)
        let kept = below.map { zip(all, $0).map { $0 && !$1 } } ?? all
        return .init(layer: shares[share].layer, kept: kept, below: below, isPartial: shares.last?.patterns != nil)
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
        let built = try FragmentBuilder(
            opened: try open(fragment.parcel), kept: fragment.choice.kept, below: fragment.choice.below
        ).build()
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

    private func key(_ parcel: Parcel, _ choice: LoadedFragment.Choice) -> Digest {
        var hasher = DigestHasher()
        hasher.update(Array("\(Self.format) \(identity(of: parcel)) \(compressor.identity)\n".utf8))
        hasher.update(choice.kept.map { $0 ? 1 : 0 })
        if let below = choice.below { hasher.update(below.map { $0 ? 3 : 2 }) }
        return hasher.finish()
    }

    // Paths hold no control characters.
    private func lines(_ bytes: [UInt8]) -> [String] { bytes.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) } }
}
