// SPDX-License-Identifier: Apache-2.0

/// Paths as they lie in an image: compared byte by byte, for two spellings of one letter are two files.
enum ImagePath {
    /// Where scanners of minimal images look for the packages.
    static let statusDirectory = "var/lib/dpkg/status.d"

    /// Why nothing may be written at a path, though it stays below the root; nil for a good one.
    static func fault(in path: String) -> String? {
        if isBelow(path, statusDirectory) {
            return "it would speak for the package database, which is written from the packages' control parts"
        }
        // OCI image-spec 1.1.1 layer.md, "Whiteouts".
        if path.utf8.starts(with: whiteout) || contains(path, slashWhiteout) {
            return "unpackers of images read a name with .wh. as the order to delete a file"
        }
        return nil
    }

    /// Whether a path lies below a directory; the directory itself does not.
    static func isBelow(_ path: String, _ directory: String) -> Bool {
        let count = directory.utf8.count
        let bytes = path.utf8
        guard bytes.count > count, bytes.starts(with: directory.utf8) else { return false }
        return bytes[bytes.index(bytes.startIndex, offsetBy: count)] == 0x2F
    }

    /// The directory a path lies in; nil for a name in the root.
    static func parent(of path: String) -> String? {
        path.utf8.lastIndex(of: 0x2F).map { String(path[..<$0]) }
    }

    /// The path a link's target names, without following further links; nil when it climbs above the root.
    static func resolve(_ target: String, from link: String) -> String? {
        var segments = target.utf8.first == 0x2F ? [] : (parent(of: link) ?? "").utf8.split(separator: 0x2F)
        for segment in target.utf8.split(separator: 0x2F) where !segment.elementsEqual(".".utf8) {
            if segment.elementsEqual("..".utf8) {
                guard segments.popLast() != nil else { return nil }
            } else {
                segments.append(segment)
            }
        }
        return segments.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
    }

    static func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

    private static let whiteout = Array(".wh.".utf8)
    private static let slashWhiteout = Array("/.wh.".utf8)

    private static func contains(_ path: String, _ word: [UInt8]) -> Bool {
        var copy = path
        return copy.withUTF8 { bytes in
            guard bytes.count >= word.count else { return false }
            return (0...(bytes.count - word.count)).contains { start in
                bytes[start] == word[0] && bytes[start..<start + word.count].elementsEqual(word)
            }
        }
    }
}

/// Where a path of a package lies in a root with merged /usr (Debian's layout since bookworm).
package enum MergedUsr {
    package static let links = ["bin", "lib", "lib64", "sbin"]

    /// `lib/x86_64-linux-gnu/libc.so.6` -> `usr/lib/x86_64-linux-gnu/libc.so.6`; the four links themselves give nil.
    package static func place(_ path: String) -> String? {
        switch path.utf8.first {
        case UInt8(ascii: "b"), UInt8(ascii: "l"), UInt8(ascii: "s"): break
        default: return path
        }
        for link in links {
            if path.utf8.elementsEqual(link.utf8) { return nil }
            if ImagePath.isBelow(path, link) { return "usr/" + path }
        }
        return path
    }
}
