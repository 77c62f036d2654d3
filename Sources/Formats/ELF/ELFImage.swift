// SPDX-License-Identifier: Apache-2.0
// System V ABI (gABI), chapters 4 "Object Files" and 5 "Program Loading and Dynamic Linking".

/// Bounds-checked reads of either class and either byte order.
struct ELFImage {
    let bytes: UnsafeRawBufferPointer
    let is64: Bool
    let isLittleEndian: Bool

    struct Header {
        var type: UInt16
        var machine: UInt16
        var flags: UInt32
        var segments: [Segment]
    }

    /// An entry of the program header table.
    struct Segment {
        var type: UInt32
        var flags: UInt32
        var offset: UInt64
        var address: UInt64
        var fileSize: UInt64
    }

    /// Nil when the bytes do not begin with the ELF mark.
    init?(_ bytes: UnsafeRawBufferPointer) throws(ELFError) {
        guard bytes.count >= 4, bytes[0] == 0x7F, bytes[1] == 0x45, bytes[2] == 0x4C, bytes[3] == 0x46 else { return nil }
        guard bytes.count >= 16 else { throw .outOfBounds(what: "identification", offset: 0, fileSize: bytes.count) }
        guard bytes[4] == 1 || bytes[4] == 2 else { throw .malformed(what: "class", found: "\(bytes[4])") }
        guard bytes[5] == 1 || bytes[5] == 2 else { throw .malformed(what: "byte order", found: "\(bytes[5])") }
        self.bytes = bytes
        is64 = bytes[4] == 2
        isLittleEndian = bytes[5] == 1
    }

    func header() throws(ELFError) -> Header {
        let count = Int(try read(UInt16.self, at: is64 ? 56 : 44, "number of program headers"))
        var header = Header(
            type: try read(UInt16.self, at: 16, "type"), machine: try read(UInt16.self, at: 18, "machine"),
            flags: try read(UInt32.self, at: is64 ? 48 : 36, "flags"), segments: [])
        guard count > 0 else { return header }
        // PN_XNUM: the real number stands elsewhere. Only core files have so many.
        guard count < 0xFFFF else { throw .tooMany(what: "program headers", limit: 0xFFFE) }
        let size = UInt64(try read(UInt16.self, at: is64 ? 54 : 42, "size of a program header"))
        guard size >= (is64 ? 56 : 32) else { throw .malformed(what: "size of a program header", found: "\(size)") }
        let table = try word(at: is64 ? 32 : 28, "offset of the program headers")
        header.segments.reserveCapacity(count)
        for index in 0..<count {
            let (start, overflow) = table.addingReportingOverflow(UInt64(index) * size)
            guard !overflow else { throw .outOfBounds(what: "program header", offset: table, fileSize: bytes.count) }
            header.segments.append(try segment(at: start))
        }
        return header
    }

    private func segment(at start: UInt64) throws(ELFError) -> Segment {
        let what = "program header"
        let (_, overflow) = start.addingReportingOverflow(56)
        guard !overflow else { throw .outOfBounds(what: what, offset: start, fileSize: bytes.count) }
        return Segment(
            type: try read(UInt32.self, at: start, what), flags: try read(UInt32.self, at: start + (is64 ? 4 : 24), what),
            offset: try word(at: start + (is64 ? 8 : 4), what), address: try word(at: start + (is64 ? 16 : 8), what),
            fileSize: try word(at: start + (is64 ? 32 : 16), what))
    }

    /// Reads a number in the file's byte order.
    func read<Number: FixedWidthInteger>(_: Number.Type, at offset: UInt64, _ what: String) throws(ELFError) -> Number {
        guard offset <= UInt64(bytes.count), UInt64(bytes.count) - offset >= UInt64(MemoryLayout<Number>.size) else {
            throw .outOfBounds(what: what, offset: offset, fileSize: bytes.count)
        }
        let raw = bytes.loadUnaligned(fromByteOffset: Int(offset), as: Number.self)
        return isLittleEndian ? Number(littleEndian: raw) : Number(bigEndian: raw)
    }

    /// Reads an address or offset: 4 bytes in class 32, 8 in class 64.
    func word(at offset: UInt64, _ what: String) throws(ELFError) -> UInt64 {
        is64 ? try read(UInt64.self, at: offset, what) : UInt64(try read(UInt32.self, at: offset, what))
    }

    /// The bytes of a part of the file.
    func part(at offset: UInt64, size: UInt64, _ what: String) throws(ELFError) -> UnsafeRawBufferPointer {
        guard offset <= UInt64(bytes.count), size <= UInt64(bytes.count) - offset else {
            throw .outOfBounds(what: what, offset: offset, fileSize: bytes.count)
        }
        return UnsafeRawBufferPointer(rebasing: bytes[Int(offset)..<Int(offset + size)])
    }
}
