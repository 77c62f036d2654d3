// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why bytes that begin as an ELF file were refused. Offsets count bytes from the start of the file.
package enum ELFError: Diagnosable, Hashable {
    /// A table or string lies outside the file.
    case outOfBounds(what: String, offset: UInt64, fileSize: Int)
    /// A field contradicts the specification.
    case malformed(what: String, found: String)
    /// More of something than any real file has.
    case tooMany(what: String, limit: Int)

    package var diagnosis: Diagnosis {
        let remedy = "leave the file out with a drop rule, or get an undamaged one: the dynamic linker would not load it either"
        return switch self {
        case .outOfBounds(let what, let offset, let size):
            Diagnosis(
                "elf.out-of-bounds", .malformed, "expected the \(what) inside the file of \(size) bytes, found it at offset \(offset)",
                remedy: remedy)
        case .malformed(let what, let found):
            Diagnosis("elf.malformed", .malformed, "expected a valid \(what), found \(found)", remedy: remedy)
        case .tooMany(let what, let limit):
            Diagnosis("elf.too-many", .malformed, "expected at most \(limit) \(what), found more", remedy: remedy)
        }
    }
}
