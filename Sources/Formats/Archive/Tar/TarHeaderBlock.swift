// SPDX-License-Identifier: Apache-2.0
// POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".

/// The 512 bytes in front of each entry, field by field.
struct TarHeaderBlock {
    static let size = 512

    let bytes: UnsafeRawBufferPointer
    /// Of the block in the whole buffer, for errors.
    let offset: Int

    enum Dialect { case v7, ustar, gnu }

    init(_ bytes: UnsafeRawBufferPointer, offset: Int) throws(ArchiveError) {
        self.bytes = bytes
        self.offset = offset
        guard let stored = Self.octal(bytes[148..<156]) else {
            throw .corrupt(.tar, offset: offset + 148, reason: "a header checksum that is not an octal number")
        }
        // Old programs summed signed characters; both sums are accepted, as everywhere.
        var unsigned = 8 * 0x20
        var signed = 8 * 0x20
        for index in 0..<Self.size where !(148..<156).contains(index) {
            unsigned += Int(bytes[index])
            signed += Int(Int8(bitPattern: bytes[index]))
        }
        guard stored == unsigned || stored == signed else { throw .checksumMismatch(.tar, offset: offset) }
    }

    var typeFlag: UInt8 { bytes[156] }

    var dialect: Dialect {
        if bytes[257..<263].elementsEqual("ustar\0".utf8) { return .ustar }
        return bytes[257..<265].elementsEqual("ustar  \0".utf8) ? .gnu : .v7
    }

    /// Prefix and name joined; GNU uses the bytes of the prefix for something else.
    func path() throws(ArchiveError) -> String {
        let name = try text(0..<100)
        guard dialect == .ustar, bytes[345] != 0 else { return name }
        return try text(345..<500) + "/" + name
    }

    /// Path and name of a link as they are, with what is not UTF-8 replaced.
    var lossyPath: String {
        let name = String(decoding: bytes[0..<100].prefix { $0 != 0 }, as: UTF8.self)
        guard dialect == .ustar, bytes[345] != 0 else { return name }
        return String(decoding: bytes[345..<500].prefix { $0 != 0 }, as: UTF8.self) + "/" + name
    }
    var lossyLinkName: String { String(decoding: bytes[157..<257].prefix { $0 != 0 }, as: UTF8.self) }

    func linkName() throws(ArchiveError) -> String { try text(157..<257) }

    /// The bytes of a field up to its first NUL.
    private func text(_ range: Range<Int>) throws(ArchiveError) -> String {
        let field = bytes[range].prefix { $0 != 0 }
        guard let text = String(validating: field, as: UTF8.self) else {
            throw .unsafePath(String(decoding: field, as: UTF8.self), fault: .notUTF8)
        }
        return text
    }

    func number(_ range: Range<Int>, _ what: String) throws(ArchiveError) -> Int {
        let value = bytes[range.lowerBound] & 0x80 != 0 ? Self.base256(bytes[range]) : Self.octal(bytes[range])
        guard let value else { throw .corrupt(.tar, offset: offset + range.lowerBound, reason: "a \(what) that is not a number") }
        return value
    }

    /// A number that cannot be negative.
    func count(_ range: Range<Int>, _ what: String) throws(ArchiveError) -> Int {
        let value = try number(range, what)
        guard value >= 0 else { throw .corrupt(.tar, offset: offset + range.lowerBound, reason: "a negative \(what)") }
        return value
    }

    // Leading spaces, octal digits, then NULs or spaces; empty is zero.
    private static func octal(_ field: Slice<UnsafeRawBufferPointer>) -> Int? {
        let trimmed = field.drop { $0 == 0x20 }
        let digits = trimmed.prefix { (0x30...0x37).contains($0) }
        guard trimmed.dropFirst(digits.count).allSatisfy({ $0 == 0 || $0 == 0x20 }) else { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 & 7) }
    }

    // GNU: the first bit marks it, the rest is a two's complement number, most significant byte first.
    private static func base256(_ field: Slice<UnsafeRawBufferPointer>) -> Int? {
        guard let first = field.first else { return nil }
        // Bit 6 is the sign once the mark is taken away.
        var value = first & 0x40 != 0 ? -1 : 0
        for (index, byte) in field.enumerated() {
            let digit = index == 0 ? Int(byte & 0x7F) | (value < 0 ? 0x80 : 0) : Int(byte)
            let (product, overflow) = value.multipliedReportingOverflow(by: 256)
            guard !overflow else { return nil }
            value = product | digit
        }
        return value
    }
}
