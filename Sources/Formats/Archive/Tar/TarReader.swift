// SPDX-License-Identifier: Apache-2.0
// POSIX.1-2017 pax (ustar and pax interchange formats), GNU tar's long names and base-256 numbers.

/// Reads the entries of a tar in a buffer. File bodies are not copied: entries say where they are.
///
/// Every header checksum is verified and every path checked. What tar programs disagree about is refused: sparse files, links
/// and directories with a body, data after the end.
package struct TarReader {
    private let bytes: UnsafeRawBufferPointer
    private let limits: TarLimits
    private var offset = 0
    private var entries = 0
    private var bodyBytes = 0
    private var defaults = PAXRecords()
    private var isAtEnd = false

    /// Reads from a buffer, which must outlive the reader.
    package init(_ bytes: UnsafeRawBufferPointer, limits: TarLimits = TarLimits()) {
        self.bytes = bytes
        self.limits = limits
    }

    /// All entries of a tar held in an array; bodies are `bytes[entry.body]`.
    package static func entries(of bytes: [UInt8], limits: TarLimits = TarLimits()) throws(ArchiveError) -> [TarEntry] {
        try bytes.withRawBytes { (raw) throws(ArchiveError) in try entries(of: raw, limits: limits) }
    }

    /// All entries of a tar; bodies are `bytes[entry.body]`.
    package static func entries(of bytes: UnsafeRawBufferPointer, limits: TarLimits = TarLimits()) throws(ArchiveError) -> [TarEntry] {
        var reader = TarReader(bytes, limits: limits)
        var entries: [TarEntry] = []
        while let entry = try reader.next() { entries.append(entry) }
        return entries
    }

    /// The next entry; nil after the last.
    package mutating func next() throws(ArchiveError) -> TarEntry? {
        guard !isAtEnd else { return nil }
        var records = defaults
        var hasExtension = false
        while let header = try nextHeader() {
            entries += 1
            guard entries <= limits.entries else { throw .tooMany(.tar, what: "entries", limit: limits.entries) }
            switch header.typeFlag {
            case UInt8(ascii: "x"): try records.read(try extensionBody(header), at: header.offset + TarHeaderBlock.size)
            case UInt8(ascii: "g"):
                let body = try extensionBody(header)
                try defaults.read(body, at: header.offset + TarHeaderBlock.size)
                guard defaults.path == nil, defaults.linkPath == nil, defaults.size == nil else {
                    throw .unsupported(.tar, offset: header.offset, feature: "a path or size for all entries")
                }
                try records.read(body, at: header.offset + TarHeaderBlock.size)
            case UInt8(ascii: "L"): records.path = try longName(header)
            case UInt8(ascii: "K"): records.linkPath = try longName(header)
            default: return try entry(header, records)
            }
            hasExtension = true
        }
        if hasExtension, isDangling(records) { throw .truncated(.tar, offset: offset) }
        return nil
    }

    // A global header may stand at the very end; one for a next entry may not.
    private func isDangling(_ records: PAXRecords) -> Bool {
        records.path != nil || records.linkPath != nil || records.size != nil
    }

    private mutating func nextHeader() throws(ArchiveError) -> TarHeaderBlock? {
        if offset == bytes.count {
            isAtEnd = true
            guard limits.end == .optional else { throw .truncated(.tar, offset: offset) }
            return nil
        }
        guard bytes.count - offset >= TarHeaderBlock.size else { throw .truncated(.tar, offset: bytes.count) }
        let block = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + TarHeaderBlock.size])
        if block[0] == 0, block.allSatisfy({ $0 == 0 }) {
            try readEnd()
            return nil
        }
        let header = try TarHeaderBlock(block, offset: offset)
        offset += TarHeaderBlock.size
        return header
    }

    // Two zero blocks, then nothing but zeros: bytes behind the end are seen by some programs and not by others.
    private mutating func readEnd() throws(ArchiveError) {
        isAtEnd = true
        guard bytes.count - offset >= 2 * TarHeaderBlock.size else { throw .truncated(.tar, offset: bytes.count) }
        if let stray = bytes[offset...].firstIndex(where: { $0 != 0 }) {
            throw .corrupt(.tar, offset: stray, reason: "data after the end")
        }
    }

    private mutating func extensionBody(_ header: TarHeaderBlock) throws(ArchiveError) -> UnsafeRawBufferPointer {
        let range = try takeBody(try header.count(124..<136, "size"), limit: limits.extensionBytes, what: "bytes in an extension header")
        return UnsafeRawBufferPointer(rebasing: bytes[range])
    }

    private mutating func longName(_ header: TarHeaderBlock) throws(ArchiveError) -> String {
        let body = try extensionBody(header)
        let end = body.firstIndex(of: 0) ?? body.count
        return try PAXRecords.text(UnsafeRawBufferPointer(rebasing: body[..<end]))
    }

    // The range of a body, which is padded to whole blocks.
    private mutating func takeBody(_ size: Int, limit: Int, what: String) throws(ArchiveError) -> Range<Int> {
        guard size <= limit else { throw .tooMany(.tar, what: what, limit: limit) }
        guard size <= bytes.count - offset else { throw .truncated(.tar, offset: bytes.count) }
        let range = offset..<offset + size
        let padded = (size + TarHeaderBlock.size - 1) / TarHeaderBlock.size * TarHeaderBlock.size
        guard padded <= bytes.count - offset else { throw .truncated(.tar, offset: bytes.count) }
        offset += padded
        return range
    }

    private mutating func entry(_ header: TarHeaderBlock, _ records: PAXRecords) throws(ArchiveError) -> TarEntry {
        // `??` would lose the type of the error.
        let rawPath = if let path = records.path { path } else { try header.path() }
        let linkName = if let path = records.linkPath { path } else { try header.linkName() }
        let size = if let size = records.size { size } else { try header.count(124..<136, "size") }
        let uid = if let uid = records.uid { uid } else { try header.count(108..<116, "user id") }
        let gid = if let gid = records.gid { gid } else { try header.count(116..<124, "group id") }
        let modified = if let modified = records.modified { modified } else { try header.number(136..<148, "time") }
        let kind = try Self.kind(header, rawPath: rawPath)
        guard kind == .file || size == 0 else {
            throw .unsupported(.tar, offset: header.offset, feature: "a \(kind.rawValue) with a body")
        }
        let path = TarPath.normalise(rawPath)
        let isRoot = path.isEmpty && !rawPath.isEmpty && kind == .directory
        if !isRoot { try TarPath.check(path) }
        let body = try takeBody(size, limit: limits.bodyBytes - bodyBytes, what: "bytes of files")
        bodyBytes += size
        return TarEntry(
            path: path, rawPath: rawPath, kind: kind, mode: try header.count(100..<108, "mode") & 0o7777, uid: uid, gid: gid,
            modified: modified, target: try Self.target(of: kind, linkName), extendedAttributes: records.extendedAttributes,
            body: body)
    }

    private static func kind(_ header: TarHeaderBlock, rawPath: String) throws(ArchiveError) -> TarEntry.Kind {
        switch header.typeFlag {
        case UInt8(ascii: "0"), UInt8(ascii: "7"), 0:
            // Before ustar a trailing slash made the directory; with it, the two would contradict each other.
            guard rawPath.utf8.last == 0x2F else { return .file }
            guard header.dialect == .v7 else {
                throw .unsupported(.tar, offset: header.offset, feature: "a file whose name ends in a slash")
            }
            return .directory
        case UInt8(ascii: "1"): return .hardlink
        case UInt8(ascii: "2"): return .symlink
        case UInt8(ascii: "3"): return .characterDevice
        case UInt8(ascii: "4"): return .blockDevice
        case UInt8(ascii: "5"): return .directory
        case UInt8(ascii: "6"): return .fifo
        default:
            throw .unsupported(.tar, offset: header.offset + 156, feature: "an entry of type \(header.typeFlag)")
        }
    }

    private static func target(of kind: TarEntry.Kind, _ linkName: String) throws(ArchiveError) -> String? {
        switch kind {
        case .symlink:
            let count = linkName.utf8.count
            if count == 0 { throw .unsafePath(linkName, fault: .empty) }
            if count > TarPath.maximumBytes { throw .unsafePath(linkName, fault: .tooLong(bytes: count)) }
            if linkName.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { throw .unsafePath(linkName, fault: .controlCharacter) }
            return linkName
        case .hardlink:
            let target = TarPath.normalise(linkName)
            try TarPath.check(target)
            return target
        default: return nil
        }
    }
}
