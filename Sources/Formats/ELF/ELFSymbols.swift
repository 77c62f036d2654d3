// SPDX-License-Identifier: Apache-2.0
// gABI chapter 5, "Symbol Table" and "Hash Table"; the GNU hash table as binutils writes it.

extension ELFReader {
    /// Whether the dynamic symbol table names one of these symbols, defined here or asked of others; the names that it has.
    ///
    /// Nil when the bytes are no ELF file, or have no dynamic symbol table: nothing can be said then.
    package static func dynamicSymbols(_ wanted: Set<String>, in bytes: UnsafeRawBufferPointer) throws(ELFError) -> Set<String>? {
        guard let image = try ELFImage(bytes) else { return nil }
        return try ELFSymbols(image, try image.header().segments)?.names(among: wanted)
    }

    package static func dynamicSymbols(_ wanted: Set<String>, in bytes: [UInt8]) throws(ELFError) -> Set<String>? {
        try bytes.withUnsafeBufferPointer { (buffer) throws(ELFError) in try dynamicSymbols(wanted, in: UnsafeRawBufferPointer(buffer)) }
    }
}

/// The dynamic symbol table, found as the dynamic linker finds it: by the dynamic section, with its length from a hash table.
private struct ELFSymbols {
    private let image: ELFImage
    private let table: UInt64
    private let count: UInt64
    private let strings: UnsafeRawBufferPointer

    private static let maximumEntries = 65536
    private static let maximumSymbols: UInt64 = 4_000_000

    init?(_ image: ELFImage, _ segments: [ELFImage.Segment]) throws(ELFError) {
        guard let segment = segments.first(where: { $0.type == ELFReader.SegmentType.dynamic }), segment.fileSize > 0 else { return nil }
        let width: UInt64 = image.is64 ? 8 : 4
        let entries = segment.fileSize / (2 * width)
        guard entries <= UInt64(Self.maximumEntries) else { throw .tooMany(what: "dynamic entries", limit: Self.maximumEntries) }
        _ = try image.part(at: segment.offset, size: segment.fileSize, "dynamic section")
        var values: [UInt64: UInt64] = [:]
        for index in 0..<entries {
            let entry = segment.offset + index * 2 * width
            let tag = try image.word(at: entry, "dynamic entry")
            if tag == 0 { break }
            if values[tag] == nil { values[tag] = try image.word(at: entry + width, "dynamic entry") }
        }
        guard let symbols = values[6], let names = values[5], let size = values[10] else { return nil }
        func offset(_ address: UInt64, _ what: String) throws(ELFError) -> UInt64 {
            for part in segments where part.type == ELFReader.SegmentType.load && address >= part.address {
                let delta = address - part.address
                guard delta < part.fileSize else { continue }
                let (result, overflow) = part.offset.addingReportingOverflow(delta)
                guard !overflow else { break }
                return result
            }
            throw .outOfBounds(what: what, offset: address, fileSize: image.bytes.count)
        }
        self.image = image
        table = try offset(symbols, "symbol table")
        strings = try image.part(at: try offset(names, "dynamic string table"), size: size, "dynamic string table")
        if let hash = values[4] {  // DT_HASH: nbucket, nchain; there is a chain entry for each symbol.
            count = UInt64(try image.read(UInt32.self, at: try offset(hash, "hash table") + 4, "hash table"))
        } else if let hash = values[0x6FFF_FEF5] {  // DT_GNU_HASH
            count = try Self.count(image, try offset(hash, "GNU hash table"))
        } else {
            return nil
        }
        guard count <= Self.maximumSymbols else { throw .tooMany(what: "dynamic symbols", limit: Int(Self.maximumSymbols)) }
    }

    // The last chain ends where its lowest bit is set: one behind it is the number of symbols.
    private static func count(_ image: ELFImage, _ start: UInt64) throws(ELFError) -> UInt64 {
        let what = "GNU hash table"
        let buckets = UInt64(try image.read(UInt32.self, at: start, what))
        let first = UInt64(try image.read(UInt32.self, at: start + 4, what))
        let bloom = UInt64(try image.read(UInt32.self, at: start + 8, what))
        guard buckets <= maximumSymbols, bloom <= maximumSymbols else { throw .tooMany(what: "hash buckets", limit: Int(maximumSymbols)) }
        let heads = start + 16 + bloom * (image.is64 ? 8 : 4)
        var last: UInt64 = 0
        for index in 0..<buckets { last = Swift.max(last, UInt64(try image.read(UInt32.self, at: heads + index * 4, what))) }
        guard last >= first else { return first }
        let chains = heads + buckets * 4
        while try image.read(UInt32.self, at: chains + (last - first) * 4, what) & 1 == 0 {
            last += 1
            guard last <= maximumSymbols else { throw .tooMany(what: "dynamic symbols", limit: Int(maximumSymbols)) }
        }
        return last + 1
    }

    func names(among wanted: Set<String>) throws(ELFError) -> Set<String> {
        let size: UInt64 = image.is64 ? 24 : 16
        _ = try image.part(at: table, size: count * size, "symbol table")
        let spelled = wanted.map { (text: $0, bytes: Array($0.utf8)) }
        var found: Set<String> = []
        for index in 0..<count {
            let name = UInt64(try image.read(UInt32.self, at: table + index * size, "symbol"))
            guard name != 0 else { continue }
            guard name < UInt64(strings.count) else {
                throw .outOfBounds(what: "name of a symbol", offset: name, fileSize: image.bytes.count)
            }
            let rest = strings[Int(name)...]
            for (text, bytes) in spelled
            where rest.count > bytes.count && rest.starts(with: bytes) && rest[rest.startIndex + bytes.count] == 0 {
                found.insert(text)
            }
        }
        return found
    }
}
