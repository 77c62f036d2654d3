// SPDX-License-Identifier: Apache-2.0
// System V ABI (gABI), chapters 4 and 5; Linux Standard Base, "Program Header" for the GNU segments.

import Base

/// Reads what the dynamic linker would read: program headers and the dynamic section, never section headers, which a stripped
/// file may lack and a hostile one may forge.
package enum ELFReader {
    /// The facts of an ELF file; nil when the bytes do not begin with the ELF mark.
    package static func facts(of bytes: UnsafeRawBufferPointer) throws(ELFError) -> ELFFacts? {
        guard let image = try ELFImage(bytes) else { return nil }
        let header = try image.header()
        let dynamic = try ELFDynamic(image, header.segments)
        let interpreter = try interpreter(image, header.segments)
        let isExecutable = isExecutable(header.type, hasInterpreter: interpreter != nil, dynamic)
        return ELFFacts(
            machine: machine(header, image), kind: try kind(header.type, isExecutable: isExecutable), interpreter: interpreter,
            soname: dynamic.soname, needed: dynamic.needed, runPath: dynamic.runPath, buildID: buildID(image, header.segments),
            flags: flags(header, dynamic, isExecutable: isExecutable))
    }

    /// The facts of an ELF file held in an array; nil when it is not one.
    package static func facts(of bytes: [UInt8]) throws(ELFError) -> ELFFacts? {
        try bytes.withUnsafeBufferPointer { (buffer) throws(ELFError) in try facts(of: UnsafeRawBufferPointer(buffer)) }
    }

    enum SegmentType {
        static let load: UInt32 = 1
        static let dynamic: UInt32 = 2
        static let interpreter: UInt32 = 3
        static let note: UInt32 = 4
        static let gnuStack: UInt32 = 0x6474_E551
        static let gnuRelro: UInt32 = 0x6474_E552
    }

    // e_machine, class, byte order and float ABI together are what Debian calls an architecture.
    private static func machine(_ header: ELFImage.Header, _ image: ELFImage) -> String {
        switch (header.machine, image.is64, image.isLittleEndian) {
        case (62, true, true): "amd64"
        case (183, true, true): "arm64"
        // EF_ARM_ABI_FLOAT_SOFT marks the other ABI; Debian's objects do not all carry the mark of this one.
        case (40, false, true) where header.flags & 0x200 == 0: "armhf"
        case (21, true, true): "ppc64el"
        case (243, true, true): "riscv64"
        case (22, true, false): "s390x"
        default: "other-\(header.machine)"
        }
    }

    // libc.so.6 has an interpreter because it can be run; its DT_SONAME says that it is a library.
    private static func isExecutable(_ type: UInt16, hasInterpreter: Bool, _ dynamic: ELFDynamic) -> Bool {
        type == 2 || type == 3 && (dynamic.isPIE || hasInterpreter && dynamic.soname == nil)
    }

    private static func kind(_ type: UInt16, isExecutable: Bool) throws(ELFError) -> String {
        switch type {
        case 1: return "object"
        case 2, 3: return isExecutable ? "executable" : "library"
        case 4: return "core"
        default: throw .malformed(what: "type", found: "\(type)")
        }
    }

    private static func interpreter(_ image: ELFImage, _ segments: [ELFImage.Segment]) throws(ELFError) -> String? {
        guard let segment = segments.first(where: { $0.type == SegmentType.interpreter }), segment.fileSize > 0 else { return nil }
        guard segment.fileSize <= 4096 else { throw .malformed(what: "interpreter", found: "\(segment.fileSize) bytes") }
        let bytes = try image.part(at: segment.offset, size: segment.fileSize, "interpreter")
        guard let end = bytes.firstIndex(of: 0), end > 0 else { throw .malformed(what: "interpreter", found: "no text that ends") }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

    // A build id is a convenience: notes that cannot be read are no reason to refuse the file.
    private static func buildID(_ image: ELFImage, _ segments: [ELFImage.Segment]) -> String? {
        for segment in segments where segment.type == SegmentType.note {
            guard let notes = try? image.part(at: segment.offset, size: segment.fileSize, "note") else { continue }
            if let identifier = buildID(image, from: segment.offset, count: notes.count) { return identifier }
        }
        return nil
    }

    private static func buildID(_ image: ELFImage, from start: UInt64, count: Int) -> String? {
        let end = start + UInt64(count)
        var offset = start
        while offset + 12 <= end {
            guard let nameSize = try? image.read(UInt32.self, at: offset, "note"),
                let size = try? image.read(UInt32.self, at: offset + 4, "note"),
                let type = try? image.read(UInt32.self, at: offset + 8, "note")
            else { return nil }
            let name = offset + 12
            let value = name + (UInt64(nameSize) + 3) & ~3
            guard value + UInt64(size) <= end else { return nil }
            // NT_GNU_BUILD_ID, owner "GNU".
            if type == 3, nameSize == 4, (1...64).contains(size), let owner = try? image.part(at: name, size: 4, "note"),
                owner.elementsEqual("GNU\0".utf8), let bytes = try? image.part(at: value, size: UInt64(size), "note")
            {
                return Hex.encode(bytes)
            }
            offset = value + (UInt64(size) + 3) & ~3
        }
        return nil
    }

    private static func flags(_ header: ELFImage.Header, _ dynamic: ELFDynamic, isExecutable: Bool) -> [String] {
        var flags: [String] = []
        if dynamic.isBoundAtStart { flags.append("bind-now") }
        let isExecutableBit: UInt32 = 1
        if header.segments.contains(where: { $0.type == SegmentType.gnuStack && $0.flags & isExecutableBit != 0 }) {
            flags.append("executable-stack")
        }
        if header.type == 3, isExecutable { flags.append("pie") }
        if header.segments.contains(where: { $0.type == SegmentType.gnuRelro }) { flags.append("relro") }
        if dynamic.hasTextRelocations { flags.append("text-relocations") }
        return flags
    }
}
