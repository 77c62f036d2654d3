// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// A lock is text that people edit: what it says is held against what can be before it leads anywhere.
enum LockCheck {
    /// The largest .deb in bytes; none in Debian's archive is larger.
    static let sizeLimit = 1 << 31

    /// The digest of the package's file. Throws when digest, size or path cannot be what they say.
    static func digest(of package: LockedPackage) throws(FetchError) -> Digest {
        guard let digest = package.digest else {
            throw .damagedLock(package: package.name, field: "sha256", value: package.sha256)
        }
        guard (1...sizeLimit).contains(package.size) else {
            throw .damagedLock(package: package.name, field: "size", value: "\(package.size)")
        }
        guard isBelowArchive(package.path) else {
            throw .damagedLock(package: package.name, field: "path", value: package.path)
        }
        return digest
    }

    // Relative, of plain segments: a server or a proxy may take `..` away, and then it names a file outside the archive.
    private static func isBelowArchive(_ path: String) -> Bool {
        let segments = path.utf8.split(separator: 0x2F, omittingEmptySubsequences: false)
        let isPlain = path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
        return isPlain && path.utf8.count <= 1024
            && segments.allSatisfy { !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
    }

    /// A path as part of an address (RFC 3986 §3.3): unreserved characters, `/`, and `+`, `:`, `@`, `=` and `,`, which names of
    /// packages hold, stay. A percent sign is one of the name, so it is escaped.
    static func escaped(_ path: String) -> String {
        var text: [UInt8] = []
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                text.append(byte)
            case _ where plain.contains(byte): text.append(byte)
            default: text += Array(("%" + Hex.encode([byte]).uppercased()).utf8)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// An address as it may be shown: a mirror's may hold a user name and password (RFC 3986 §3.2.1).
    static func shown(_ address: String) -> String {
        guard let scheme = address.firstRange(of: "://") else { return address }
        let authority = address[scheme.upperBound...].prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@") else { return address }
        return String(address[..<scheme.upperBound] + address[address.index(after: at)...])
    }

    private static let plain = Array("-._~/+:@=,".utf8)
}
