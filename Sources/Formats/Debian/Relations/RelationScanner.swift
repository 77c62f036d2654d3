// SPDX-License-Identifier: Apache-2.0

/// Walks over a relationship field byte by byte and says where the parts are, without making a value of any.
struct RelationScanner {
    /// One alternative as ranges into the field.
    struct Raw {
        var name: Range<Int>
        /// Empty when there is none, as all below.
        var qualifier = 0..<0
        var relation: RelationOperator?
        var version = 0..<0
        var architectures = 0..<0
        /// Follows a `|`, so it belongs to the group before.
        var isAlternative: Bool
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var isAfterBar = false

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next alternative; nil at the end of the field.
    mutating func next() throws(DebianError) -> Raw? {
        skipSpace()
        while position < bytes.count, bytes[position] == UInt8(ascii: ","), !isAfterBar {
            position += 1
            skipSpace()
        }
        guard position < bytes.count else {
            if isAfterBar { throw fault("nothing behind the bar") }
            return nil
        }
        var raw = Raw(name: try takeName(), isAlternative: isAfterBar)
        if position < bytes.count, bytes[position] == UInt8(ascii: ":") {
            position += 1
            raw.qualifier = takeWord()
            guard !raw.qualifier.isEmpty else { throw fault("no architecture behind the colon") }
        }
        skipSpace()
        if position < bytes.count, bytes[position] == UInt8(ascii: "(") { try takeConstraint(&raw) }
        if position < bytes.count, bytes[position] == UInt8(ascii: "[") {
            raw.architectures = try takeEnclosed(UInt8(ascii: "]"))
            guard !raw.architectures.isEmpty else { throw fault("an empty architecture list") }
        }
        while position < bytes.count, bytes[position] == UInt8(ascii: "<") { _ = try takeEnclosed(UInt8(ascii: ">")) }
        isAfterBar = false
        guard position < bytes.count else { return raw }
        switch bytes[position] {
        case UInt8(ascii: ","): break
        case UInt8(ascii: "|"): isAfterBar = true
        default: throw fault("a character where a comma or a bar belongs")
        }
        position += 1
        return raw
    }

    private mutating func takeName() throws(DebianError) -> Range<Int> {
        let name = takeWord()
        guard !name.isEmpty, PackageName.isWellFormed(bytes[name]) else {
            position = name.lowerBound
            throw fault("something that is no package name")
        }
        return name
    }

    private mutating func takeConstraint(_ raw: inout Raw) throws(DebianError) {
        position += 1
        skipSpace()
        let start = position
        while position < bytes.count, (0x3C...0x3E).contains(bytes[position]) { position += 1 }
        switch (position - start, start < bytes.count ? bytes[start] : 0, start + 1 < bytes.count ? bytes[start + 1] : 0) {
        case (1, UInt8(ascii: "="), _): raw.relation = .equal
        case (1, UInt8(ascii: "<"), _), (2, UInt8(ascii: "<"), UInt8(ascii: "=")): raw.relation = .earlierOrEqual
        case (1, UInt8(ascii: ">"), _), (2, UInt8(ascii: ">"), UInt8(ascii: "=")): raw.relation = .laterOrEqual
        case (2, UInt8(ascii: "<"), UInt8(ascii: "<")): raw.relation = .earlier
        case (2, UInt8(ascii: ">"), UInt8(ascii: ">")): raw.relation = .later
        default:
            position = start
            throw fault("no comparison")
        }
        skipSpace()
        let version = position
        while position < bytes.count, bytes[position] != UInt8(ascii: ")"), !isSpace(bytes[position]) { position += 1 }
        raw.version = version..<position
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: ")"), !raw.version.isEmpty else {
            throw fault("a version that does not end in a bracket")
        }
        position += 1
        skipSpace()
    }

    private mutating func takeEnclosed(_ end: UInt8) throws(DebianError) -> Range<Int> {
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != end { position += 1 }
        guard position < bytes.count else { throw fault("a list that is not closed") }
        let range = start..<position
        position += 1
        skipSpace()
        return range
    }

    // Up to white space or a character with a meaning of its own.
    private mutating func takeWord() -> Range<Int> {
        let start = position
        scan: while position < bytes.count {
            switch bytes[position] {
            case 0x09...0x0D, 0x20, UInt8(ascii: ","), UInt8(ascii: "|"), UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "<"),
                UInt8(ascii: ":"), UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: ">"):
                break scan
            default: position += 1
            }
        }
        return start..<position
    }

    private mutating func skipSpace() {
        while position < bytes.count, isSpace(bytes[position]) { position += 1 }
    }
    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }
    private func fault(_ reason: String) -> DebianError {
        .badRelation(String(decoding: bytes.prefix(200), as: UTF8.self), offset: position, reason: reason)
    }
}

/// The names of packages, Policy 5.6.1. Upper case is taken too: some third-party archives use it.
package enum PackageName {
    package static func isWellFormed(_ name: String) -> Bool { isWellFormed(name.utf8) }

    static func isWellFormed(_ bytes: some Collection<UInt8>) -> Bool {
        guard let first = bytes.first, bytes.count <= 256, isAlphanumeric(first) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E }
    }
    @inline(__always) static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7A) || (byte >= 0x41 && byte <= 0x5A)
    }
}
