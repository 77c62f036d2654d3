// SPDX-License-Identifier: Apache-2.0

/// Makes small ELF files: a header, program headers, and whatever the test puts behind them.
struct ELFBuilder {
    var is64 = true
    var isLittleEndian = true
    var type: UInt16 = 3
    var machine: UInt16 = 62
    var flags: UInt32 = 0
    var interpreter: String?
    var needed: [String] = []
    var soname: String?
    var runPath: String?
    var rPath: String?
    /// Further dynamic entries: tag and value.
    var dynamic: [(UInt64, UInt64)] = []
    var buildID: [UInt8] = []
    /// Flags of PT_GNU_STACK; nil leaves it out.
    var stack: UInt32? = 6
    var hasRelro = false
    /// Bytes behind everything else, inside the PT_LOAD: tables that dynamic entries point to.
    var extra: [UInt8] = []
    /// Where the one PT_LOAD is mapped.
    var base: UInt64 = 0x40_0000

    var bytes: [UInt8] {
        var segments: [(type: UInt32, flags: UInt32, content: [UInt8])] = []
        if let interpreter { segments.append((3, 4, Array(interpreter.utf8) + [0])) }
        if let stack { segments.append((0x6474_E551, stack, [])) }
        if hasRelro { segments.append((0x6474_E552, 4, [])) }
        if !buildID.isEmpty {
            let other = number(4, 4) + number(4, 4) + number(1, 4) + Array("XYZ\0".utf8) + [1, 2, 3, 4]
            let note = number(4, 4) + number(UInt64(buildID.count), 4) + number(3, 4) + Array("GNU\0".utf8) + buildID
            segments.append((4, 4, other + note))
        }

        let headerSize = is64 ? 64 : 52
        let entrySize = is64 ? 56 : 32
        let hasDynamic = !needed.isEmpty || soname != nil || !dynamic.isEmpty || runPath != nil || rPath != nil
        let count = segments.count + 1 + (hasDynamic ? 1 : 0)
        var offset = headerSize + count * entrySize
        var table: [UInt8] = []
        var tail: [UInt8] = []
        for segment in segments {
            table += entry(segment.type, segment.flags, offset, segment.content.count)
            tail += segment.content
            offset += segment.content.count
        }
        if hasDynamic {
            var strings: [UInt8] = [0]
            var entries: [(UInt64, UInt64)] = []
            func add(_ tag: UInt64, _ text: String) {
                entries.append((tag, UInt64(strings.count)))
                strings += Array(text.utf8) + [0]
            }
            needed.forEach { add(1, $0) }
            if let soname { add(14, soname) }
            if let runPath { add(29, runPath) }
            if let rPath { add(15, rPath) }
            entries += dynamic
            let size = (entries.count + 3) * (is64 ? 16 : 8)
            entries += [(5, base + UInt64(offset + size)), (10, UInt64(strings.count)), (0, 0)]
            table += entry(2, 6, offset, size)
            tail += entries.flatMap { word($0.0) + word($0.1) } + strings
        }
        tail += extra
        let total = headerSize + count * entrySize + tail.count
        table += entry(1, 5, 0, total)
        return header(count: count, entrySize: entrySize) + table + tail
    }

    private func header(count: Int, entrySize: Int) -> [UInt8] {
        let identification: [UInt8] =
            [0x7F, 0x45, 0x4C, 0x46, is64 ? 2 : 1, isLittleEndian ? 1 : 2, 1] + [UInt8](repeating: 0, count: 9)
        let headerSize: UInt64 = is64 ? 64 : 52
        return identification + number(UInt64(type), 2) + number(UInt64(machine), 2) + number(1, 4) + word(0) + word(headerSize) + word(0)
            + number(UInt64(flags), 4) + number(headerSize, 2) + number(UInt64(entrySize), 2) + number(UInt64(count), 2)
            + number(0, 2) + number(0, 2) + number(0, 2)
    }

    private func entry(_ type: UInt32, _ flags: UInt32, _ offset: Int, _ size: Int) -> [UInt8] {
        let address = base + UInt64(offset)
        let sizes = word(UInt64(size)) + word(UInt64(size))
        return is64
            ? number(UInt64(type), 4) + number(UInt64(flags), 4) + word(UInt64(offset)) + word(address) + word(address) + sizes + word(1)
            : number(UInt64(type), 4) + word(UInt64(offset)) + word(address) + word(address) + sizes + number(UInt64(flags), 4) + word(1)
    }

    func word(_ value: UInt64) -> [UInt8] { number(value, is64 ? 8 : 4) }

    func number(_ value: UInt64, _ width: Int) -> [UInt8] {
        let little = (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
        return isLittleEndian ? little : little.reversed()
    }
}
