// SPDX-License-Identifier: Apache-2.0
import Glibc

/// An unpacked image, in which links mean what they would mean if the folder were `/`.
struct RootFolder: Sendable {
    let path: String

    enum Kind: Sendable { case absent, folder, file, other }

    /// Where an absolute path of the image really is, without links, and what is there. Never outside the folder.
    func resolve(_ image: String) throws(SandboxError) -> (path: String, kind: Kind) {
        guard image.hasPrefix("/"), !image.utf8.contains(0) else { throw .path(image, reason: "it is not absolute") }
        var pending = Array(image.split(separator: "/").map(String.init).reversed())
        var resolved: [String] = []
        var links = 0
        while let name = pending.popLast() {
            if name == "." { continue }
            if name == ".." {
                _ = resolved.popLast()
                continue
            }
            let here = path + "/" + (resolved + [name]).joined(separator: "/")
            var facts = stat()
            guard lstat(here, &facts) == 0, facts.st_mode & S_IFMT == S_IFLNK else {
                resolved.append(name)
                continue
            }
            links += 1
            guard links <= 40 else { throw .path(image, reason: "too many links") }
            guard let target = Self.target(of: here) else { throw .path(image, reason: "an unreadable link") }
            if target.hasPrefix("/") { resolved = [] }
            pending += target.split(separator: "/").map(String.init).reversed()
        }
        let real = "/" + resolved.joined(separator: "/")
        var facts = stat()
        guard lstat(path + real, &facts) == 0 else { return (real, .absent) }
        switch facts.st_mode & S_IFMT {
        case S_IFDIR: return (real, .folder)
        case S_IFREG: return (real, .file)
        default: return (real, .other)
        }
    }

    /// The file that `name` starts, as execvp finds it with this search path; nil when there is none.
    func program(_ name: String, searchPath: String) -> String? {
        if name.contains("/") { return isFile(name) ? name : nil }
        return searchPath.split(separator: ":").lazy.map { "\($0)/\(name)" }.first(where: isFile)
    }

    private func isFile(_ image: String) -> Bool { (try? resolve(image))?.kind == .file }

    private static func target(of link: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { raw in
            guard let start = raw.baseAddress else { return 0 }
            return readlink(link, start.assumingMemoryBound(to: CChar.self), raw.count)
        }
        return count > 0 && count < 4096 ? String(decoding: buffer[0..<count], as: UTF8.self) : nil
    }
}
