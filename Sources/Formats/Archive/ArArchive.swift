// SPDX-License-Identifier: Apache-2.0
// deb(5): a .deb is a Unix `ar` archive in the common format, without long names.

/// The members of a .deb, by name and place in the buffer; nothing is copied.
package struct ArArchive: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        /// `data.tar.xz`; a trailing slash of the System V variant is removed.
        package var name: String
        /// Where its bytes are in the buffer.
        package var range: Range<Int>
    }

    package let members: [Member]

    /// Reads the headers of every member. Long names (GNU `//`, BSD `#1/`), symbol tables and equal names are refused.
    package init(_ bytes: UnsafeRawBufferPointer, memberLimit: Int = 64) throws(ArchiveError) {
        guard bytes.count >= 8 else { throw .truncated(.ar, offset: bytes.count) }
        guard bytes.prefix(8).elementsEqual("!<arch>\n".utf8) else {
            throw .corrupt(.ar, offset: 0, reason: "something else than the mark “!<arch>”")
        }
        var members: [Member] = []
        var offset = 8
        while offset < bytes.count {
            guard members.count < memberLimit else { throw .tooMany(.ar, what: "members", limit: memberLimit) }
            guard bytes.count - offset >= 60 else { throw .truncated(.ar, offset: bytes.count) }
            let header = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + 60])
            guard header[58] == 0x60, header[59] == 0x0A else {
                throw .corrupt(.ar, offset: offset + 58, reason: "a member header without its end mark")
            }
            let name = try Self.name(header, at: offset)
            guard let size = Self.decimal(header[48..<58]) else {
                throw .corrupt(.ar, offset: offset + 48, reason: "a member size that is not a decimal number")
            }
            let start = offset + 60
            guard size <= bytes.count - start else { throw .truncated(.ar, offset: bytes.count) }
            guard !members.contains(where: { $0.name == name }) else {
                throw .corrupt(.ar, offset: offset, reason: "a second member of the same name")
            }
            members.append(Member(name: name, range: start..<start + size))
            // Members start at even offsets; the padding byte after the last one may be missing.
            offset = start + size + (size & 1)
        }
        self.members = members
    }

    /// Reads the headers of every member of a .deb held in an array.
    package init(_ bytes: [UInt8], memberLimit: Int = 64) throws(ArchiveError) {
        self = try bytes.withRawBytes { (raw) throws(ArchiveError) in try ArArchive(raw, memberLimit: memberLimit) }
    }

    /// The member of exactly this name; nil when there is none.
    package func member(_ name: String) -> Member? { members.first { $0.name == name } }

    /// The first member whose name starts so: `data.tar`.
    package func member(withPrefix prefix: String) -> Member? { members.first { $0.name.hasPrefix(prefix) } }

    private static func name(_ header: UnsafeRawBufferPointer, at offset: Int) throws(ArchiveError) -> String {
        var end = 16
        while end > 0, header[end - 1] == 0x20 { end -= 1 }
        if header[0] == 0x2F || header.prefix(3).elementsEqual("#1/".utf8) {
            throw .unsupported(.ar, offset: offset, feature: "a long name or a symbol table")
        }
        if end > 1, header[end - 1] == 0x2F { end -= 1 }
        let characters = header[..<end]
        guard end > 0, characters.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x2F }) else {
            throw .corrupt(.ar, offset: offset, reason: "a member name that is empty or not plain ASCII")
        }
        return String(decoding: characters, as: UTF8.self)
    }

    // Digits, then only spaces.
    private static func decimal(_ field: Slice<UnsafeRawBufferPointer>) -> Int? {
        let digits = field.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty, field.dropFirst(digits.count).allSatisfy({ $0 == 0x20 }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}
