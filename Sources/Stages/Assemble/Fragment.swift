// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// What one package contributes to an image, and what was learnt from its bytes while they were at hand.
///
/// It depends only on the .deb, the set of kept paths and the compressor, and is cached under the digest of these.
struct Fragment: Codable, Sendable {
    var package: String
    /// Kept entries, sorted by path; directories too, though the fragment's tar holds only what is not one.
    var entries: [FileEntry]
    /// Where the body of each file starts in the fragment's tar, by index into `entries`; -1 for what has no body.
    var bodies: [Int]
    /// The newest modification time of any entry of the package, kept or not, in seconds.
    var newest: Int
    var control: String
    /// Kept `usr/share/doc/<package>/copyright`, when this package holds it.
    var copyright: String?
    var scripts: [Script]
    var triggers: String?
    /// Paths of the package that were not taken, sorted.
    var dropped: [String]
    /// Packages whose files this one may replace.
    var replaces: [String]
    var tarSize: Int

    struct Script: Codable, Sendable {
        /// `postinst`.
        var kind: String
        /// Hash of the normalised text, the key of the table of scripts.
        var hash: Digest
    }
}

/// A fragment of this build: its manifest, and its bytes when they were just made.
struct LoadedFragment: Sendable {
    let key: Digest
    let parcel: Parcel
    let manifest: Fragment
    let isPartial: Bool
    /// Uncompressed tar entries and the compressed member; nil when they lie in the cache.
    let fresh: Bytes?

    struct Bytes: Sendable {
        let tar: [UInt8]
        let member: [UInt8]
    }
}
