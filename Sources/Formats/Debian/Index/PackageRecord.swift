// SPDX-License-Identifier: Apache-2.0
package import Base

/// A binary package as an archive lists it: a place in an index. Fields are read when they are asked for.
package struct PackageRecord: Sendable {
    /// A field that relates the package to others.
    package enum RelationField: Hashable, Sendable, CaseIterable {
        case preDepends, depends, provides, conflicts, breaks, replaces
    }

    let index: PackageIndex
    /// Its place in the order of the archive.
    package let number: Int

    package var name: String { text(.name) }
    package var version: DebianVersion { DebianVersion(checked: text(.version)) }
    /// `amd64` or `all`.
    package var architecture: String { text(.architecture) }
    /// The source package it was built from.
    package var source: String {
        let source = text(.source)
        if source.isEmpty { return name }
        return String(source.prefix { $0 != " " && $0 != "(" })
    }
    /// The version of the source package: differs from `version` after a binary rebuild.
    package var sourceVersion: DebianVersion {
        let source = text(.source)
        guard let open = source.firstIndex(of: "("), let close = source.lastIndex(of: ")"), open < close,
            let version = try? DebianVersion(String(source[source.index(after: open)..<close]))
        else { return version }
        return version
    }
    /// `required`, `important`, `standard`, `optional`, `extra`; may be empty.
    package var priority: String { text(.priority) }
    /// Relative to the archive's base address: `pool/main/g/glibc/libc6_2.41-12_amd64.deb`.
    package var path: String { text(.path) }

    package var digest: Digest {
        index.storage.withBytes { bytes in
            let start = index.recordsStart + 4 * (number * PackageIndexLayout.recordWords + PackageIndexLayout.digestWord)
            return Digest(hex: Hex.encode(bytes[start..<start + 32])) ?? Digest.sha256(of: [])
        }
    }
    /// Bytes of the .deb.
    package var size: Int {
        index.storage.withBytes { bytes in
            let low = index.recordWord(number, PackageIndexLayout.sizeWord, bytes)
            let high = index.recordWord(number, PackageIndexLayout.sizeWord + 1, bytes)
            return Int(UInt64(high & 0x7FFF_FFFF) << 32 | UInt64(low))
        }
    }
    /// KiB that the archive estimates for the unpacked package.
    package var installedSize: Int {
        index.storage.withBytes { Int(index.recordWord(number, PackageIndexLayout.installedSizeWord, $0)) }
    }
    package var isEssential: Bool { flags & PackageIndexLayout.essentialFlag != 0 }
    package var multiArch: MultiArch { MultiArch(rawValue: flags >> PackageIndexLayout.multiArchShift & 3) ?? .no }

    /// A field's relations; empty when the package has no such field.
    package func relations(_ field: RelationField) throws(DebianError) -> [RelationGroup] {
        let place: PackageIndexLayout.Field =
            switch field {
            case .preDepends: .preDepends
            case .depends: .depends
            case .provides: .provides
            case .conflicts: .conflicts
            case .breaks: .breaks
            case .replaces: .replaces
            }
        let outcome = index.storage.withBytes { bytes in
            let range = index.fieldRange(number, place, bytes)
            return Result { () throws(DebianError) in try RelationGroup.parse(UnsafeRawBufferPointer(rebasing: bytes[range])) }
        }
        return try outcome.get()
    }

    /// Orders two packages by version without making Strings: negative when this one is older.
    package func compareVersion(with other: PackageRecord) -> Int {
        index.storage.withBytes { a in
            other.index.storage.withBytes { b in
                DebianVersion.compare(
                    UnsafeRawBufferPointer(rebasing: a[index.fieldRange(number, .version, a)]),
                    UnsafeRawBufferPointer(rebasing: b[other.index.fieldRange(other.number, .version, b)]))
            }
        }
    }

    private var flags: UInt32 { index.storage.withBytes { index.recordWord(number, PackageIndexLayout.flagsWord, $0) } }

    private func text(_ field: PackageIndexLayout.Field) -> String {
        index.storage.withBytes { String(decoding: $0[index.fieldRange(number, field, $0)], as: UTF8.self) }
    }
}
