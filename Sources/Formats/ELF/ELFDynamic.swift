// SPDX-License-Identifier: Apache-2.0
// gABI chapter 5, "Dynamic Section"; DF_1_* are GNU and Solaris extensions.

/// The dynamic section: which libraries are needed and how they are found and bound.
struct ELFDynamic {
    private(set) var soname: String?
    private(set) var needed: [String] = []
    private(set) var runPath: [String] = []
    private(set) var isBoundAtStart = false
    private(set) var hasTextRelocations = false
    /// DF_1_PIE.
    private(set) var isPIE = false

    private static let maximumEntries = 65536
    private static let maximumTextBytes: UInt64 = 4096

    /// Empty for a file without a dynamic section, as static programs and separate debug files are.
    init(_ image: ELFImage, _ segments: [ELFImage.Segment]) throws(ELFError) {
        guard let segment = segments.first(where: { $0.type == ELFReader.SegmentType.dynamic }), segment.fileSize > 0 else { return }
        let section = try image.part(at: segment.offset, size: segment.fileSize, "dynamic section")
        let width: UInt64 = image.is64 ? 8 : 4
        let count = section.count / Int(2 * width)
        guard count <= Self.maximumEntries else { throw .tooMany(what: "dynamic entries", limit: Self.maximumEntries) }

        var names: [UInt64] = []
        var sonameOffset: UInt64?
        var runPathOffset: UInt64?
        var rPathOffset: UInt64?
        var stringTable: UInt64?
        var stringTableSize: UInt64?
        scan: for index in 0..<UInt64(count) {
            let entry = segment.offset + index * 2 * width
            let value = try image.word(at: entry + width, "dynamic entry")
            switch try image.word(at: entry, "dynamic entry") {
            case 0: break scan  // DT_NULL
            case 1: names.append(value)  // DT_NEEDED
            case 5: stringTable = value  // DT_STRTAB
            case 10: stringTableSize = value  // DT_STRSZ
            case 14: sonameOffset = value  // DT_SONAME
            case 15: rPathOffset = value  // DT_RPATH
            case 22: hasTextRelocations = true  // DT_TEXTREL
            case 24: isBoundAtStart = true  // DT_BIND_NOW
            case 29: runPathOffset = value  // DT_RUNPATH
            case 30:  // DT_FLAGS
                if value & 0x4 != 0 { hasTextRelocations = true }  // DF_TEXTREL
                if value & 0x8 != 0 { isBoundAtStart = true }  // DF_BIND_NOW
            case 0x6FFF_FFFB:  // DT_FLAGS_1
                if value & 0x1 != 0 { isBoundAtStart = true }  // DF_1_NOW
                if value & 0x0800_0000 != 0 { isPIE = true }  // DF_1_PIE
            default: break
            }
        }

        let wanted = names.count + [sonameOffset, runPathOffset, rPathOffset].compactMap(\.self).count
        guard wanted > 0 else { return }
        guard let stringTable, let stringTableSize else { throw .malformed(what: "dynamic section", found: "no string table") }
        let strings = try Self.part(image, segments, at: stringTable, size: stringTableSize)
        for name in names { needed.append(try Self.text(strings, at: name, image)) }
        if let sonameOffset { soname = try Self.text(strings, at: sonameOffset, image) }
        // DT_RPATH is ignored by the linker when there is a DT_RUNPATH.
        if let offset = runPathOffset ?? rPathOffset {
            runPath = try Self.text(strings, at: offset, image).split(separator: ":").map(String.init)
        }
    }

    // Addresses become file offsets through the PT_LOAD segment that holds them.
    private static func part(
        _ image: ELFImage, _ segments: [ELFImage.Segment], at address: UInt64, size: UInt64
    ) throws(ELFError) -> UnsafeRawBufferPointer {
        for segment in segments where segment.type == ELFReader.SegmentType.load && address >= segment.address {
            let delta = address - segment.address
            guard delta < segment.fileSize else { continue }
            let (offset, overflow) = segment.offset.addingReportingOverflow(delta)
            guard !overflow, size <= segment.fileSize - delta else { break }
            return try image.part(at: offset, size: size, "dynamic string table")
        }
        throw .outOfBounds(what: "dynamic string table", offset: address, fileSize: image.bytes.count)
    }

    private static func text(_ strings: UnsafeRawBufferPointer, at offset: UInt64, _ image: ELFImage) throws(ELFError) -> String {
        guard offset < UInt64(strings.count) else {
            throw .outOfBounds(what: "dynamic string", offset: offset, fileSize: image.bytes.count)
        }
        let rest = strings[Int(offset)...].prefix(Int(maximumTextBytes) + 1)
        guard let end = rest.firstIndex(of: 0) else { throw .malformed(what: "dynamic string", found: "no end within 4096 bytes") }
        return String(decoding: rest[..<end], as: UTF8.self)
    }
}
