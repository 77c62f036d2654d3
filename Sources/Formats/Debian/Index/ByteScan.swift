// SPDX-License-Identifier: Apache-2.0

/// Finds line ends eight bytes at a time.
enum LineScan {
    /// The index of the line feed at or behind `start`; the end of the text when there is none.
    @inline(__always) static func end(of start: Int, in text: UnsafeRawBufferPointer) -> Int {
        var index = start
        while index + 8 <= text.count {
            let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ 0x0A0A_0A0A_0A0A_0A0A
            let zeros = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
            if zeros != 0 { return index + zeros.trailingZeroBitCount >> 3 }
            index += 8
        }
        while index < text.count, text[index] != 0x0A { index += 1 }
        return index
    }
}

/// Recognises the kept fields of a Packages file by one load of eight bytes, without regard to case.
enum FieldNames {
    typealias Field = PackageIndexLayout.Field
    typealias Stanza = PackageIndexBuilder.Stanza

    /// The number of the field and the length of its name with the colon; -1 when the field is not kept.
    @inline(__always) static func field(_ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> (Int, Int) {
        // Bit 5 makes lower case. It also lets a few control characters pass for others; that harms nobody.
        let word = load(text, start, end)
        switch word {
        case 0x3A65_6761_6B63_6170: return (Field.name.rawValue, 8)  // package:
        case 0x3A6E_6F69_7372_6576: return (Field.version.rawValue, 8)  // version:
        case 0x3A73_646E_6570_6564: return (Field.depends.rawValue, 8)  // depends:
        case 0x7365_6469_766F_7270:  // provides:
            return load(text, start + 8, end) & 0xFF == 0x0000_003A ? (Field.provides.rawValue, 9) : (-1, 0)
        case 0x7365_6361_6C70_6572:  // replaces:
            return load(text, start + 8, end) & 0xFF == 0x0000_003A ? (Field.replaces.rawValue, 9) : (-1, 0)
        case 0x7974_6972_6F69_7270:  // priority:
            return load(text, start + 8, end) & 0xFF == 0x0000_003A ? (Field.priority.rawValue, 9) : (-1, 0)
        case 0x656D_616E_656C_6966:  // filename:
            return load(text, start + 8, end) & 0xFF == 0x0000_003A ? (Field.path.rawValue, 9) : (-1, 0)
        case 0x7463_696C_666E_6F63:  // conflicts:
            return load(text, start + 8, end) & 0xFFFF == 0x0000_3A73 ? (Field.conflicts.rawValue, 10) : (-1, 0)
        case 0x6169_746E_6573_7365:  // essential:
            return load(text, start + 8, end) & 0xFFFF == 0x0000_3A6C ? (Stanza.essential, 10) : (-1, 0)
        case 0x7261_2D69_746C_756D:  // multi-arch:
            return load(text, start + 8, end) & 0xFFFFFF == 0x003A_6863 ? (Stanza.multiArch, 11) : (-1, 0)
        case 0x6570_6564_2D65_7270:  // pre-depends:
            return load(text, start + 8, end) & 0xFFFFFFFF == 0x3A73_646E ? (Field.preDepends.rawValue, 12) : (-1, 0)
        case 0x6365_7469_6863_7261:  // architecture:
            return load(text, start + 8, end) & 0xFFFFFFFFFF == 0x0000_003A_6572_7574 ? (Field.architecture.rawValue, 13) : (-1, 0)
        case 0x656C_6C61_7473_6E69:  // installed-size:
            return load(text, start + 8, end) & 0xFFFFFFFFFFFFFF == 0x003A_657A_6973_2D64 ? (Stanza.installedSize, 15) : (-1, 0)
        default: break
        }
        switch word & 0x00FF_FFFF_FFFF_FFFF {
        case 0x003A_6563_7275_6F73: return (Field.source.rawValue, 7)  // source:
        case 0x003A_3635_3261_6873: return (Stanza.digest, 7)  // sha256:
        case 0x003A_736B_6165_7262: return (Field.breaks.rawValue, 7)  // breaks:
        default: break
        }
        return word & 0x00FF_FFFF_FFFF == 0x0000_003A_657A_6973 ? (Stanza.size, 5) : (-1, 0)  // size:
    }

    // Eight bytes in lower case; zero (in lower case: a space) behind the end of the line.
    @inline(__always) private static func load(_ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> UInt64 {
        if start + 8 <= text.count {
            return UInt64(littleEndian: text.loadUnaligned(fromByteOffset: start, as: UInt64.self)) | 0x2020_2020_2020_2020
        }
        var word: UInt64 = 0
        var index = Swift.min(start + 8, end) - 1
        while index >= start {
            word = word << 8 | UInt64(text[index])
            index -= 1
        }
        return word | 0x2020_2020_2020_2020
    }
}

/// Numbers out of text, without tables and branches on the digits.
enum HexScan {
    /// Four bytes out of eight lower-case hexadecimal digits, the first in the lowest place; nil when one is not a digit.
    @inline(__always) static func fourBytes(_ text: UnsafeRawBufferPointer, at offset: Int) -> UInt32? {
        let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        let letters = word >> 6 & 0x0101_0101_0101_0101
        let nibbles = (word & 0x0F0F_0F0F_0F0F_0F0F) &+ letters &* 9
        // A text of hexadecimal digits is one that these nibbles are written as.
        let beyondNine = (nibbles &+ 0x7676_7676_7676_7676) >> 7 & 0x0101_0101_0101_0101
        guard nibbles &+ 0x3030_3030_3030_3030 &+ beyondNine &* 39 == word, nibbles & 0xF0F0_F0F0_F0F0_F0F0 == 0 else { return nil }
        let pairs = (nibbles << 4 | nibbles >> 8) & 0x00FF_00FF_00FF_00FF
        let quads = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: quads | quads >> 16)
    }

    /// A decimal number of at most 15 digits; nil when the text is anything else.
    @inline(__always) static func decimal(_ text: UnsafeRawBufferPointer) -> Int? {
        guard !text.isEmpty, text.count <= 15 else { return nil }
        var value = 0
        for byte in text {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value * 10 + Int(byte & 15)
        }
        return value
    }
}
