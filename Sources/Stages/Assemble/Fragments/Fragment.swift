// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// What one package contributes to an image, and what was learnt from its bytes while they were at hand.
///
/// It depends only on the .deb, the set of kept paths and the compressor, and is cached under the digest of these.
struct Fragment: Hashable, Sendable {
    var package: String
    /// Kept entries, sorted by path; directories too, though the fragment's tar holds only what is not one.
    var entries: [FileEntry]
    /// Where the body of each file starts in the fragment's tar, by index into `entries`; -1 for what has no body.
    var bodies: [Int]
    /// The newest modification time of any entry of the package, kept or not, in seconds.
    var newest: Int
    /// The control paragraph, verbatim.
    var control: String
    /// Kept `usr/share/doc/<package>/copyright`, when this package holds it.
    var copyright: String?
    /// Absolute paths of configuration files, as the package declares them.
    var conffiles: [String] = []
    /// Maintainer scripts and the declaration of triggers, verbatim: what they mean is decided by the table, which changes.
    var scripts: [Script]
    /// Paths of the package that were not taken, sorted; directories left out.
    var dropped: [String]
    /// Bytes of the fragment's tar.
    var tarSize: Int

    struct Script: Hashable, Sendable {
        /// `postinst`, `triggers`.
        var kind: String
        var bytes: [UInt8]
        var text: String { String(decoding: bytes, as: UTF8.self) }
    }
}

/// A fragment of this build.
struct LoadedFragment: Sendable {
    /// What a layer takes of a package.
    struct Choice: Sendable {
        let layer: String
        /// Which lines of the package's listing were taken: enough to make the bytes again.
        let kept: [Bool]
        /// Which of them layers below took already; nil in the lowest.
        let below: [Bool]?
        /// All layers together take only parts of the package.
        let isPartial: Bool
    }

    let key: Digest
    let parcel: Parcel
    /// Counted from the lowest layer that takes something of the package.
    let share: Int
    let choice: Choice
    let manifest: Fragment
    /// The compressed member when it was just made; nil when it lies in the cache.
    let member: [UInt8]?

    var package: LockedPackage { parcel.package }
    var layer: String { choice.layer }
    var isPartial: Bool { choice.isPartial }
}
