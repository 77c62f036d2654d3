// SPDX-License-Identifier: Apache-2.0

extension PackageIndexBuilder {
    // Header, pool, records, provides, tables: in this order in one buffer.
    mutating func assemble() throws(DebianError) -> [UInt8] {
        let poolBytes = output.count - Layout.headerBytes
        output.append(contentsOf: repeatElement(0, count: (8 - poolBytes % 8) % 8))
        let recordCount = records.count / Layout.recordWords
        let provideCount = provides.count / Layout.provideWords
        let names = chain(
            &records, width: Layout.recordWords, next: Layout.nextWord,
            slots: Layout.slots(for: recordCount)
        ) { records, item in
            let start = Int(UInt32(littleEndian: records[item]))
            return start..<start + Int(UInt32(littleEndian: records[item + Layout.endWord]))
        }
        let provided = chain(
            &provides, width: Layout.provideWords, next: Layout.provideWords - 1,
            slots: Layout.slots(for: provideCount)
        ) { provides, item in
            let start = Int(UInt32(littleEndian: provides[item]))
            return start..<start + Int(UInt32(littleEndian: provides[item + 1]))
        }
        let tableBytes = 4 * (records.count + provides.count + names.count + provided.count)
        output.reserveCapacity(output.count + tableBytes)
        for table in [records, provides, names, provided] { table.withUnsafeBytes { output.append(contentsOf: $0) } }
        records = []
        provides = []
        write(Layout.mark, at: 0)
        write(Layout.version, at: 8)
        write(UInt32(recordCount), at: 12)
        write(UInt32(provideCount), at: 16)
        write(UInt32(names.count), at: 20)
        write(UInt32(provided.count), at: 24)
        write(UInt64(poolBytes), at: 32)
        write(output.withUnsafeBytes { Layout.checksum($0) }, at: 40)
        let finished = output
        output = []
        return finished
    }

    // Builds the table of one kind of item and chains items of one name, in the order of the file.
    private func chain(
        _ items: inout [UInt32], width: Int, next: Int, slots: Int, name: ([UInt32], Int) -> Range<Int>
    ) -> [UInt32] {
        var table = [UInt32](repeating: 0, count: slots)
        let header = Layout.headerBytes
        output.withUnsafeBytes { bytes in
            let pool = UnsafeRawBufferPointer(rebasing: bytes[header...])
            // From the last to the first: each becomes the head of its chain.
            var item = items.count - width
            while item >= 0 {
                let text = UnsafeRawBufferPointer(rebasing: pool[name(items, item)])
                var slot = Int(Layout.hash(text)) & (slots - 1)
                while table[slot] != 0 {
                    let other = (Int(UInt32(littleEndian: table[slot])) - 1) * width
                    if isEqual(text, UnsafeRawBufferPointer(rebasing: pool[name(items, other)])) { break }
                    slot = (slot + 1) & (slots - 1)
                }
                items[item + next] = table[slot]
                table[slot] = UInt32(item / width + 1).littleEndian
                item -= width
            }
        }
        return table
    }

    @inline(__always) private func isEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        guard a.count == b.count else { return false }
        for index in 0..<a.count where a[index] != b[index] { return false }
        return true
    }

    private mutating func write(_ value: some FixedWidthInteger, at offset: Int) {
        withUnsafeBytes(of: value.littleEndian) { source in
            output.withUnsafeMutableBytes { target in
                for index in 0..<source.count { target[offset + index] = source[index] }
            }
        }
    }
}
