// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import OCI

/// What the rules look at: one platform's image, its recipe, and an index over its paths that is made once.
package struct HardeningContext {
    package let image: PlatformImage
    package let recipe: Recipe
    package let tree: TreeIndex
    /// The bytes of a small file by its path; nil when the caller cannot give them.
    let contents: (String) -> [UInt8]?

    package init(_ image: PlatformImage, _ recipe: Recipe, reading contents: @escaping (String) -> [UInt8]? = { _ in nil }) {
        self.image = image
        self.recipe = recipe
        self.contents = contents
        tree = TreeIndex(image.tree)
    }

    var entries: [FileEntry] { tree.entries }

    /// The numeric user and group of the recipe; nil when one of them is not a plain number.
    var runAs: (uid: Int, gid: Int)? {
        let parts = recipe.runAs.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let uid = Self.plainNumber(parts[0]), let gid = Self.plainNumber(parts[1]) else { return nil }
        return (uid, gid)
    }

    private static func plainNumber(_ text: Substring) -> Int? {
        guard (1...10).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), text == "0" || text.first != "0"
        else {
            return nil
        }
        return Int(text)
    }

    /// The lines of a text file; nil when its bytes are not at hand.
    func lines(of path: String) -> [String]? {
        guard let entry = tree.file(path), let bytes = contents(entry.path) else { return nil }
        return bytes.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension FileEntry {
    /// The last segment of the path.
    var name: Substring { path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...] }
    /// The path without its last segment; empty at the top.
    var directory: Substring { path.lastIndex(of: "/").map { path[..<$0] } ?? "" }
    var isExecutableFile: Bool { (kind == .file || kind == .hardlink) && mode & 0o111 != 0 }

    /// Whether the path lies in a directory, at any depth.
    func isBelow(_ directory: String) -> Bool {
        path.utf8.count > directory.utf8.count && path.utf8.starts(with: directory.utf8)
            && path.utf8[path.utf8.index(path.utf8.startIndex, offsetBy: directory.utf8.count)] == 0x2F
    }
}

/// `0755`.
func octal(_ mode: Int) -> String {
    let text = String(mode, radix: 8)
    return String(repeating: "0", count: Swift.max(0, 4 - text.count)) + text
}
