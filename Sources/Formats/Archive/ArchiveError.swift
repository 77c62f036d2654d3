// SPDX-License-Identifier: Apache-2.0
package import Base

/// A byte format this module reads.
package enum ArchiveFormat: String, Hashable, Sendable, CaseIterable {
    case ar, tar, gzip, xz, zstd, zip, deflate
}

/// Why bytes were refused. Offsets count bytes from the start of the buffer that was given.
package enum ArchiveError: Diagnosable, Hashable {
    /// The bytes end before the format does.
    case truncated(ArchiveFormat, offset: Int)
    /// The bytes contradict the format.
    case corrupt(ArchiveFormat, offset: Int, reason: String)
    /// A stored checksum differs from the computed one.
    case checksumMismatch(ArchiveFormat, offset: Int)
    /// The content would be larger than the caller allows: a bomb, or a limit set too low.
    case tooLarge(ArchiveFormat, limit: Int)
    /// The decoder would need more memory than it may have.
    case tooMuchMemory(ArchiveFormat, limit: Int)
    /// More members, entries or records than the caller allows.
    case tooMany(ArchiveFormat, what: String, limit: Int)
    /// Well formed, but using a feature that is refused on purpose.
    case unsupported(ArchiveFormat, offset: Int, feature: String)
    /// No known compression has this suffix.
    case unknownSuffix(name: String)
    /// A path inside the archive that must not be unpacked.
    case unsafePath(String, fault: TarPath.Fault)
    /// An entry that cannot be written.
    case notWritable(path: String, reason: String)
    /// The C library failed for a reason of its own.
    case libraryFailure(ArchiveFormat, code: Int)

    package var diagnosis: Diagnosis {
        switch self {
        case .truncated(let format, let offset):
            Diagnosis(
                "archive.truncated", .malformed, "expected more \(format) data, found the end of the bytes at offset \(offset)",
                remedy: "fetch the file again; compare its size with the one its index states")
        case .corrupt(let format, let offset, let reason):
            Diagnosis(
                "archive.corrupt", .malformed, "expected well-formed \(format) data, found \(reason) at offset \(offset)",
                remedy: "fetch the file again; if its digest is right, the file itself is damaged: report it to who published it")
        case .checksumMismatch(let format, let offset):
            Diagnosis(
                "archive.checksum-mismatch", .malformed,
                "expected the stored \(format) checksum, found another one for the data at offset \(offset)",
                remedy: "fetch the file again; if its digest is right, the file itself is damaged: report it to who published it")
        case .tooLarge(let format, let limit):
            Diagnosis(
                "archive.too-large", .policy, "expected at most \(limit) bytes of \(format) content, found more",
                remedy: "look at the file before you trust it; raise the limit only when its size is plausible")
        case .tooMuchMemory(let format, let limit):
            Diagnosis(
                "archive.too-much-memory", .policy,
                "expected \(format) data that decodes within \(limit) bytes of memory, found a larger window",
                remedy: "compress the file again with a smaller dictionary (64 MiB is enough for every preset)")
        case .tooMany(let format, let what, let limit):
            Diagnosis(
                "archive.too-many", .policy, "expected at most \(limit) \(what) in the \(format) data, found more",
                remedy: "look at the file before you trust it; raise the limit only when the number is plausible")
        case .unsupported(let format, let offset, let feature):
            Diagnosis(
                "archive.unsupported", .malformed, "expected plain \(format) data, found \(feature) at offset \(offset)",
                remedy: "write the archive again without it: it is refused on purpose, because readers disagree about it")
        case .unknownSuffix(let name):
            Diagnosis(
                "archive.unknown-suffix", .malformed, "expected a name ending in .xz, .gz, .zst or nothing, found \(name)",
                remedy: "compress the file with xz, gzip or zstd")
        case .unsafePath(let path, let fault):
            Diagnosis(
                "archive.unsafe-path", .untrusted,
                "expected a path that stays inside the archive, found \(fault.words) in \(Self.shown(path))",
                remedy: "do not use this archive: it would write outside its directory or hide a file")
        case .notWritable(let path, let reason):
            Diagnosis(
                "archive.not-writable", .internalFault, "expected an entry a tar can hold, found \(reason) for \(Self.shown(path))",
                remedy: "change the entry; this is a bug when it came from a recipe that was accepted")
        case .libraryFailure(let format, let code):
            Diagnosis(
                "archive.library-failure", .internalFault, "expected the \(format) library to work, found its error \(code)",
                remedy: "free memory and try again; report it when it stays")
        }
    }

    // A hostile path must not reach a terminal with its control characters, nor fill the screen.
    private static func shown(_ path: String) -> String {
        let clean = path.unicodeScalars.prefix(200).map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : Character($0) }
        return "“\(String(clean))”"
    }
}
