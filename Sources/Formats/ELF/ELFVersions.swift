// SPDX-License-Identifier: Apache-2.0
// Linux Standard Base Core, "Symbol Versioning": .gnu.version_r and .gnu.version_d, found by the dynamic section.

/// The versions of symbols that a program asks of its libraries, and those that a library provides.
package struct SymbolVersions: Hashable, Sendable, Codable {
    /// By the name of the library as in DT_NEEDED; sorted. What is only used when it is there (VER_FLG_WEAK) is left out.
    package var needed: [String: [String]]
    /// Sorted; empty for a library that numbers none.
    package var provided: [String]

    package init(needed: [String: [String]] = [:], provided: [String] = []) {
        self.needed = needed
        self.provided = provided
    }
    package var isEmpty: Bool { needed.isEmpty && provided.isEmpty }
}

extension ELFReader {
    /// The versions of symbols of an ELF file; nil when the bytes do not begin with the ELF mark.
    package static func symbolVersions(of bytes: UnsafeRawBufferPointer) throws(ELFError) -> SymbolVersions? {
        guard let image = try ELFImage(bytes) else { return nil }
        return try VersionSections(image, try image.header().segments)?.versions() ?? SymbolVersions()
    }
}

/// Both sections, read as the dynamic linker reads them.
private struct VersionSections {
    private let image: ELFImage
    private let strings: UnsafeRawBufferPointer
    private let needed: (start: UInt64, count: UInt64)?
    private let provided: (start: UInt64, count: UInt64)?

    private static let maximumEntries: UInt64 = 65536
    /// Libraries one file asks, and versions of each or of its own.
    private static let maximumVersions: UInt64 = 4096
    private static let maximumTextBytes = 1024

    init?(_ image: ELFImage, _ segments: [ELFImage.Segment]) throws(ELFError) {
        guard let segment = segments.first(where: { $0.type == ELFReader.SegmentType.dynamic }), segment.fileSize > 0 else { return nil }
        let width: UInt64 = image.is64 ? 8 : 4
        let entries = segment.fileSize / (2 * width)
        guard entries <= Self.maximumEntries else { throw .tooMany(what: "dynamic entries", limit: Int(Self.maximumEntries)) }
        _ = try image.part(at: segment.offset, size: segment.fileSize, "dynamic section")
        var values: [UInt64: UInt64] = [:]
        for index in 0..<entries {
            let entry = segment.offset + index * 2 * width
            let tag = try image.word(at: entry, "dynamic entry")
            if tag == 0 { break }
            if values[tag] == nil { values[tag] = try image.word(at: entry + width, "dynamic entry") }
        }
        func offset(_ address: UInt64, _ what: String) throws(ELFError) -> UInt64 {
            for part in segments where part.type == ELFReader.SegmentType.load && address >= part.address {
                let delta = address - part.address
                guard delta < part.fileSize else { continue }
                let (result, overflow) = part.offset.addingReportingOverflow(delta)
                guard !overflow, result < UInt64(image.bytes.count) else { break }
                return result
            }
            throw .outOfBounds(what: what, offset: address, fileSize: image.bytes.count)
        }
        func table(_ tag: UInt64, _ countTag: UInt64, _ what: String) throws(ELFError) -> (start: UInt64, count: UInt64)? {
            guard let address = values[tag], let count = values[countTag], count > 0 else { return nil }
            guard count <= Self.maximumVersions else { throw .tooMany(what: what, limit: Int(Self.maximumVersions)) }
            return (try offset(address, what), count)
        }
        self.image = image
        // DT_VERNEED and DT_VERNEEDNUM, DT_VERDEF and DT_VERDEFNUM.
        needed = try table(0x6FFF_FFFE, 0x6FFF_FFFF, "versions that are needed")
        provided = try table(0x6FFF_FFFC, 0x6FFF_FFFD, "versions that are provided")
        guard needed != nil || provided != nil else { return nil }
        guard let names = values[5], let size = values[10] else { throw .malformed(what: "dynamic section", found: "no string table") }
        strings = try image.part(at: try offset(names, "dynamic string table"), size: size, "dynamic string table")
    }

    func versions() throws(ELFError) -> SymbolVersions {
        var result = SymbolVersions()
        if let needed { result.needed = try readNeeded(needed) }
        if let provided { result.provided = try readProvided(provided) }
        return result
    }

    // Elfxx_Verneed: version, number of entries, file, offset of the entries, offset of the next; Elfxx_Vernaux: hash, flags, other,
    // name, next. All offsets are from where they stand, and the same in both classes.
    private func readNeeded(_ table: (start: UInt64, count: UInt64)) throws(ELFError) -> [String: [String]] {
        let what = "versions that are needed"
        var found: [String: Set<String>] = [:]
        var place = table.start
        var budget = Self.maximumVersions
        for _ in 0..<table.count {
            let count = UInt64(try image.read(UInt16.self, at: place + 2, what))
            let file = try text(try image.read(UInt32.self, at: place + 4, what))
            var entry = place + UInt64(try image.read(UInt32.self, at: place + 8, what))
            for _ in 0..<count {
                guard budget > 0 else { throw .tooMany(what: what, limit: Int(Self.maximumVersions)) }
                budget -= 1
                let isWeak = try image.read(UInt16.self, at: entry + 4, what) & 0x2 != 0
                if !isWeak { found[file, default: []].insert(try text(try image.read(UInt32.self, at: entry + 8, what))) }
                let next = UInt64(try image.read(UInt32.self, at: entry + 12, what))
                if next == 0 { break }
                entry += next
            }
            let next = UInt64(try image.read(UInt32.self, at: place + 12, what))
            if next == 0 { break }
            place += next
        }
        return found.mapValues { $0.sorted() }
    }

    // Elfxx_Verdef: version, flags, index, number of names, hash, offset of the names, offset of the next. The first name counts; the
    // others are what it inherits from.
    private func readProvided(_ table: (start: UInt64, count: UInt64)) throws(ELFError) -> [String] {
        let what = "versions that are provided"
        var found: Set<String> = []
        var place = table.start
        for _ in 0..<table.count {
            let names = place + UInt64(try image.read(UInt32.self, at: place + 12, what))
            let isBase = try image.read(UInt16.self, at: place + 2, what) & 0x1 != 0
            if !isBase { found.insert(try text(try image.read(UInt32.self, at: names, what))) }
            let next = UInt64(try image.read(UInt32.self, at: place + 16, what))
            if next == 0 { break }
            place += next
        }
        return found.sorted()
    }

    private func text(_ offset: UInt32) throws(ELFError) -> String {
        guard Int(offset) < strings.count else {
            throw .outOfBounds(what: "name of a version", offset: UInt64(offset), fileSize: image.bytes.count)
        }
        let rest = strings[Int(offset)...].prefix(Self.maximumTextBytes + 1)
        guard let end = rest.firstIndex(of: 0) else { throw .malformed(what: "name of a version", found: "no end within 1024 bytes") }
        return String(decoding: rest[..<end], as: UTF8.self)
    }
}
