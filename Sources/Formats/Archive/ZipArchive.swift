// SPDX-License-Identifier: Apache-2.0
// APPNOTE.TXT 6.3.10, .ZIP File Format Specification

/// A ZIP archive in a buffer: its central directory is read, members are unpacked one by one when asked for.
///
/// Every number is held against the buffer and the limits. Encrypted members and those of unknown methods are listed and cannot be read.
package struct ZipArchive {
    package struct Member: Hashable, Sendable {
        /// As written, with what is not UTF-8 replaced; only to be compared, never to be written to.
        package var name: String
        package var size: Int
        package var isDirectory: Bool { name.utf8.last == 0x2F }
        var packedSize: Int
        var method: UInt16
        var isEncrypted: Bool
        var headerOffset: Int
        var checksum: UInt32
    }
    package let members: [Member]
    private let bytes: UnsafeRawBufferPointer
    /// Where offsets are counted from: programs stand in front of some archives.
    private let base: Int

    /// Reads the directory of an archive; the buffer must outlive it.
    package init(_ bytes: UnsafeRawBufferPointer, memberLimit: Int = 200_000) throws(ArchiveError) {
        self.bytes = bytes
        let end = try Self.endRecord(bytes)
        var count = Int(try Self.number(UInt16.self, bytes, end + 10))
        var size = Int(try Self.number(UInt32.self, bytes, end + 12))
        var start = Int(try Self.number(UInt32.self, bytes, end + 16))
        var directoryEnd = end
        if count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF, let wide = try Self.wideRecord(bytes, end) {
            count = Int(clamping: try Self.number(UInt64.self, bytes, wide + 32))
            size = Int(clamping: try Self.number(UInt64.self, bytes, wide + 40))
            start = Int(clamping: try Self.number(UInt64.self, bytes, wide + 48))
            directoryEnd = wide
        }
        guard count <= memberLimit else { throw .tooMany(.zip, what: "members", limit: memberLimit) }
        guard size <= directoryEnd, start <= directoryEnd - size else {
            throw .corrupt(.zip, offset: end, reason: "a directory that lies outside the file")
        }
        base = directoryEnd - size - start
        members = try Self.directory(bytes, at: directoryEnd - size, end: directoryEnd, count: count)
    }

    /// A member's content of at most `limit` bytes, held against its checksum.
    package func content(of member: Member, limit: Int) throws(ArchiveError) -> [UInt8] {
        guard member.size <= limit else { throw .tooLarge(.zip, limit: limit) }
        guard !member.isEncrypted else { throw .unsupported(.zip, offset: member.headerOffset, feature: "an encrypted member") }
        let (header, overflow) = member.headerOffset.addingReportingOverflow(base)
        guard !overflow, header >= 0, try Self.number(UInt32.self, bytes, header) == 0x0403_4B50 else {
            throw .corrupt(.zip, offset: member.headerOffset, reason: "no member where the directory says")
        }
        let start =
            header + 30 + Int(try Self.number(UInt16.self, bytes, header + 26)) + Int(try Self.number(UInt16.self, bytes, header + 28))
        guard start <= bytes.count, member.packedSize <= bytes.count - start else { throw .truncated(.zip, offset: bytes.count) }
        let packed = UnsafeRawBufferPointer(rebasing: bytes[start..<start + member.packedSize])
        let content: [UInt8]
        switch member.method {
        case 0:
            guard member.packedSize == member.size else { throw .corrupt(.zip, offset: start, reason: "two sizes of one member") }
            content = Array(packed)
        case 8: content = member.size == 0 ? [] : try Inflate.decode(packed, size: member.size)
        default: throw .unsupported(.zip, offset: header, feature: "the compression method \(member.method)")
        }
        guard CRC32.of(content) == member.checksum else { throw .checksumMismatch(.zip, offset: start) }
        return content
    }

    // The record stands at the end, behind it a comment of at most 65535 bytes.
    private static func endRecord(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) -> Int {
        guard bytes.count >= 22 else { throw .truncated(.zip, offset: bytes.count) }
        var position = bytes.count - 22
        let lowest = max(0, position - 0xFFFF)
        while position >= lowest {
            if bytes[position] == 0x50, try number(UInt32.self, bytes, position) == 0x0605_4B50,
                position + 22 + Int(try number(UInt16.self, bytes, position + 20)) <= bytes.count
            {
                return position
            }
            position -= 1
        }
        throw .corrupt(.zip, offset: bytes.count, reason: "no end of a central directory")
    }

    private static func wideRecord(_ bytes: UnsafeRawBufferPointer, _ end: Int) throws(ArchiveError) -> Int? {
        guard end >= 20, try number(UInt32.self, bytes, end - 20) == 0x0706_4B50 else { return nil }
        let offset = Int(clamping: try number(UInt64.self, bytes, end - 12))
        guard offset <= bytes.count - 56, try number(UInt32.self, bytes, offset) == 0x0606_4B50 else {
            throw .corrupt(.zip, offset: end - 20, reason: "a ZIP64 record that is not there")
        }
        return offset
    }

    private static func directory(
        _ bytes: UnsafeRawBufferPointer, at start: Int, end: Int, count: Int
    ) throws(ArchiveError) -> [Member] {
        var members: [Member] = []
        var position = start
        for _ in 0..<count {
            guard position + 46 <= end, try number(UInt32.self, bytes, position) == 0x0201_4B50 else {
                throw .corrupt(.zip, offset: position, reason: "a directory with fewer members than it states")
            }
            let nameLength = Int(try number(UInt16.self, bytes, position + 28))
            let extraLength = Int(try number(UInt16.self, bytes, position + 30))
            let commentLength = Int(try number(UInt16.self, bytes, position + 32))
            let next = position + 46 + nameLength + extraLength + commentLength
            guard next <= end else { throw .corrupt(.zip, offset: position, reason: "a member's name that leaves the directory") }
            var member = Member(
                name: String(decoding: bytes[position + 46..<position + 46 + nameLength], as: UTF8.self),
                size: Int(try number(UInt32.self, bytes, position + 24)), packedSize: Int(try number(UInt32.self, bytes, position + 20)),
                method: try number(UInt16.self, bytes, position + 10),
                isEncrypted: try number(UInt16.self, bytes, position + 8) & 1 != 0,
                headerOffset: Int(try number(UInt32.self, bytes, position + 42)), checksum: try number(UInt32.self, bytes, position + 16))
            try widen(&member, bytes, position + 46 + nameLength, count: extraLength)
            members.append(member)
            position = next
        }
        return members
    }

    // The ZIP64 extra field holds, in this order, those of the numbers that did not fit.
    private static func widen(
        _ member: inout Member, _ bytes: UnsafeRawBufferPointer, _ start: Int, count: Int
    ) throws(ArchiveError) {
        var position = start
        let end = start + count
        while position + 4 <= end {
            let tag = try number(UInt16.self, bytes, position)
            let length = Int(try number(UInt16.self, bytes, position + 2))
            var field = position + 4
            position = field + length
            guard tag == 1, position <= end else { continue }
            for key in [\Member.size, \Member.packedSize, \Member.headerOffset] where member[keyPath: key] == 0xFFFF_FFFF {
                guard field + 8 <= position else { break }
                member[keyPath: key] = Int(clamping: try number(UInt64.self, bytes, field))
                field += 8
            }
        }
    }

    private static func number<Number: FixedWidthInteger & UnsignedInteger>(
        _: Number.Type, _ bytes: UnsafeRawBufferPointer, _ offset: Int
    ) throws(ArchiveError) -> Number {
        guard offset >= 0, offset <= bytes.count - MemoryLayout<Number>.size else { throw .truncated(.zip, offset: bytes.count) }
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}
