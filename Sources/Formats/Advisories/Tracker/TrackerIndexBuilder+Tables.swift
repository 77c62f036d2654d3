// SPDX-License-Identifier: Apache-2.0
import Debian

/// The distinct versions of the source that is being read; number 0 is none.
struct VersionTexts {
    /// Places in the pool.
    var texts: [UInt32] = [0]
    private var hashes: [UInt32] = [0]
    // Open addressing over numbers of `texts`.
    private var slots = [UInt32](repeating: 0, count: 64)

    mutating func removeAll() {
        guard texts.count > 1 else { return }
        texts.removeLast(texts.count - 1)
        hashes.removeLast(hashes.count - 1)
        if slots.count > 1024 { slots = [UInt32](repeating: 0, count: 64) } else { for index in slots.indices { slots[index] = 0 } }
    }

    @inline(__always) func firstSlot(of hash: UInt32) -> Int { Int(hash) & (slots.count - 1) }
    @inline(__always) func slot(after slot: Int) -> Int { (slot + 1) & (slots.count - 1) }
    /// The number of the text in a slot; 0 when it is free.
    @inline(__always) func number(in slot: Int) -> UInt32 { slots[slot] }

    mutating func append(_ text: UInt32, hash: UInt32) -> UInt32 {
        if texts.count * 2 > slots.count { grow() }
        texts.append(text)
        hashes.append(hash)
        place(texts.count - 1)
        return UInt32(texts.count - 1)
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 4)
        for number in texts.indices.dropFirst() { place(number) }
    }
    private mutating func place(_ number: Int) {
        var slot = firstSlot(of: hashes[number])
        while slots[slot] != 0 { slot = self.slot(after: slot) }
        slots[slot] = UInt32(number)
    }
}

extension TrackerIndexBuilder {
    @inline(__always) func isEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        guard a.count == b.count else { return false }
        for index in 0..<a.count where a[index] != b[index] { return false }
        return true
    }

    /// Puts a text into the pool.
    mutating func keep(_ bytes: some Collection<UInt8>) -> UInt32 {
        let count = Swift.min(bytes.count, 0xFFFF)
        guard count > 0, output.count + count < Int(UInt32.max) else { return 0 }
        let place = UInt32(output.count - Layout.headerBytes + 1)
        output.append(UInt8(count & 0xFF))
        output.append(UInt8(count >> 8))
        output.append(contentsOf: bytes.prefix(count))
        return place
    }

    mutating func text(_ text: JSONScanner.Text) -> UInt32 {
        text.isEscaped ? keep(scanner.content(text)) : keep(UnsafeRawBufferPointer(rebasing: scanner.bytes[text.range]))
    }

    /// The first 200 bytes of a text, cut between characters.
    mutating func summary(_ text: JSONScanner.Text) -> UInt32 {
        let limit = 200
        guard text.isEscaped else {
            return keep(Self.cut(UnsafeRawBufferPointer(rebasing: scanner.bytes[text.range]), limit))
        }
        // An escape is at most six bytes for one.
        var part = text
        part.end = Swift.min(text.end, text.start + limit * 6)
        return scanner.content(part).withUnsafeBytes { keep(Self.cut($0, limit)) }
    }

    private static func cut(_ bytes: UnsafeRawBufferPointer, _ limit: Int) -> UnsafeRawBufferPointer {
        guard bytes.count > limit else { return bytes }
        var end = limit
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[..<end])
    }

    /// The number of a version among those of this source.
    mutating func versionText(_ text: JSONScanner.Text) -> UInt32 {
        let wanted = UnsafeRawBufferPointer(rebasing: scanner.bytes[text.range])
        let hash = PackageIndexLayout.hash(wanted)
        var slot = versions.firstSlot(of: hash)
        while case let number = versions.number(in: slot), number != 0 {
            let place = versions.texts[Int(number)]
            if output.withUnsafeBytes({ isEqual(Self.poolText($0, place), wanted) }) { return number }
            slot = versions.slot(after: slot)
        }
        return versions.append(keep(wanted), hash: hash)
    }

    static func poolText(_ output: UnsafeRawBufferPointer, _ place: UInt32) -> UnsafeRawBufferPointer {
        guard place > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let start = Int(place) - 1 + Layout.headerBytes
        let count = Int(output[start]) | Int(output[start + 1]) << 8
        return UnsafeRawBufferPointer(rebasing: output[(start + 2)..<(start + 2 + count)])
    }

    mutating func release(_ key: JSONScanner.Text) throws(AdvisoriesError) -> UInt32? {
        let wanted = UnsafeRawBufferPointer(rebasing: scanner.bytes[key.range])
        let known = output.withUnsafeBytes { bytes in releases.firstIndex { isEqual(Self.poolText(bytes, $0), wanted) } }
        if let known { return UInt32(known) }
        guard Self.isName(scanner.bytes, key) else { return nil }
        guard releases.count < limits.releases else { throw .tooLarge(what: "releases in \(Self.feed)", limit: limits.releases) }
        releases.append(text(key))
        return UInt32(releases.count - 1)
    }

    mutating func refuse(_ source: UInt32, _ advisory: UInt32, _ reason: String) {
        refusedCount += 1
        guard refused.count < 10_000 else { return }
        refused.append((source, advisory, keep(reason.utf8)))
    }

    /// Policy 5.6.1: lower case, digits, plus, minus, dot. Debian's releases are named likewise.
    static func isName(_ bytes: UnsafeRawBufferPointer, _ text: JSONScanner.Text) -> Bool {
        guard !text.isEscaped, (1...200).contains(text.end - text.start) else { return false }
        for index in text.range {
            switch bytes[index] {
            case 0x61...0x7A, 0x30...0x39, 0x2B, 0x2D, 0x2E: continue
            default: return false
            }
        }
        return true
    }

    static func isAdvisory(_ bytes: UnsafeRawBufferPointer, _ text: JSONScanner.Text) -> Bool {
        guard !text.isEscaped, (1...64).contains(text.end - text.start) else { return false }
        for index in text.range {
            switch bytes[index] {
            case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x2D: continue
            default: return false
            }
        }
        return true
    }

    /// Orders the rows of the source that was read, and makes its groups.
    mutating func finishSource() {
        defer {
            pending.removeAll(keepingCapacity: true)
            versions.removeAll()
        }
        guard !pending.isEmpty else { return }
        // Newest version first.
        let order = output.withUnsafeBytes { bytes in
            versions.texts.indices.dropFirst().map { ($0, Self.poolText(bytes, versions.texts[$0])) }
                .sorted { DebianVersion.compare($0.1, $1.1) > 0 }.map(\.0)
        }
        var rank = [UInt64](repeating: 0, count: versions.texts.count)
        for (place, number) in order.enumerated() { rank[number] = UInt64(place + 1) }
        // Release, class, rank of the version, place in the feed.
        let keys = pending.indices.map { index -> UInt64 in
            let row = pending[index]
            let status = UInt64(row.row.flags & Layout.statusMask)
            return UInt64(row.release) << 58 | status << 56 | rank[Int(row.version)] << 28 | UInt64(index)
        }.sorted()
        for key in keys {
            let item = pending[Int(key & 0xFFF_FFFF)]
            if groups.last?.release != item.release || groups.last?.source != source {
                groups.append(Group(source: source, release: item.release, first: UInt32(rows.count)))
            }
            let last = groups.count - 1
            switch item.row.flags & Layout.statusMask {
            case TrackerEntry.Status.open.rawValue: groups[last].open += 1
            case TrackerEntry.Status.resolved.rawValue: groups[last].resolved += 1
            default: groups[last].undetermined += 1
            }
            rows.append(item.row)
        }
    }

    // Header, pool, rows, groups, advisories, releases, refused, tables: in this order in one buffer.
    mutating func assemble() -> [UInt8] {
        let poolBytes = output.count - Layout.headerBytes
        output.append(contentsOf: repeatElement(0, count: (8 - output.count % 8) % 8))
        let groupTable = chainGroups()
        let advisoryTable = chainAdvisories()
        append(rows)
        append(groups)
        append(advisories)
        append(releases)
        append(refused.flatMap { [$0.source, $0.advisory, $0.reason] })
        append(groupTable)
        append(advisoryTable)
        write(Layout.mark, at: 0)
        write(Layout.version, at: 8)
        write(UInt32(rows.count), at: 12)
        write(UInt32(groups.count), at: 16)
        write(UInt32(advisories.count), at: 20)
        write(UInt32(releases.count), at: 24)
        write(UInt32(refused.count), at: 28)
        write(UInt64(poolBytes), at: 32)
        write(UInt32(groupTable.count), at: 48)
        write(UInt32(advisoryTable.count), at: 52)
        write(UInt32(clamping: refusedCount), at: 56)
        write(UInt32(clamping: neverAffected), at: 60)
        write(output.withUnsafeBytes { PackageIndexLayout.checksum($0) }, at: 40)
        return output
    }

    // Every kind of item is words of 32 bits, and every machine this runs on is little-endian.
    private mutating func append<Item: BitwiseCopyable>(_ items: [Item]) {
        items.withUnsafeBytes { output.append(contentsOf: $0) }
    }

    private mutating func write(_ value: some FixedWidthInteger, at offset: Int) {
        withUnsafeBytes(of: value.littleEndian) { source in
            output.withUnsafeMutableBytes { target in
                for index in 0..<source.count { target[offset + index] = source[index] }
            }
        }
    }

    private mutating func chainGroups() -> [UInt32] {
        let slots = PackageIndexLayout.slots(for: groups.count)
        var table = [UInt32](repeating: 0, count: slots)
        output.withUnsafeBytes { bytes in
            // From the last to the first: each becomes the head of its chain.
            for number in groups.indices.reversed() {
                let name = Self.poolText(bytes, groups[number].source)
                var slot = Layout.slot(PackageIndexLayout.hash(name), release: groups[number].release) & (slots - 1)
                while table[slot] != 0 {
                    let other = groups[Int(table[slot]) - 1]
                    if other.release == groups[number].release, isEqual(Self.poolText(bytes, other.source), name) { break }
                    slot = (slot + 1) & (slots - 1)
                }
                groups[number].next = table[slot]
                table[slot] = UInt32(number + 1)
            }
        }
        return table
    }

    private mutating func chainAdvisories() -> [UInt32] {
        let slots = PackageIndexLayout.slots(for: advisories.count)
        var table = [UInt32](repeating: 0, count: slots)
        output.withUnsafeBytes { bytes in
            for number in advisories.indices.reversed() {
                let name = Self.poolText(bytes, advisories[number].name)
                var slot = Int(PackageIndexLayout.hash(name)) & (slots - 1)
                while table[slot] != 0 {
                    if isEqual(Self.poolText(bytes, advisories[Int(table[slot]) - 1].name), name) { break }
                    slot = (slot + 1) & (slots - 1)
                }
                advisories[number].next = table[slot]
                table[slot] = UInt32(number + 1)
            }
        }
        return table
    }
}
