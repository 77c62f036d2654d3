// SPDX-License-Identifier: Apache-2.0

extension PackageIndexBuilder {
    /// Where the fields of the current paragraph stand in the text that is being parsed.
    struct Stanza {
        /// Start and end of each kept field, in the order of `Layout.Field`; -1 when absent. Behind them the fields that are not
        /// copied to the pool.
        var starts = InlineArray<17, Int>(repeating: -1)
        var ends = InlineArray<17, Int>(repeating: -1)
        /// The field that a continuation line belongs to; -1 for one that is not kept.
        var open = -1
        var isEmpty = true

        static let digest = 12
        static let size = 13
        static let installedSize = 14
        static let multiArch = 15
        static let essential = 16
    }

    /// Parses whole paragraphs; the last may lack its empty line when `finish` says so.
    mutating func parse(_ text: UnsafeRawBufferPointer) throws(DebianError) {
        var start = 0
        while start < text.count {
            let end = LineScan.end(of: start, in: text)
            if end == start {
                try finishStanza(text)
            } else {
                try take(text, start, end)
            }
            start = end + 1
        }
        // Only the last paragraph of a file comes without an empty line behind it.
        try finishStanza(text)
    }

    @inline(__always)
    private mutating func take(_ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int) throws(DebianError) {
        let first = text[start]
        if first == 0x20 || first == 0x09 {
            if stanza.open >= 0 { stanza.ends[stanza.open] = end }
            return
        }
        stanza.isEmpty = false
        stanza.open = -1
        let (field, length) = FieldNames.field(text, start, end)
        guard field >= 0, text[start + length - 1] == 0x3A else { return }
        guard stanza.starts[field] < 0 else { throw fault(text, "a second field of one kind") }
        var value = start + length
        while value < end, text[value] == 0x20 || text[value] == 0x09 { value += 1 }
        stanza.starts[field] = value
        stanza.ends[field] = end
        stanza.open = field
    }

    // Copies the kept fields to the pool and writes the record.
    private mutating func finishStanza(_ text: UnsafeRawBufferPointer) throws(DebianError) {
        guard !stanza.isEmpty else { return }
        let number = records.count / Layout.recordWords
        guard number < limits.records else { throw .tooLarge(what: "packages in an index", limit: limits.records) }
        trimEnds(text)
        try check(text)
        let base = output.count - Layout.headerBytes
        let first = records.count
        records.append(contentsOf: repeatElement(0, count: Layout.recordWords))
        records[first] = UInt32(truncatingIfNeeded: base).littleEndian
        var total = 0
        for field in 0..<12 {
            if stanza.starts[field] >= 0 { total += stanza.ends[field] - stanza.starts[field] }
            records[first + Layout.endWord + field] = UInt32(truncatingIfNeeded: total).littleEndian
        }
        copyFields(text, total)
        try writeNumbers(text, into: first)
        if stanza.starts[Layout.Field.provides.rawValue] >= 0 { try takeProvides(text, base: base, record: number) }
        stanza = Stanza()
    }

    private mutating func copyFields(_ text: UnsafeRawBufferPointer, _ total: Int) {
        let start = output.count
        output.append(contentsOf: repeatElement(0, count: total))
        output.withUnsafeMutableBytes { target in
            var position = start
            for field in 0..<12 where stanza.starts[field] >= 0 {
                let value = UnsafeRawBufferPointer(rebasing: text[stanza.starts[field]..<stanza.ends[field]])
                UnsafeMutableRawBufferPointer(rebasing: target[position..<position + value.count]).copyMemory(from: value)
                position += value.count
            }
        }
    }

    private mutating func writeNumbers(_ text: UnsafeRawBufferPointer, into first: Int) throws(DebianError) {
        let digest = value(text, Stanza.digest)
        guard digest.count == 64 else { throw fault(text, "a SHA256 that is not 64 hexadecimal digits") }
        for word in 0..<8 {
            guard let four = HexScan.fourBytes(digest, at: word * 8) else {
                throw fault(text, "a SHA256 that is not 64 hexadecimal digits")
            }
            records[first + Layout.digestWord + word] = four.littleEndian
        }
        guard let size = HexScan.decimal(value(text, Stanza.size)), size > 0 else { throw fault(text, "a Size that is not a number") }
        records[first + Layout.sizeWord] = UInt32(truncatingIfNeeded: size).littleEndian
        records[first + Layout.sizeWord + 1] = UInt32(truncatingIfNeeded: size >> 32).littleEndian
        let installed = HexScan.decimal(value(text, Stanza.installedSize)) ?? 0
        records[first + Layout.installedSizeWord] = UInt32(clamping: installed).littleEndian
        var flags: UInt32 = value(text, Stanza.essential).elementsEqual("yes".utf8) ? Layout.essentialFlag : 0
        switch value(text, Stanza.multiArch).first {
        case UInt8(ascii: "s"): flags |= MultiArch.same.rawValue << Layout.multiArchShift
        case UInt8(ascii: "f"): flags |= MultiArch.foreign.rawValue << Layout.multiArchShift
        case UInt8(ascii: "a"): flags |= MultiArch.allowed.rawValue << Layout.multiArchShift
        default: break
        }
        records[first + Layout.flagsWord] = flags.littleEndian
    }

    private mutating func takeProvides(_ text: UnsafeRawBufferPointer, base: Int, record: Int) throws(DebianError) {
        let field = Layout.Field.provides.rawValue
        let bytes = value(text, field)
        // Where the field begins in the pool.
        let start = base + Int(UInt32(littleEndian: records[record * Layout.recordWords + Layout.endWord + field - 1]))
        var scanner = RelationScanner(bytes)
        while let raw = try scanner.next() {
            guard provides.count < limits.records * Layout.provideWords else {
                throw .tooLarge(what: "provided names in an index", limit: limits.records)
            }
            // Policy 7.5: only an exact version says anything; other comparisons count as none.
            let version = raw.relation == .equal ? raw.version : 0..<0
            for word in [start + raw.name.lowerBound, raw.name.count, start + version.lowerBound, version.count, record, 0] {
                provides.append(UInt32(truncatingIfNeeded: word).littleEndian)
            }
        }
    }

    private mutating func trimEnds(_ text: UnsafeRawBufferPointer) {
        for field in 0..<17 where stanza.starts[field] >= 0 {
            var end = stanza.ends[field]
            while end > stanza.starts[field], text[end - 1] == 0x20 || text[end - 1] == 0x09 || text[end - 1] == 0x0D { end -= 1 }
            stanza.ends[field] = end
        }
    }

    private func check(_ text: UnsafeRawBufferPointer) throws(DebianError) {
        if let name = missingField { throw fault(text, "no field \(name)") }
        guard PackageName.isWellFormed(value(text, Layout.Field.name.rawValue)) else { throw fault(text, "a name that is not allowed") }
        if let reason = DebianVersion.fault(in: value(text, Layout.Field.version.rawValue)) {
            throw fault(text, "a version that is not allowed: \(reason)")
        }
        guard PackageName.isWellFormed(value(text, Layout.Field.architecture.rawValue)) else {
            throw fault(text, "an architecture that is not allowed")
        }
        guard RelativePath.isSafe(value(text, Layout.Field.path.rawValue)) else {
            throw fault(text, "a Filename that is not a plain relative path")
        }
    }

    private var missingField: String? {
        if stanza.starts[Layout.Field.name.rawValue] < 0 { return "Package" }
        if stanza.starts[Layout.Field.version.rawValue] < 0 { return "Version" }
        if stanza.starts[Layout.Field.architecture.rawValue] < 0 { return "Architecture" }
        if stanza.starts[Layout.Field.path.rawValue] < 0 { return "Filename" }
        if stanza.starts[Stanza.digest] < 0 { return "SHA256" }
        return stanza.starts[Stanza.size] < 0 ? "Size" : nil
    }

    @inline(__always) private func value(_ text: UnsafeRawBufferPointer, _ field: Int) -> UnsafeRawBufferPointer {
        guard stanza.starts[field] >= 0 else { return UnsafeRawBufferPointer(rebasing: text[0..<0]) }
        return UnsafeRawBufferPointer(rebasing: text[stanza.starts[field]..<stanza.ends[field]])
    }

    private func fault(_ text: UnsafeRawBufferPointer, _ reason: String) -> DebianError {
        let name = String(decoding: value(text, Layout.Field.name.rawValue).prefix(100), as: UTF8.self)
        return .badStanza(number: records.count / Layout.recordWords + 1, package: name, reason: reason)
    }
}
