// SPDX-License-Identifier: Apache-2.0
// System V ABI (gABI), chapter 4 "Sections".

/// The parts of an ELF file that compilers leave for tools: found by name in the section headers, and by address in the segments.
///
/// The dynamic linker reads no section header, so what they say is a claim like any other file's content.
package struct ELFSections {
    /// Ranges in the file of the sections that have bytes there, by name.
    package let sections: [String: Range<Int>]
    package let is64: Bool
    package let isLittleEndian: Bool
    /// The first segment that is loaded writable, where the data of old Go programs begins.
    package let data: Range<Int>?
    private let loaded: [(address: UInt64, range: Range<Int>)]

    /// More sections than this are not looked at.
    private static let limit = 4096

    /// Nil when the bytes do not begin with the ELF mark. Without readable section headers there are no sections.
    package init?(_ bytes: UnsafeRawBufferPointer) throws(ELFError) {
        guard let image = try ELFImage(bytes) else { return nil }
        is64 = image.is64
        isLittleEndian = image.isLittleEndian
        let header = try image.header()
        let segments = header.segments.filter { $0.type == ELFReader.SegmentType.load }
        func range(_ segment: ELFImage.Segment) -> Range<Int>? {
            guard let part = try? image.part(at: segment.offset, size: segment.fileSize, "segment") else { return nil }
            return Int(segment.offset)..<Int(segment.offset) + part.count
        }
        loaded = segments.compactMap { segment in range(segment).map { (segment.address, $0) } }
        data = segments.first { $0.flags & 3 == 2 }.flatMap(range)
        sections = (try? Self.read(image)) ?? [:]
    }

    /// The place in the file of `count` bytes that are loaded at an address; nil when they are not.
    package func range(ofAddress address: UInt64, count: Int) -> Range<Int>? {
        for (start, range) in loaded where address >= start {
            let distance = address - start
            guard distance < UInt64(range.count), count >= 0, count <= range.count - Int(distance) else { continue }
            let lower = range.lowerBound + Int(distance)
            return lower..<lower + count
        }
        return nil
    }

    private static func read(_ image: ELFImage) throws(ELFError) -> [String: Range<Int>] {
        let table = try image.word(at: image.is64 ? 40 : 32, "section headers")
        let size = UInt64(try image.read(UInt16.self, at: image.is64 ? 58 : 46, "size of a section header"))
        let count = Int(try image.read(UInt16.self, at: image.is64 ? 60 : 48, "number of sections"))
        let names = Int(try image.read(UInt16.self, at: image.is64 ? 62 : 50, "section of names"))
        guard table > 0, count > 0, count <= limit, names < count, size >= (image.is64 ? 64 : 40) else { return [:] }
        func place(_ index: Int) throws(ELFError) -> (name: UInt32, type: UInt32, offset: UInt64, size: UInt64) {
            let (start, overflow) = table.addingReportingOverflow(UInt64(index) * size)
            guard !overflow else { throw .outOfBounds(what: "section header", offset: table, fileSize: image.bytes.count) }
            return (
                try image.read(UInt32.self, at: start, "section"), try image.read(UInt32.self, at: start + 4, "section"),
                try image.word(at: start + (image.is64 ? 24 : 16), "section"), try image.word(at: start + (image.is64 ? 32 : 20), "section")
            )
        }
        let strings = try place(names)
        let text = try image.part(at: strings.offset, size: strings.size, "names of sections")
        var found: [String: Range<Int>] = [:]
        for index in 1..<max(count, 1) {
            let section = try place(index)
            // SHT_NOBITS has no bytes in the file.
            guard section.type != 8, Int(section.name) < text.count, section.size > 0 else { continue }
            guard let part = try? image.part(at: section.offset, size: section.size, "section") else { continue }
            let name = String(decoding: text[Int(section.name)...].prefix(64).prefix { $0 != 0 }, as: UTF8.self)
            if found[name] == nil { found[name] = Int(section.offset)..<Int(section.offset) + part.count }
        }
        return found
    }
}
